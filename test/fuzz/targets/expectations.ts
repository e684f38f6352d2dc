import { ExpectationsError } from '../../../lib/testing/expectations/issues.ts'
import { readExpectations } from '../../../lib/testing/expectations/read.ts'
import { type Target, textOf } from '../target.ts'

const list = `target: { arch: x86_64, kernel: "6.18", caps: [docker, CAP_BPF], as: runc }
note: what a shell needs
expect:
  - { call: mount, args: [0, ~, AF_UNIX], arch: x86_64, verdict: ERRNO(EPERM), why: no mounts }
  - call: [clone, clone3]
    args: &flags [{ set: CLONE_NEWUSER|CLONE_NEWNS, clear: 0x100 }]
    verdict: KILL_PROCESS
  - { call: socket, args: *flags, verdict: ALLOW }
`

/** The reader of expectations: it collects issues, and never throws. */
export const expectations: Target = {
  name: 'expectations',
  code: ['testing/expectations/', 'testing/expected-verdict', 'testing/test-argument'],
  seeds: [list, '{"expect":[{"call":"read","verdict":"ALLOW"}]}', 'expect: []'],
  words: [
    ...[
      '- ',
      ': ',
      '? ',
      '&a ',
      '*a',
      '!!int ',
      '!!binary ',
      '<<: ',
      '|\n',
      '>\n',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
    ],
    ...[
      'call',
      'args',
      'arch',
      'verdict',
      'why',
      'target',
      'expect',
      'set',
      'clear',
      '~',
      '__proto__',
      '\t',
      '#',
    ],
    ...[
      'ERRNO(38)',
      'TRAP',
      'TRACE(1)',
      'denied',
      '0x10000000000000000',
      '0o7',
      '.inf',
      '.nan',
      '[',
      ']',
      '{',
      '}',
    ],
  ],
  longest: 800,

  run(input) {
    const text = textOf(input)
    const { issues, source } = readExpectations(text, 'fuzz.yaml')
    const lines = text.split(/\r\n|[\n\r]/).length
    for (const { message, line, column } of issues) {
      if (!/^\S[^\n]*$/.test(message)) throw new Error(`no message of one line: ${JSON.stringify(message)}`)
      if (line === undefined || column === undefined || line < 1 || line > lines || column < 1)
        throw new Error(`no place in ${lines} lines: ${line}:${column}: ${message}`)
    }
    if (issues.length > 0) new ExpectationsError(issues, source)
  },
}
