import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SeccompError } from '../../lib/errors.ts'
import type { CompileOptions } from '../../lib/filter/compile.ts'
import { dangerOf } from '../../lib/inspect/explain/danger.ts'
import { formatExplanation } from '../../lib/inspect/explain/format.ts'
import { summarize } from '../../lib/inspect/explain/summary.ts'
import type { CallExplanation } from '../../lib/inspect/explain/types.ts'
import type { Question } from '../../lib/inspect/explain.ts'
import { explain } from '../../lib/inspect/explain.ts'
import { callNamed } from '../../lib/inspect/flow.ts'
import { evaluate, holds } from '../../lib/policy/evaluate.ts'
import { formatVerdict } from '../../lib/policy/format.ts'
import type { Faithfulness, Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { formerlyBlocked } from '../../lib/profile/presets/docker-default-blocked.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { architectures } from '../../lib/syscalls/architectures.ts'
import { callsAt, profiles } from '../arbitrary.ts'

const target: CompileOptions = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }
const why = (
  profile: object | string,
  question: string | Question,
  options: CompileOptions = {},
): CallExplanation => explain(profile, question, { ...target, ...options })
const verdictOf = ({ verdict, arch }: CallExplanation): string | undefined =>
  verdict === undefined ? undefined : formatVerdict(verdict, arch)
const adviceOf = ({ advice }: CallExplanation, kind: string): string | undefined =>
  advice.find((each) => each.kind === kind)?.text

const text = `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["socket"], "action": "SCMP_ACT_ALLOW", "comment": "No virtual machines",
      "args": [{ "index": 0, "value": 40, "op": "SCMP_CMP_NE" }] },
    { "names": ["read"], "action": "SCMP_ACT_KILL_PROCESS" },
    { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } },
    { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } },
    { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF"], "minKernel": "7.0" } },
    { "names": ["chroot"], "action": "SCMP_ACT_ALLOW", "excludes": { "caps": ["CAP_SYS_CHROOT"] } },
    { "names": ["reboot"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1 },
    { "names": ["acct"], "action": "SCMP_ACT_TRAP" }
  ]
}`
const profile = parseProfileText(text, { source: 'p.json' })

