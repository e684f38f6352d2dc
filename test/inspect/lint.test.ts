import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Instruction, op, type Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { actionOf, verdict } from '../../lib/bpf/verdict.ts'
import { SeccompError } from '../../lib/errors.ts'
import { type CompileOptions, compile } from '../../lib/filter/compile.ts'
import { checks } from '../../lib/inspect/lint/checks/index.ts'
import type { Finding, Severity } from '../../lib/inspect/lint/finding.ts'
import { formatLint } from '../../lib/inspect/lint/format.ts'
import { lint } from '../../lib/inspect/lint/lint.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { parseProfileText } from '../../lib/profile/parse.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { presetNames } from '../../lib/profile/presets/names.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { profiles } from '../arbitrary.ts'
import { sharedData } from '../shared-data.ts'

const options = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const

interface RuleLike {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly object[]
}

interface ProfileLike {
  readonly defaultAction: string
  readonly architectures?: readonly string[]
  readonly flags?: readonly string[]
  readonly syscalls: readonly RuleLike[]
}

const allow = (names: string, ...args: readonly object[]): RuleLike => ({
  names: names.split(' '),
  action: 'SCMP_ACT_ALLOW',
  args,
})
const refuse = (names: string, ...args: readonly object[]): RuleLike => ({
  ...allow(names, ...args),
  action: 'SCMP_ACT_ERRNO',
})
const arg = (index: number, op: string, value: number, valueTwo = 0): object => ({
  index,
  op: `SCMP_CMP_${op}`,
  value,
  valueTwo,
})
const low = (index: number, value: number): object => arg(index, 'MASKED_EQ', 0xffffffff, value)

/** A strict list with nothing to find. */
const clean: ProfileLike = {
  defaultAction: 'SCMP_ACT_ERRNO',
  architectures: ['SCMP_ARCH_X86_64'],
  syscalls: [
    allow('exit exit_group rt_sigreturn restart_syscall rseq futex mmap munmap brk read write close'),
    allow('openat openat2 close_range faccessat faccessat2 fchmodat fchmodat2 newfstatat statx'),
    allow('clone', arg(0, 'MASKED_EQ', 0x7e020000, 0)),
    { ...refuse('clone3'), errnoRet: 38 },
    allow('socket', low(0, 1)),
    allow('socket', low(0, 2)),
    allow('ioctl', low(1, 0x5401)),
    allow('connect sendto recvfrom execve execveat'),
  ],
}

/** A list of what is refused, with nothing to find. */
const cleanDenyList: ProfileLike = {
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: ['SCMP_ARCH_X86_64'],
  syscalls: [
    refuse('ptrace process_vm_readv process_vm_writev pidfd_getfd mount umount2 bpf'),
    refuse('ioctl', low(1, 0x5412)),
    refuse('ioctl', low(1, 0x541c)),
  ],
}

const without = (names: string, from = clean): ProfileLike => ({
  ...from,
  syscalls: from.syscalls
    .map((rule) => ({
      ...rule,
      names: rule.names.filter((name) => !names.split(' ').includes(name)),
    }))
    .filter((rule) => rule.names.length),
})
const plus = (from: ProfileLike, ...rules: readonly RuleLike[]): ProfileLike => ({
  ...from,
  syscalls: [...from.syscalls, ...rules],
})
const on = (from: ProfileLike, ...architectures: readonly string[]): ProfileLike => ({
  ...from,
  architectures: [...from.architectures!, ...architectures],
})

interface Planted {
  readonly what: string
  readonly profile: ProfileLike
  readonly severity: Severity
  readonly says: RegExp
  readonly options?: CompileOptions
  /** Checks that have something to say of it too. */
  readonly also?: readonly string[]
  /** The witness: name and the arguments that matter; what it gets. */
  readonly call?: { readonly name: string; readonly arch?: 'x86' | 'x32'; readonly args?: readonly bigint[] }
}

