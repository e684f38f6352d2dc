import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { web } from '../testing/profiles.ts'
import { scratch } from './scratch.ts'
import { type Options, type Result, seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker']

/** Runs the verb in a folder with web.json and these expectations. */
const run = (expectations: string, args: readonly string[] = [], options: Options = {}): Promise<Result> => {
  const cwd = scratch({ 'web.json': web, 'e.yaml': expectations })
  return seccomp(['test', 'web.json', 'e.yaml', ...target, ...args], { cwd, ...options })
}

const holding = `
expect:
  - { call: mount, args: [0], arch: x86, verdict: ERRNO(EPERM) }
  - { call: read, verdict: ALLOW }
`
const mixed = `# What the web server may do.
expect:
  - call: socket
    args: [AF_INET]
    verdict: ALLOW
  - call: socket
    args: [AF_INET6]
    verdict: ALLOW
    why: it listens on <both> & "says so"
  - call: [read, '#0']
    verdict: denied
`

describe('seccomp test', () => {
  test('exits with 0 when all expectations hold', async () => {
    const { code, stdout, stderr } = await run(holding)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      "2 expectations hold\nweb.json for x86_64, Linux 6.18, Docker's capabilities, as safe\n",
    )
  })

  test('exits with 1 when some do not, and says which rule decided, where, and what was expected where', async () => {
    const { code, stdout } = await run(mixed)
    expect(code).toBe(1)
    expect(stdout).toContain(`not so: socket(AF_INET6, …): ALLOW
  socket(family=AF_INET6 (10), type=0, protocol=0) on x86_64 gets ERRNO(EPERM)
`)
    expect(stdout).toContain(
      '  not by web.json:4:3 /syscalls/1 (ALLOW): its conditions do not hold; it\n    applies if family is AF_INET (2)\n',
    )
    expect(stdout).toContain('expected at e.yaml:6:5')
    expect(stdout).toContain('because it listens on <both> & "says so"')
    expect(stdout).toContain(`not so: read: denied
  read(fd=0, buf=0, count=0) on x86_64 gets ALLOW
  decided by web.json:3:3 /syscalls/0
  expected at e.yaml:10:5
`)
    expect(stdout).toMatch(/\n3 of 4 expectations don't hold\nweb\.json for /)
  })

  test('takes JSON, indented with tabs, and standard input', async () => {
    const text = '{\n\t"$schema": "x",\n\t"expect": [\n\t\t{ "call": "mount", "verdict": "denied" }\n\t]\n}\n'
    const cwd = scratch({ 'web.json': web })
    const { code, stdout } = await seccomp(['test', 'web.json', '-', ...target], { cwd, input: text })
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 expectation holds/) })
  })

  test('tests for the target that the file names, unless options name another', async () => {
    const text = `target: { arch: aarch64, kernel: 6.10, caps: [docker, SYS_ADMIN], as: runc }
expect:
  - { call: mount, verdict: ALLOW }
`
    const cwd = scratch({ 'web.json': web, 'e.yaml': text })
    const own = await seccomp(['test', 'web.json', 'e.yaml'], { cwd })
    expect(own).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/aarch64, Linux 6\.10, [\s\S]*as runc\n$/),
    })
    const other = await seccomp(['test', 'web.json', 'e.yaml', '--caps', 'none', '--as', 'safe'], { cwd })
    expect(other.code).toBe(1)
    expect(other.stdout).toContain('not by web.json:6:3 /syscalls/3 (ALLOW): needs CAP_SYS_ADMIN')
    expect(other.stdout).toMatch(/aarch64, Linux 6\.10, [\s\S]*as safe\n$/)
  })
})