describe('explain', () => {
  test('names the rule that decides, with its place', () => {
    const read = why(profile, 'read')
    expect(verdictOf(read)).toBe('ALLOW')
    expect(read.cases).toHaveLength(1)
    expect(read.cases[0]).toMatchObject({
      by: 'rule',
      position: { source: 'p.json', line: 5, column: 5, pointer: '/syscalls/0' },
      decidedBy: 'p.json:5:5 /syscalls/0',
      conditions: [],
    })
  })

  test('says which rule stands in the way of another', () => {
    expect(why(profile, 'read').idle).toMatchObject([
      {
        why: 'shadowed',
        position: { line: 8 },
        reason: 'p.json:5:5 /syscalls/0 has no conditions and decides every call of it',
      },
    ])
  })

  test('without arguments gives every case in the order they are tried, in words', () => {
    const socket = why(profile, 'socket')
    expect(socket.verdict).toBeUndefined()
    expect(socket.cases.map(({ words, by }) => ({ words, by }))).toEqual([
      { words: ['family is not AF_VSOCK (40)'], by: 'rule' },
      { words: [], by: 'default' },
    ])
    expect(socket.cases[0]!.rule?.comment).toBe('No virtual machines')
  })

  test('with arguments gives the one that decides, and the rules that don’t match', () => {
    const denied = why(profile, { name: 'socket', args: ['AF_VSOCK'] })
    expect(verdictOf(denied)).toBe('ERRNO(EPERM)')
    expect(denied.cases).toMatchObject([
      {
        by: 'default',
        decidedBy: 'the default action at p.json:2:3: no rule for it matches',
        position: { source: 'p.json', line: 2, column: 3, pointer: '/defaultAction' },
      },
    ])
    expect(denied.idle).toMatchObject([{ why: 'unmatched', words: [['family is not AF_VSOCK (40)']] }])
    const allowed = why(profile, { name: 'socket', args: ['AF_INET'] })
    expect(verdictOf(allowed)).toBe('ALLOW')
    expect(allowed.cases).toMatchObject([{ position: { line: 6, column: 5 } }])
    expect(allowed.idle).toEqual([])
  })

  test('names the capability that opens a rule', () => {
    const mount = why(profile, 'mount')
    expect(verdictOf(mount)).toBe('ERRNO(EPERM)')
    expect(mount.idle).toMatchObject([{ why: 'gated', reason: 'needs CAP_SYS_ADMIN', position: { line: 9 } }])
    expect(mount.changes).toMatchObject([
      { what: 'with CAP_SYS_ADMIN', capabilities: ['CAP_SYS_ADMIN'], position: { line: 9 } },
    ])
    expect(adviceOf(mount, 'capability')).toContain('docker run --cap-add SYS_ADMIN')
  })

  test('names the kernel that opens a rule, and the one that shuts it', () => {
    expect(why(profile, 'ptrace', { kernel: '4.4' }).changes).toMatchObject([
      { what: 'on kernel 4.8 or newer' },
    ])
    const open = why(profile, 'ptrace')
    expect(open.changes).toMatchObject([{ what: 'on a kernel older than 4.8' }])
    expect(formatVerdict(open.changes[0]!.verdict!)).toBe('ERRNO(EPERM)')
  })

  test('puts together what several gates of one rule ask', () => {
    expect(why(profile, 'bpf').changes).toMatchObject([
      { what: 'with CAP_BPF and on kernel 7.0 or newer', capabilities: ['CAP_BPF'] },
    ])
  })

  test('names the capability that shuts a rule', () => {
    expect(why(profile, 'chroot').changes).toMatchObject([{ what: 'without CAP_SYS_CHROOT' }])
    expect(why(profile, 'chroot', { capabilities: 'none' }).changes).toMatchObject([
      { what: 'with CAP_SYS_CHROOT' },
    ])
  })

  test('knows a rule that does what the default does', () => {
    expect(why(profile, 'reboot').idle).toMatchObject([{ why: 'default' }])
  })

  test('explains numbers above the newest, foreign architectures and calls through a door', () => {
    expect(why(profile, '#5000')).toMatchObject({ syscall: undefined, cases: [{ by: 'newest' }] })
    const foreign = why(profile, { name: 'read', arch: 'aarch64' })
    expect(verdictOf(foreign)).toBe('KILL_PROCESS')
    expect(foreign).toMatchObject({
      cases: [{ by: 'foreign' }],
      changes: [{ kind: 'profile', what: 'if the profile listed SCMP_ARCH_AARCH64' }],
    })
    const door = why(profile, { name: 'socketcall', arch: 'x86' })
    expect(door.cases[0]).toMatchObject({ words: ['call is SYS_SOCKET (1)'], position: { line: 6 } })
  })

  test('says which warnings are about the call', () => {
    const kinds = why(profile, 'socket').warnings.map(({ kind }) => kind)
    expect(kinds).toContain('argument-width')
    expect(why(profile, 'write').warnings).toEqual([])
  })

  test('reads documents and presets, and takes the same words as parseCall', () => {
    expect(verdictOf(why({ defaultAction: 'SCMP_ACT_LOG' }, 'read'))).toBe('LOG')
    expect(verdictOf(why('docker-default', 'read'))).toBe('ALLOW')
    expect(() => why('docker-default', 'opne')).toThrow(/did you mean "open"/)
    expect(() => why('docker-default', { name: 'socket', args: ['AF_VSOK'] })).toThrow(/"AF_VSOCK"/)
  })
})

describe('what to ask for', () => {
  test('is nothing of the profile where the call is made', () => {
    expect(why(profile, 'write').advice.map(({ kind }) => kind)).toEqual(['elsewhere'])
  })

  test('is to take the call out of the rule that denies it', () => {
    const deny = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['acct', 'bpf'], action: 'SCMP_ACT_TRAP' }],
    }
    expect(adviceOf(why(deny, 'acct'), 'profile')).toBe(
      'In the profile, take acct out of the rule at /syscalls/0, which answers TRAP.',
    )
    expect(adviceOf(why(profile, 'acct'), 'profile')).toMatch(/take acct out .*; then add this rule:/)
  })

  test.each(['unshare', 'add_key', 'userfaultfd', 'io_uring_setup', 'mount', 'keyctl'])(
    'of %s is a rule that opens it',
    (name) => {
      const { rule } = why('docker-default', name).advice.find((each) => each.rule)!
      const docker = findPreset('docker-default')!
      expect(verdictOf(why({ ...docker, syscalls: [...docker.syscalls, rule] }, name))).toBe('ALLOW')
    },
  )

  test('opens no more arguments than were asked about', () => {
    const { rule } = why('docker-default', { name: 'socket', args: ['AF_VSOCK', '1'] }).advice.find(
      (each) => each.rule,
    )!
    expect(rule).toEqual({
      names: ['socket'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 40 }],
    })
  })

  test('of a capability comes before CAP_SYS_ADMIN', () => {
    const kinds = why('docker-default', 'bpf').advice.filter(({ kind }) => kind === 'capability')
    expect(kinds.map(({ text: words }) => /--cap-add (\w+)/.exec(words)?.[1])).toEqual(['BPF', 'SYS_ADMIN'])
  })
})