/** By check: holes planted in a clean profile, each of which must be found, and nothing else. */
const planted: Readonly<Record<string, readonly Planted[]>> = {
  'io-uring': [
    {
      what: 'beside restricted sockets',
      profile: plus(clean, allow('io_uring_setup io_uring_enter')),
      severity: 'error',
      says: /io_uring_setup is allowed, .*socket/,
      call: { name: 'io_uring_setup' },
    },
    {
      what: 'in a list of what is refused',
      profile: plus(cleanDenyList, refuse('unlinkat')),
      severity: 'error',
      says: /unlinkat is not/,
      call: { name: 'io_uring_setup' },
    },
  ],
  socketcall: [
    {
      what: 'that opens the network',
      profile: plus(
        on(without('socket'), 'SCMP_ARCH_X86'),
        allow('socket', low(0, 1)),
        allow('socketcall futex_time64'),
      ),
      also: ['other-architectures'],
      severity: 'error',
      says: /^socket.* restricted, but socketcall makes the same calls/,
      call: { name: 'socketcall', arch: 'x86', args: [1n] },
    },
    {
      what: 'that opens a rare family',
      profile: plus(
        on(without('socket'), 'SCMP_ARCH_X86'),
        allow('socket', arg(0, 'LT', 38)),
        allow(
          'bind listen accept accept4 socketpair sendmsg sendmmsg recvmsg recvmmsg setsockopt getsockopt shutdown socketcall futex_time64 recvmmsg_time64',
        ),
      ),
      also: ['other-architectures'],
      severity: 'warning',
      says: /^socket is restricted/,
      call: { name: 'socketcall', arch: 'x86', args: [1n] },
    },
    {
      what: 'where no program that has it can run',
      profile: plus(clean, allow('socketcall')),
      severity: 'note',
      says: /^socket.* restricted and socketcall isn't/,
    },
  ],
  'other-architectures': [
    {
      what: 'x32 listed',
      profile: on(clean, 'SCMP_ARCH_X32'),
      severity: 'note',
      says: /^\d+ of \d+ calls are open to programs for x32$/,
    },
    {
      what: 'a twin with another name',
      profile: plus(on({ ...cleanDenyList }, 'SCMP_ARCH_X86'), refuse('setuid')),
      severity: 'error',
      says: /setuid \(as setuid32\).* refused on x86_64, but not on x86/,
    },
  ],
  'cancelled-conditions': [
    {
      what: 'two NE in two rules',
      profile: plus(clean, allow('personality', arg(0, 'NE', 8)), allow('personality', arg(0, 'NE', 9))),
      severity: 'error',
      says: /^personality gets ALLOW where personality is not .+ or personality is not .+, which is always so$/,
      call: { name: 'personality' },
    },
    {
      what: 'two NE in one rule',
      profile: plus(clean, allow('personality', arg(0, 'NE', 8), arg(0, 'NE', 9))),
      severity: 'error',
      says: /which is always so$/,
      call: { name: 'personality' },
    },
    {
      what: 'beside another condition',
      profile: plus(
        clean,
        allow('prctl', arg(0, 'NE', 8), low(1, 3)),
        allow('prctl', arg(0, 'NE', 9), low(1, 3)),
      ),
      severity: 'error',
      says: /^prctl gets ALLOW where/,
    },
    {
      what: 'two ranges that meet',
      profile: plus(clean, allow('mremap', arg(2, 'LT', 100)), allow('mremap', arg(2, 'GE', 50))),
      severity: 'error',
      says: /^the conditions on mremap exclude nothing: every call gets ALLOW$/,
      call: { name: 'mremap' },
    },
  ],
  'argument-width': [
    {
      what: 'a refused family',
      profile: plus(cleanDenyList, refuse('socket', arg(0, 'EQ', 40)), refuse('io_uring_setup')),
      severity: 'warning',
      says: /^socket with family AF_VSOCK \(40\) gets ERRNO\(EPERM\), but not with 0x100000028, which/,
    },
    {
      what: 'a range that is allowed, read as runc',
      profile: plus(without('socket'), allow('socket', arg(0, 'GT', 40))),
      severity: 'warning',
      options: { ...options, as: 'runc' },
      says: /^socket with family .* gets ERRNO\(EPERM\), but not with 0x100000000/,
    },
    {
      what: 'a request of ioctl',
      profile: plus(
        { ...cleanDenyList, syscalls: cleanDenyList.syscalls.slice(0, 1) },
        refuse('ioctl', arg(1, 'EQ', 0x5412)),
        refuse('ioctl', low(1, 0x541c)),
      ),
      severity: 'warning',
      says: /^ioctl with cmd TIOCSTI/,
    },
  ],
  'other-processes': [
    {
      what: 'ptrace',
      profile: plus(clean, allow('ptrace')),
      severity: 'warning',
      says: /^ptrace is allowed$/,
      call: { name: 'ptrace', args: [16n] },
    },
    {
      what: 'ptrace on an old kernel',
      profile: plus(clean, allow('ptrace')),
      severity: 'error',
      options: { ...options, kernel: '4.4' },
      says: /^ptrace is allowed$/,
    },
    {
      what: 'process_vm_writev',
      profile: plus(clean, allow('process_vm_writev')),
      severity: 'warning',
      says: /^process_vm_writev is allowed$/,
      call: { name: 'process_vm_writev' },
    },
  ],
  'terminal-input': [
    {
      what: 'ioctl without conditions',
      profile: plus(without('ioctl'), allow('ioctl')),
      severity: 'warning',
      says: /TIOCSTI and TIOCLINUX/,
      call: { name: 'ioctl', args: [0n, 0x5412n] },
    },
    {
      what: 'TIOCLINUX alone',
      profile: plus(clean, allow('ioctl', low(1, 0x541c))),
      severity: 'warning',
      says: /^ioctl is allowed with TIOCLINUX$/,
    },
  ],
  clone3: [
    {
      what: 'EPERM',
      profile: plus(without('clone3'), allow('landlock_create_ruleset')),
      severity: 'error',
      says: /^clone is allowed, but clone3 gets ERRNO\(EPERM\)$/,
      call: { name: 'clone3' },
    },
    {
      what: 'open beside a masked clone',
      profile: plus(without('clone3'), allow('clone3')),
      severity: 'error',
      says: /^clone is allowed for some flags only, but clone3 for all$/,
      call: { name: 'clone3' },
    },
  ],
  'essential-calls': ['exit_group', 'exit', 'rt_sigreturn', 'restart_syscall', 'rseq'].map((name) => ({
    what: name,
    profile: without(name),
    severity: name.startsWith('r') && name !== 'rt_sigreturn' ? ('warning' as const) : ('error' as const),
    says: new RegExp(`^${name} gets ERRNO`),
    call: { name },
  })),
  enosys: [
    {
      what: 'calls that the C library tries first',
      profile: without('faccessat2 statx'),
      severity: 'warning',
      says: /^faccessat2 and statx get ERRNO\(EPERM\), though what they replace is allowed$/,
      call: { name: 'faccessat2' },
    },
    {
      what: 'calls that some programs try first',
      profile: without('openat2'),
      severity: 'note',
      says: /^openat2 gets ERRNO\(EPERM\), though what it replaces is allowed$/,
    },
  ],
  'kill-thread': [
    {
      what: 'a rule',
      profile: plus(clean, { ...allow('bpf'), action: 'SCMP_ACT_KILL_THREAD' }),
      severity: 'warning',
      says: /^bpf gets SCMP_ACT_KILL_THREAD$/,
    },
    {
      what: 'the default',
      profile: { ...clean, defaultAction: 'SCMP_ACT_KILL' },
      severity: 'warning',
      says: /^the default action is SCMP_ACT_KILL$/,
    },
  ],
  'unknown-calls': [
    {
      what: 'in a rule that allows',
      profile: plus(clean, allow('raed')),
      severity: 'warning',
      says: /^no architecture has a call raed; did you mean "read"\?$/,
    },
    {
      what: 'in a rule that blocks',
      profile: plus(cleanDenyList, refuse('prtace')),
      severity: 'error',
      says: /prtace.*ptrace.*means to block/,
    },
  ],
  'never-fires': [
    {
      what: 'behind a rule without conditions',
      profile: plus(clean, { ...refuse('mmap'), errnoRet: 22 }),
      severity: 'warning',
      says: /^never decides mmap: \/syscalls\/0 comes first$/,
    },
    {
      what: 'said twice',
      profile: plus(clean, allow('read')),
      severity: 'note',
      says: /^never decides read: /,
    },
    {
      what: 'the default said again',
      profile: plus(clean, refuse('mount')),
      severity: 'note',
      says: /^mount would get the same from the default action$/,
    },
    {
      what: 'covered by others',
      profile: plus(
        clean,
        allow('mremap', arg(2, 'LT', 100)),
        allow('mremap', arg(2, 'LT', 50), arg(1, 'EQ', 5)),
      ),
      severity: 'note',
      says: /^never decides mremap: /,
    },
    {
      what: 'with a condition that never holds',
      profile: plus(clean, allow('mremap', arg(2, 'LT', 0))),
      severity: 'warning',
      says: /^never decides mremap: its conditions never hold$/,
    },
  ],
  'overlapping-rules': [
    {
      what: 'a range and a value',
      profile: plus(clean, allow('mremap', arg(2, 'LT', 100)), {
        ...refuse('mremap', arg(2, 'EQ', 50)),
        errnoRet: 22,
      }),
      severity: 'warning',
      says: /mremap match this rule/,
    },
  ],
  'kernel-version': [
    {
      what: 'an action that the target lacks',
      profile: plus(clean, { ...allow('bpf'), action: 'SCMP_ACT_KILL_PROCESS' }),
      severity: 'error',
      options: { ...options, kernel: '4.9' },
      says: /^KILL_PROCESS needs Linux 4\.14; the target has 4\.9$/,
    },
    {
      what: 'a supervisor',
      profile: plus(clean, { ...allow('mount'), action: 'SCMP_ACT_NOTIFY' }),
      severity: 'note',
      says: /^NOTIFY needs Linux 5\.0$/,
    },
    {
      what: 'a flag',
      profile: { ...clean, flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] },
      severity: 'note',
      says: /^SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs Linux 5\.19$/,
    },
  ],
}