describe('its reports', () => {
  test('JSON has every expectation, its place, and what decided', async () => {
    const { code, stdout } = await run(mixed, ['--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      holds: false,
      total: 4,
      failed: 3,
      results: [
        { holds: true, title: 'socket(AF_INET, …): ALLOW', decidedBy: 'rule' },
        { holds: false, verdict: 'ERRNO(EPERM)', decidedBy: 'default', call: { name: 'socket', nr: 41 } },
        {
          holds: false,
          at: { pointer: '/expect/2', line: 10, column: 5 },
          expected: 'denied',
          position: { source: 'web.json', pointer: '/syscalls/0', line: 3, column: 3 },
        },
        { title: '#0: denied' },
      ],
    })
  })

  test('TAP counts, numbers and escapes', async () => {
    const { stdout } = await run(mixed, ['--format', 'tap'])
    const lines = stdout.split('\n')
    expect(lines.slice(0, 4)).toEqual([
      'TAP version 14',
      '1..4',
      'ok 1 - socket(AF_INET, …): ALLOW',
      'not ok 2 - socket(AF_INET6, …): ALLOW',
    ])
    expect(lines).toContain('not ok 4 - \\#0: denied')
    expect(lines).toContain('  at: "e.yaml:10:5"')
    // Each failure has one block of YAML.
    expect(lines.filter((line) => line === '  ---')).toHaveLength(3)
    expect(lines.filter((line) => line === '  ...')).toHaveLength(3)
  })

  test('JUnit counts and escapes, into a file while text is printed', async () => {
    const cwd = scratch({ 'web.json': web, 'e.yaml': mixed })
    const args = ['test', 'web.json', 'e.yaml', ...target, '--format', 'junit', '-o', 'report.xml']
    const { code, stdout } = await seccomp(args, { cwd })
    expect(code).toBe(1)
    expect(stdout).toMatch(/3 of 4 expectations don't hold/)
    const xml = readFileSync(join(cwd, 'report.xml'), 'utf8')
    expect(xml).toMatch(/<testsuite name="web\.json: e\.yaml" tests="4" failures="3" errors="0">/)
    expect(xml.match(/<testcase /g)).toHaveLength(4)
    expect(xml.match(/<failure message="[^"<]+">/g)).toHaveLength(3)
    expect(xml).toContain('because it listens on &lt;both&gt; &amp; &quot;says so&quot;')
    expect(xml).toContain('decided by web.json:3:3 /syscalls/0')
    expect(tagsOf(xml)).toEqual([])
  })
})

/** The elements that are open at the end, by a reader that knows no more than tags. */
const tagsOf = (xml: string): string[] => {
  const open: string[] = []
  for (const [, slash, name, end] of xml.matchAll(/<(\/?)(\w+)(?: [\w-]+="[^"<>]*")*(\/?)>/g)) {
    if (slash && open.pop() !== name) throw new Error(`</${name}> closes something else`)
    if (!slash && !end) open.push(name!)
  }
  return open
}

describe('a bad file', () => {
  test('exits with 2 and names every issue with its place, and what may be meant', async () => {
    const { code, stdout, stderr } = await run(`target: { arch: x8664, as: rnc }
expects: []
expect:
  - { call: mnt, verdict: EPERM }
  - { call: socket, args: [AF_INT], verdict: denied }
  - { call: read, args: [1.5], verdict: ERRNO(EPRM) }
  - { call: read, verdict: ALLOW, verdict: LOG }
  - { cal: read }
`)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const issues = [
      /e\.yaml:1:17 \/target\/arch: unknown architecture 'x8664'; did you mean "x86_64"\?/,
      /e\.yaml:1:28 \/target\/as: .*did you mean "runc"\?/,
      /e\.yaml:2:1 \/expects: .*did you mean "expect"\?/,
      /e\.yaml:4:13 \/expect\/0\/call: .*did you mean "mount"\?/,
      /e\.yaml:4:27 \/expect\/0\/verdict: .*did you mean "ERRNO\(EPERM\)"\?/,
      /e\.yaml:5:27 \/expect\/1\/args: .*did you mean "AF_INET"\?/,
      /e\.yaml:6:26 \/expect\/2\/args\/0: .*not 1\.5/,
      /e\.yaml:6:41 \/expect\/2\/verdict: .*did you mean "EPERM"\?/,
      /e\.yaml:7:35: this key is here for the second time/,
      /e\.yaml:8:5 \/expect\/4: the expectation has no call/,
      /e\.yaml:8:5 \/expect\/4: the expectation has no verdict/,
      /e\.yaml:8:7 \/expect\/4\/cal: .*did you mean "call"\?/,
    ]
    const lines = stderr.trimEnd().split('\n')
    expect(lines).toHaveLength(issues.length)
    for (const [index, line] of lines.entries()) expect(line).toMatch(issues[index]!)
  })

  test('exits with 2 for a file that is not there, or a profile that is none', async () => {
    expect(await seccomp(['test', 'docker-default', 'nowhere.yaml'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/can't read "nowhere\.yaml": no such file/),
    })
    expect(await seccomp(['test', 'dockr-default', '-'], { input: holding })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/did you mean "docker-default"/),
    })
  })
})
