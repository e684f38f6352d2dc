import { describe, expect, test } from 'vitest'
import { formatExplanation } from '../../../lib/inspect/explain/format.ts'
import { formatSummary } from '../../../lib/inspect/explain/format-summary.ts'
import { summarize } from '../../../lib/inspect/explain/summary.ts'
import { explain, type Question } from '../../../lib/inspect/explain.ts'
import { parseProfileText } from '../../../lib/profile/parse.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const text = (profile: object | string, question: string | Question): string =>
  formatExplanation(explain(profile, question, target))
const widest = (lines: string): number => Math.max(...lines.split('\n').map((line) => line.length))
const red = (piece: string): string => `\x1b[31m${piece}\x1b[0m`

const profile = parseProfileText(
  `{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
  { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "comment": "No virtual machines",
    "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_NE" }] },
  { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } }
] }`,
  { source: 'p.json' },
)

describe('formatExplanation', () => {
  test('reads well for a call without arguments', () => {
    expect(text(profile, 'socket')).toBe(`depends on its arguments

socket on x86_64 gets what its arguments say.
target: x86_64, Linux 6.18, Docker's capabilities, as safe

Cases, in the order they are tried
  ALLOW          if family is not AF_VSOCK (40)
                 p.json:2:3 /syscalls/0 (No virtual machines)
  ERRNO(ENOSYS)  otherwise
                 the default action at p.json:1:3: no rule for it matches

Why it is dangerous
  socket, with the family AF_ALG (38) or AF_VSOCK (40), reaches the ciphers of
  the kernel, often exploited, or the hypervisor, which no namespace bounds.

What to ask for
  - Ask again with its arguments: one of the cases above is what it meets.

Warnings
  p.json:2:3 /syscalls/0: the kernel reads 32 bits of argument 0 of socket;
  compared on 32 bits, where runc compares 64 and lets other high halves past
`)
  })

  test('reads well for a denied call', () => {
    expect(text(profile, { name: 'socket', args: ['AF_VSOCK', 'SOCK_STREAM'] })).toMatch(
      /^ERRNO\(ENOSYS\)\n\nsocket\(family=AF_VSOCK \(40\), type=SOCK_STREAM \(1\), protocol=0\) on x86_64 fails\nwith ENOSYS, /,
    )
    expect(text(profile, 'mount')).toContain(`
What would change it
  ALLOW  with CAP_SYS_ADMIN
         p.json:4:3 /syscalls/1
`)
  })

  test('says why each rule has no effect, and when it would apply', () => {
    expect(text(profile, { name: 'socket', args: ['AF_VSOCK'] })).toContain(
      'its conditions do not hold; applies if family is not AF_VSOCK (40)\n',
    )
    expect(text('docker-default', 'clone')).toMatch(/only on s390, s390x\n/)
  })

  test('keeps to 80 columns for every call that Docker’s default denies', () => {
    const { groups } = summarize('docker-default', target)
    const names = groups.flatMap(({ denied, conditional }) => [...denied, ...conditional])
    expect(names.length).toBeGreaterThan(50)
    for (const name of names) expect(widest(text('docker-default', name)), name).toBeLessThanOrEqual(80)
  })

  test('lets no comment steer the terminal', () => {
    const sly = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', comment: 'a\x1b[2Jb' }],
    }
    expect(text(sly, 'read')).toContain('(a?[2Jb)')
  })

  test('colours verdicts and headings, and changes nothing else', () => {
    const why = explain(profile, 'mount', target)
    const painted = formatExplanation(why, {
      paint: (piece, what) => (what === 'bad' ? red(piece) : `\x1b[1m${piece}\x1b[0m`),
    })
    expect(painted.startsWith(`${red('ERRNO(ENOSYS)')}\n`)).toBe(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
    expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(formatExplanation(why))
  })
})

describe('formatSummary', () => {
  test('counts calls by group', () => {
    const lines = formatSummary(summarize('docker-default', target)).split('\n')
    expect(lines).toContain('calls of x86_64                           allowed  conditional  denied')
    expect(lines).toContain('Keyrings                                        -            -       3')
    expect(lines.slice(0, 3)).toEqual([
      "target: x86_64, Linux 6.18, Docker's capabilities, as safe",
      expect.stringMatching(/^default: ERRNO\(EPERM\); numbers above \d+: ERRNO\(ENOSYS\)$/),
      'architectures: x86_64, x86, x32; others: KILL_PROCESS',
    ])
    expect(lines).toContain('conditional: socket clone personality')
  })

  test('names each call where it is asked to', () => {
    const named = formatSummary(summarize('docker-default', target), { names: true })
    expect(named).toContain('\n    denied: add_key keyctl request_key\n')
  })

  test('has a column for what a tracer or supervisor decides, where there is any', () => {
    const asks = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mount'], action: 'SCMP_ACT_NOTIFY' }],
    }
    const summary = summarize(asks, target)
    expect(formatSummary(summary)).toMatch(/allowed {2}conditional {2}referred {2}denied\n/)
    expect(summary.groups.flatMap(({ referred }) => referred)).toEqual(['mount'])
  })

  test('keeps to 80 columns', () => {
    for (const names of [false, true]) {
      expect(widest(formatSummary(summarize('docker-default', target), { names }))).toBeLessThanOrEqual(80)
      const all = summarize({ defaultAction: 'SCMP_ACT_TRACE' }, target)
      expect(widest(formatSummary(all, { names }))).toBeLessThanOrEqual(80)
    }
  })

  test('counts every call of the architecture once', () => {
    const { groups } = summarize('docker-default', { ...target, callArch: 'x86' })
    const names = groups.flatMap(({ allowed, conditional, referred, denied }) =>
      [allowed, conditional, referred, denied].flat(),
    )
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('vm86')
  })
})