const found = (profile: ProfileLike, more: CompileOptions = options): readonly Finding[] =>
  lint(profile, more).findings
const brief = (findings: readonly Finding[]): string[] =>
  findings.map(({ check, severity, message }) => `${severity} ${check}: ${message}`)

describe('lint', () => {
  test('is silent about clean profiles, however they are read', () => {
    for (const profile of [clean, cleanDenyList])
      for (const as of ['safe', 'runc'] as const)
        expect(brief(found(profile, { ...options, as }))).toEqual([])
    // crun has no stub that answers ENOSYS to what is newer than the profile, and this one needs none.
    expect(brief(found(clean, { ...options, as: 'crun' }))).toEqual([])
  })

  test('every check has a hole planted for it', () => {
    expect(Object.keys(planted).sort()).toEqual(checks.map(({ name }) => name).sort())
  })

  for (const [check, holes] of Object.entries(planted))
    test.each(holes.map((hole) => [hole.what, hole] as const))(
      `${check} finds %s, and nothing else is found`,
      (_, hole) => {
        const { also = [] } = hole
        const findings = found(hole.profile, hole.options).filter((each) => !also.includes(each.check))
        expect(brief(findings)).toEqual([expect.stringMatching(new RegExp(`^${hole.severity} ${check}: `))])
        const [finding] = findings
        expect(finding!.message).toMatch(hole.says)
        expect(finding!.attack.length).toBeGreaterThan(20)
        expect(finding!.remedy.length).toBeGreaterThan(10)
        expect(finding!.positions.length).toBeGreaterThan(0)
        if (!hole.call) return
        const { name, arch = 'x86_64', args } = hole.call
        expect(finding!.call!.nr).toBe(numberOf(arch, name))
        if (args) expect(finding!.call!.args.slice(0, args.length)).toEqual(args)
      },
    )

  test('a call that gets past a 64-bit comparison does so as runc reads it, and not as safe does', () => {
    const profile = planted['argument-width']![0]!.profile
    const { call } = found(profile)[0]!
    expect(call!.args[0]! & 0xffffffffn).toBe(40n)
    const answer = (as: 'safe' | 'runc' | 'crun'): string =>
      actionOf(evaluate(compile(profile, { ...options, as }).policy, call!))
    expect([answer('runc'), answer('crun'), answer('safe')]).toEqual(['ALLOW', 'ALLOW', 'ERRNO'])
  })

  test('the witness of conditions that exclude nothing gets what they were to keep from it', () => {
    for (const { profile } of planted['cancelled-conditions']!) {
      const { call } = found(profile)[0]!
      const { policy } = compile(profile, options)
      expect(actionOf(evaluate(policy, call!))).toBe('ALLOW')
    }
  })

  test('an essential call counts as present where a supervisor or a log has it', () => {
    for (const action of ['SCMP_ACT_LOG', 'SCMP_ACT_TRACE'])
      expect(brief(found(plus(without('exit_group'), { ...allow('exit_group'), action })))).toEqual([])
  })

  test('what a supervisor is asked about is no hole', () => {
    const notify = { ...allow('clone3'), action: 'SCMP_ACT_NOTIFY' }
    expect(found(plus(without('clone3'), notify)).map(({ check }) => check)).toEqual(['kernel-version'])
    const ring = { ...allow('io_uring_setup'), action: 'SCMP_ACT_NOTIFY' }
    expect(found(plus(clean, ring)).map(({ check }) => check)).toEqual(['kernel-version'])
  })

  test('rules for other targets are left alone', () => {
    const gated = { ...allow('io_uring_setup'), includes: { caps: ['CAP_SYS_ADMIN'] } }
    expect(found(plus(clean, gated))).toEqual([])
    expect(brief(found(plus(clean, gated), { ...options, capabilities: 'all' }))).toHaveLength(1)
  })

  test('says where, with line and column', () => {
    const text = JSON.stringify(plus(clean, allow('ptrace')), undefined, 1)
    const { findings } = lint(parseProfileText(text, { source: 'web.json' }), options)
    const [position] = findings[0]!.positions
    expect(position).toMatchObject({ source: 'web.json', pointer: '/syscalls/8' })
    expect(text.split('\n')[position!.line! - 1]).toContain('{')
  })

  test('takes whatever a profile may be, and fails only for what compile refuses too', () => {
    fc.assert(
      fc.property(profiles, fc.constantFrom('safe', 'runc', 'crun'), (profile, as) => {
        try {
          const { findings, counts } = lint(profile, { ...options, as })
          expect(findings.length).toBe(counts.error + counts.warning + counts.note)
        } catch (error) {
          expect(error).toBeInstanceOf(SeccompError)
          expect((error as SeccompError).code).toBe('ERR_POLICY_CONFLICT')
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('lint of what is in use', () => {
  test.each(presetNames)('%s has no errors', (name) => {
    const targets: CompileOptions[] = [
      ...(['none', 'docker', 'all'] as const).map((capabilities) => ({ ...options, capabilities })),
      { ...options, kernel: '4.19' },
      { ...options, as: 'runc' },
      { ...options, as: 'crun' },
      { ...options, arch: 'aarch64' },
    ]
    for (const each of targets) {
      const { findings } = lint(name, each)
      expect(brief(findings.filter(({ severity }) => severity === 'error'))).toEqual([])
    }
  })

  test('Docker’s default gets four warnings, each of which is true of it', () => {
    const { findings } = lint('docker-default', options)
    const warnings = findings.filter(({ severity }) => severity === 'warning')
    expect(warnings.map(({ check }) => check)).toEqual([
      'socketcall',
      'argument-width',
      'other-processes',
      'terminal-input',
    ])
    const filter = compile('docker-default', { ...options, as: 'runc' })
    for (const { call } of warnings)
      expect(actionOf(run(filter.instructions, call!, 'little').verdict)).toBe('ALLOW')
  })

  test('on MIPS, errno 38 isn’t ENOSYS, and Docker’s rule for clone3 breaks threads', () => {
    const { findings } = lint('docker-default', { ...options, arch: 'mips64' })
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(brief(errors)).toEqual(['error clone3: clone is allowed, but clone3 gets ERRNO(EL2NSYNC)'])
    expect(errors[0]!.remedy).toContain('errnoRet 89')
  })

  const shared = ['moby-default', 'podman-default', 'moby-default-old-format'].map(
    (name) => [name, sharedData(`profiles/${name}.json`)] as const,
  )
  for (const [name, file] of shared)
    test.skipIf(!file)(
      `${name}.json has no errors${file ? '' : ' (skipped: the shared data is not here)'}`,
      () => {
        const { findings } = lint(parseProfileText(readFileSync(file!, 'utf8')), options)
        expect(brief(findings.filter(({ severity }) => severity === 'error'))).toEqual([])
      },
    )
})

describe('lint of a raw filter', () => {
  const instruction = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k })
  const names = (program: Program): string[] => lint(program, options).findings.map(({ check }) => check)

  test('finds what its profile would get, where that doesn’t take the document', () => {
    const filter = compile(findPreset('docker-default')!, { ...options, as: 'runc' })
    const fromProfile = lint('docker-default', { ...options, as: 'runc' }).findings
    const kind = ({ check, severity, architectures }: Finding): string =>
      `${severity} ${check} ${architectures}`
    // Which of the families it names is its choice.
    expect(lint(filter.instructions, options).findings.map(kind)).toEqual(fromProfile.map(kind))
    expect(brief(lint(compile(clean, options).instructions, options).findings)).toEqual([])
  })

  test('finds a filter that never asks for the architecture', () => {
    const ptrace = numberOf('x86_64', 'ptrace')!
    const careless = [
      instruction(op.LD_ABS, 0),
      instruction(op.JEQ_K, ptrace, 0, 1),
      instruction(op.RET_K, verdict('ERRNO', 1)),
      instruction(op.RET_K, verdict('ALLOW')),
    ]
    const found = lint(careless, options).findings.filter(({ check }) => check === 'other-architectures')
    expect(found.map(({ severity, architectures }) => [severity, ...architectures])).toEqual([
      ['error', 'x86'],
      ['error', 'x32'],
    ])
    for (const { call } of found) expect(run(careless, call!, 'little').verdict).toBe(verdict('ALLOW'))
  })

  test('doesn’t judge what it can’t follow', () => {
    const odd = [
      instruction(op.LD_ABS, 0),
      instruction(op.MUL_K, 3),
      instruction(op.JEQ_K, 9, 0, 0),
      instruction(op.RET_K, verdict('ALLOW')),
    ]
    expect(() => lint(odd, options)).toThrow(
      "can't be judged: instruction 2 computes with a word of the call (mul)",
    )
  })

  test('finds a 64-bit comparison in a program', () => {
    const filter = compile(planted['argument-width']![0]!.profile, { ...options, as: 'runc' })
    expect(names(filter.instructions)).toEqual(['argument-width'])
  })
})

describe('lint as text', () => {
  test('keeps to 80 columns, counts, and says what each finding is about', () => {
    const text = formatLint(lint('docker-default', options))
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(text).toContain('call ioctl(fd=0, cmd=TIOCSTI (0x5412), arg=0)')
    expect(text).toMatch(/\n0 errors, 4 warnings, 2 notes; needs Linux [\d.]+ or newer\n$/)
    expect(formatLint(lint(clean, options))).toMatch(
      /^0 errors, 0 warnings, 0 notes; needs Linux 3\.5 or newer\n$/,
    )
  })

  test('colours the severity for a terminal, and nothing in a profile can', () => {
    const document = parseProfileText(JSON.stringify(plus(clean, allow('ptrace'))), { source: 'a\x1b[2J' })
    const text = formatLint(lint(document, options), (part, what) => `<${what}>${part}`)
    expect(text).toMatch(/^<mixed>warning: ptrace is allowed/)
    expect(text).toContain('  at a\\u001b[2J:1:')
  })

  test('the table in the documentation is the checks’ own', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/reviewing-a-profile.md'), 'utf8')
    const rows = checks.map(({ name, severity, finds }) => `| \`${name}\` | ${severity} | ${finds} |`)
    expect(page.match(/^\| `.*\|$/gm)).toEqual(rows)
  })
})