describe('danger', () => {
  test('has a sentence for every call that Docker’s default denies somewhere, with any capabilities', () => {
    const without = new Set<string>()
    for (const { name: arch } of architectures)
      for (const kernel of ['3.10', '6.18']) {
        const { groups } = summarize('docker-default', { arch, kernel, capabilities: 'none' })
        for (const name of groups.flatMap(({ denied, conditional }) => [...denied, ...conditional]))
          if (!dangerOf(name)) without.add(name)
      }
    expect([...without]).toEqual([])
  })

  test('is told of denied arguments, not of harmless ones', () => {
    expect(why('docker-default', { name: 'socket', args: ['AF_VSOCK'] }).danger).toMatch(/hypervisor/)
    expect(why('docker-default', { name: 'socket', args: ['AF_INET'] }).danger).toBeUndefined()
    expect(why('docker-default', 'read').danger).toBeUndefined()
    for (const { name } of formerlyBlocked) expect(dangerOf(name)).toBeUndefined()
  })

  test('is told of typing into a terminal, by the architecture’s own number', () => {
    expect(why(profile, { name: 'ioctl', args: ['0', 'TIOCSTI'] }).danger).toMatch(/types into the terminal/)
    expect(why(profile, { name: 'ioctl', args: ['0', '0x100005412'] }).danger).toMatch(
      /types into the terminal/,
    )
    expect(why(profile, { name: 'ioctl', args: ['0', 'TCGETS'] }).danger).toBeUndefined()
    expect(
      why({ defaultAction: 'SCMP_ACT_ALLOW' }, { name: 'ioctl', args: ['0', '0x5472'] }, { arch: 'mips' })
        .danger,
    ).toMatch(/TIOCSTI/)
  })

  test('is one sentence each', () => {
    for (const name of ['unshare', 'file_getattr', 'clone3', 'personality'])
      expect(dangerOf(name)).toMatch(new RegExp(`^${name}\\b.*[^.]\\.$`))
  })
})

describe('an explanation agrees with the meaning of the policy', () => {
  /** A profile, how it is read, and one call of it. */
  const questions = fc
    .record({ document: profiles, as: fc.constantFrom('safe' as const, 'runc' as const, 'crun' as const) })
    .chain(({ document, as }) => {
      const policy = policyOf(document, as)
      return policy ? callsAt(policy).map((call) => ({ document, as, policy, call })) : fc.constant(undefined)
    })

  test('with arguments and without', () => {
    let compared = 0
    fc.assert(
      fc.property(questions, (question) => {
        if (!question) return
        const { document, as, policy, call } = question
        const arch = callNamed(call.arch, call.nr, 0xffffffff)?.arch
        if (!arch) return
        compared++
        const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'none' as const, as }
        const name = `${call.nr}`
        const expected = evaluate(policy, call)
        const exact = explain(document, { name, args: call.args, arch }, options)
        expect(exact.verdict).toBe(expected)
        const { cases } = explain(document, { name, arch }, options)
        const met = cases.find(({ conditions }) =>
          conditions.every((condition) => holds(condition, call.args[condition.index]!)),
        )
        expect(met?.verdict).toBe(expected)
        expect(exact.cases[0]!.position).toEqual(met?.position)
        formatExplanation(exact)
      }),
      { numRuns: 400 },
    )
    expect(compared).toBeGreaterThan(50)
  })
})

const policyOf = (document: Profile, as: Faithfulness): Policy | undefined => {
  try {
    return resolvePolicy(
      parseProfile(document),
      makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities: 'none' }),
      as,
    )
  } catch (error) {
    // Rules that contradict each other: nothing to explain.
    if (error instanceof SeccompError) return undefined
    throw error
  }
}
