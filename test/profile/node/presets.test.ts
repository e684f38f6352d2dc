import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actionOf, dataOf } from '../../../lib/bpf/verdict.ts'
import { compile } from '../../../lib/filter/compile.ts'
import { evaluate } from '../../../lib/policy/evaluate.ts'
import type { Policy } from '../../../lib/policy/policy.ts'
import { resolvePolicy } from '../../../lib/policy/rules.ts'
import { makeTarget } from '../../../lib/policy/target.ts'
import { parseProfile } from '../../../lib/profile/parse.ts'
import { findPreset } from '../../../lib/profile/presets/index.ts'
import { attempts } from '../../../lib/profile/presets/node/attempts.ts'
import { nodePresets } from '../../../lib/profile/presets/node/presets.ts'
import { nodeProfile } from '../../../lib/profile/presets/node/profile.ts'
import type { PromiseName } from '../../../lib/profile/presets/node/promise.ts'
import { promises, withImplied } from '../../../lib/profile/presets/node/promises.ts'
import { refusals } from '../../../lib/profile/presets/node/refused.ts'
import type { Profile } from '../../../lib/profile/types.ts'
import { type ArchitectureName, architecture } from '../../../lib/syscalls/architectures.ts'
import { errnoName } from '../../../lib/syscalls/errno.ts'
import { numberOf } from '../../../lib/syscalls/numbers.ts'

const arches = ['x86_64', 'aarch64'] as const
const policyOf = (profile: Profile, arch: ArchitectureName = 'x86_64'): Policy =>
  resolvePolicy(profile, makeTarget({ arch, kernel: '6.18', capabilities: [] }))

/** `ALLOW`, or the name of the error. */
const answer = (policy: Policy, name: string, ...args: readonly bigint[]): string => {
  const { arch } = policy.target
  const call = { arch: architecture(arch).audit, nr: numberOf(arch, name)!, instructionPointer: 0n, args }
  const verdict = evaluate(policy, { ...call, args: [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6) })
  return actionOf(verdict) === 'ERRNO' ? errnoName(dataOf(verdict), arch)! : actionOf(verdict)
}

const titles = Object.keys(nodePresets)

describe('presets for Node', () => {
  test.for(titles.flatMap((name) => arches.map((arch) => [name, arch] as const)))(
    '%s is a profile, proved equal to its filter, on %s',
    ([name, arch]) => {
      const profile = findPreset(name)!
      const filter = compile(profile, { arch, kernel: '6.18', capabilities: [] })
      expect(filter.proof.result).toBe('proved')
      expect(profile.syscalls.filter(({ comment }) => !comment)).toEqual([])
    },
  )

  test.for(titles)('%s gives every call one answer: no rule is shadowed, none overlaps another', (name) => {
    const kinds = policyOf(findPreset(name)!).warnings.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'argument-width')).toEqual([])
  })

  test.for(titles)('%s never answers by a signal: what is refused is an error', (name) => {
    const { defaultAction, syscalls } = findPreset(name)!
    const actions = new Set([defaultAction, ...syscalls.map(({ action }) => action)])
    expect([...actions].sort()).toEqual(['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO'])
  })
})

/** Whatever the arguments: files by path, sockets, processes, programs, and the doors around filters. */
const closed = {
  EACCES: `open openat creat name_to_handle_at execve execveat fork vfork socket connect bind listen accept
    accept4 unlink unlinkat rename mkdir mkdirat symlink link chmod fchmodat truncate inotify_add_watch chdir
    readlink readlinkat access faccessat faccessat2 stat lstat getdents64 memfd_create`,
  ENOSYS: 'openat2 clone3 io_uring_setup io_uring_enter io_uring_register close_range',
  EPERM: `kill tkill tgkill ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd pidfd_send_signal
    unshare setns mount chroot pivot_root bpf perf_event_open userfaultfd keyctl setuid init_module`,
} as const
const u64 = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 3n, 0x1000n, 0x10900n, 0x80000n, 0xffffffffn, 1n << 32n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)
const six = fc.tuple(u64, u64, u64, u64, u64, u64)

describe('node:compute', () => {
  const policy = policyOf(findPreset('node:compute')!)
  const calls = Object.entries(closed).flatMap(([error, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, error] as const),
  )

  test.for(calls)('answers %s with %s, whatever its arguments', ([name, error]) => {
    fc.assert(
      fc.property(six, (args) => answer(policy, name, ...args) === error),
      { numRuns: 40 },
    )
  })

  test('starts threads and nothing else by clone', () => {
    const thread = 0x3d0f00n
    expect(answer(policy, 'clone', thread)).toBe('ALLOW')
    for (const flags of [
      0x11n,
      0x4111n,
      0x1200011n,
      thread | 0x10000000n,
      thread | 0x2000n,
      thread & ~0x10000n,
    ])
      expect(answer(policy, 'clone', flags), `0x${flags.toString(16)}`).toBe('EACCES')
  })

  test('makes pairs of unix streams, connected to each other, and no pairs that reach further', () => {
    const [UNIX, STREAM, CLOEXEC] = [1n, 1n, 0x80000n]
    expect(answer(policy, 'socketpair', UNIX, STREAM | CLOEXEC, 0n)).toBe('ALLOW')
    for (let family = 0n; family < 50n; family++)
      for (let type = 0n; type < 16n; type++)
        expect(answer(policy, 'socketpair', family, type, 0n)).toBe(
          family === UNIX && type === STREAM ? 'ALLOW' : 'EACCES',
        )
    expect(answer(policy, 'socketpair', UNIX, STREAM, 6n)).toBe('EACCES')
  })

  test('sends and receives nothing out of band', () => {
    for (const call of ['sendmsg', 'recvmsg']) {
      expect(answer(policy, call, 3n, 0n, 0x40000000n)).toBe('ALLOW')
      expect(answer(policy, call, 3n, 0n, 0x40000001n)).toBe('EACCES')
    }
  })

  test('asks about descriptors, not about paths', () => {
    expect(answer(policy, 'newfstatat', 1n, 0n, 0n, 0x1000n)).toBe('ALLOW')
    expect(answer(policy, 'newfstatat', 1n, 0n, 0n, 0n)).toBe('EACCES')
    expect(answer(policy, 'statx', 1n, 0n, 0x1000n)).toBe('ALLOW')
    expect(answer(policy, 'statx', 1n, 0n, 0x100n)).toBe('EACCES')
  })

  test('types into no terminal, and opens the process to no debugger', () => {
    const TIOCSTI = 0x5412n
    expect(answer(policy, 'ioctl', 0n, 0x5413n)).toBe('ALLOW')
    expect(answer(policy, 'ioctl', 0n, TIOCSTI)).toBe('EACCES')
    // The kernel reads 32 bits (flatpak/flatpak#2782).
    expect(answer(policy, 'ioctl', 0n, TIOCSTI | (1n << 32n))).toBe('EACCES')
    expect(answer(policy, 'prctl', 15n)).toBe('ALLOW')
    for (const option of [4n, 35n, 0x59616d61n]) expect(answer(policy, 'prctl', option)).toBe('EACCES')
  })

  test('ends a program that enters the kernel by another architecture', () => {
    const int80 = {
      arch: architecture('x86').audit,
      nr: 5,
      instructionPointer: 0n,
      args: [0n, 0n, 0n, 0n, 0n, 0n],
    }
    const x32 = { ...int80, arch: architecture('x86_64').audit, nr: 0x40000002 }
    expect(actionOf(evaluate(policy, int80))).toBe('KILL_PROCESS')
    expect(actionOf(evaluate(policy, x32))).toBe('KILL_PROCESS')
  })
})

describe('arguments', () => {
  const under = (...promises: readonly PromiseName[]): Policy => policyOf(nodeProfile(promises))
  const [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE] = [1n, 2n, 0x40n, 0x200n, 0x410000n]

  test('fsRead opens files to read them and in no other way', () => {
    const policy = under('fsRead')
    expect(answer(policy, 'openat', 0n, 0n, 0x80000n)).toBe('ALLOW')
    for (const flags of [O_WRONLY, O_RDWR, 3n, O_CREAT, O_TRUNC, O_TMPFILE, O_TMPFILE | 2n])
      for (const mode of [0n, 0o644n, 0o4755n])
        expect(answer(policy, 'openat', 0n, 0n, 0x80000n | flags, mode)).toBe('EACCES')
  })

  test('fsWrite makes files, but no set-user-ID ones', () => {
    const policy = under('fsWrite')
    expect(answer(policy, 'openat', 0n, 0n, O_CREAT | O_WRONLY, 0o644n)).toBe('ALLOW')
    expect(answer(policy, 'openat', 0n, 0n, O_CREAT | O_WRONLY, 0o4755n)).toBe('EACCES')
    expect(answer(policy, 'fchmod', 0n, 0o755n)).toBe('ALLOW')
    expect(answer(policy, 'fchmod', 0n, 0o2755n)).toBe('EACCES')
    expect(answer(policy, 'chmod', 0n, 0o6755n)).toBe('EACCES')
  })

  const [STREAM, DGRAM, RAW] = [1n, 2n, 3n]
  test.for([
    ['netClient', [2n, 10n], [STREAM, DGRAM]],
    ['netServer', [2n, 10n], [STREAM]],
    ['unixSocket', [1n], [STREAM, DGRAM]],
    ['osInfo', [16n], [DGRAM, RAW]],
  ] as const)('%s opens sockets of its families and types, and no others', ([promise, families, types]) => {
    const policy = under(promise)
    const has = (list: readonly bigint[], value: bigint): boolean => list.includes(value)
    for (let family = 0n; family < 50n; family++)
      for (let type = 0n; type < 16n; type++)
        for (const flags of [0n, 0x800n, 0x80000n, 0x80800n]) {
          if (type === 5n && promise === 'unixSocket') continue // SEQPACKET
          const wanted = has(families, family) && has(types, type) ? 'ALLOW' : 'EACCES'
          expect(answer(policy, 'socket', family, type | flags, 0n), `${family} ${type}`).toBe(wanted)
        }
    // ICMP, SCTP, MPTCP, UDP-Lite.
    for (const family of families)
      for (const type of types)
        for (const protocol of [1n, 132n, 136n, 262n])
          expect(answer(policy, 'socket', family, type, protocol)).toBe('EACCES')
  })

  test('who may not connect may not connect by sending either', () => {
    const MSG_FASTOPEN = 0x20000000n
    for (const promise of ['ipc', 'netServer', 'unixSocket'] as const)
      for (const [call, flags] of [
        ['sendmsg', 2],
        ['sendto', 3],
        ['sendmmsg', 3],
      ] as const) {
        const args = (value: bigint): readonly bigint[] => Object.assign([3n, 0n, 0n, 0n], { [flags]: value })
        if (promise !== 'ipc') expect(answer(under(promise), call, ...args(0x4000n))).toBe('ALLOW')
        expect(answer(under(promise), call, ...args(MSG_FASTOPEN))).toBe('EACCES')
        expect(answer(under('netClient'), call, ...args(MSG_FASTOPEN))).toBe('ALLOW')
      }
  })

  test('a server connects to nobody, a client listens to nobody', () => {
    expect(answer(under('netServer'), 'connect')).toBe('EACCES')
    expect(answer(under('netServer'), 'accept4')).toBe('ALLOW')
    expect(answer(under('netClient'), 'connect')).toBe('ALLOW')
    for (const call of ['bind', 'listen', 'accept', 'accept4'])
      expect(answer(under('netClient'), call)).toBe('EACCES')
  })

  test('socket options are those of programs, not those that attach filters or packet tables', () => {
    const policy = under('netClient', 'netServer')
    expect(answer(policy, 'setsockopt', 3n, 6n, 1n)).toBe('ALLOW')
    for (const [level, name] of [
      [1n, 26n],
      [1n, 50n],
      [0n, 64n],
      [263n, 1n],
    ] as const)
      expect(answer(policy, 'setsockopt', 3n, level, name)).toBe('EACCES')
  })

  test('spawn makes processes without namespaces, and executes programs', () => {
    const policy = under('spawn')
    expect(answer(policy, 'clone', 0x1200011n)).toBe('ALLOW')
    expect(answer(policy, 'execve')).toBe('ALLOW')
    for (const flag of [0x20000n, 0x2000000n, 0x4000000n, 0x8000000n, 0x10000000n, 0x20000000n, 0x40000000n])
      expect(answer(policy, 'clone', 0x11n | flag)).toBe('EACCES')
    expect(answer(policy, 'clone3')).toBe('ENOSYS')
  })

  test('run reads its own limits and sets none, startup sets its own', () => {
    expect(answer(under('run'), 'prlimit64', 0n, 7n, 0n)).toBe('ALLOW')
    expect(answer(under('run'), 'prlimit64', 0n, 7n, 1n)).toBe('EACCES')
    expect(answer(under('run'), 'prlimit64', 1n, 7n, 0n)).toBe('EACCES')
    expect(answer(under('startup'), 'prlimit64', 0n, 7n, 1n)).toBe('ALLOW')
  })

  test('jitless: memory never becomes executable; otherwise V8 may make it so', () => {
    const [jit, jitless] = [nodeProfile([]), nodeProfile([], { jitless: true })].map((profile) =>
      policyOf(profile),
    )
    for (const call of ['mmap', 'mprotect', 'pkey_mprotect']) {
      expect(answer(jit!, call, 0n, 0n, 7n)).toBe('ALLOW')
      expect(answer(jitless!, call, 0n, 0n, 3n)).toBe('ALLOW')
      for (const protection of [4n, 5n, 7n]) expect(answer(jitless!, call, 0n, 0n, protection)).toBe('EACCES')
    }
  })
})

describe('nodeProfile', () => {
  test('started jitless: the loader maps code from files; nothing that is written runs', () => {
    const policy = policyOf(nodeProfile([], { startup: true, jitless: true }))
    const [PRIVATE, ANONYMOUS] = [2n, 0x20n]
    expect(answer(policy, 'mmap', 0n, 0n, 5n, PRIVATE)).toBe('ALLOW')
    expect(answer(policy, 'mmap', 0n, 0n, 5n, PRIVATE | ANONYMOUS)).toBe('EACCES')
    expect(answer(policy, 'mmap', 0n, 0n, 7n, PRIVATE)).toBe('EACCES')
    expect(answer(policy, 'mprotect', 0n, 0n, 5n)).toBe('EACCES')
  })

  test('adds what a start takes when it is asked to', () => {
    const [steady, started] = [nodeProfile(['ipc']), nodeProfile(['ipc'], { startup: true })].map((each) =>
      policyOf(each),
    )
    for (const call of ['execve', 'openat', 'arch_prctl']) {
      expect(answer(steady!, call)).toBe('EACCES')
      expect(answer(started!, call)).toBe('ALLOW')
    }
  })

  test('gives the same profile for the same promises in any order, and for what they imply', () => {
    expect(nodeProfile(['dns', 'watch'])).toEqual(nodeProfile(['watch', 'dns', 'fsRead', 'run']))
  })

  test('gives more for more promises: nothing that one allows is refused with another beside', () => {
    const [less, more] = [
      nodeProfile(['fsRead']),
      nodeProfile(['fsRead', 'spawn', 'netServer', 'inspector', 'report']),
    ]
    const names = less!.syscalls
      .filter(({ action }) => action === 'SCMP_ACT_ALLOW')
      .flatMap(({ names }) => names)
    const [a, b] = [policyOf(less!), policyOf(more!)]
    const known = [...new Set(names)].filter((name) => numberOf('x86_64', name) !== undefined)
    fc.assert(
      fc.property(fc.constantFrom(...known), six, (name, args) => {
        if (answer(a, name, ...args) === 'ALLOW') expect(answer(b, name, ...args)).toBe('ALLOW')
      }),
      { numRuns: 500 },
    )
  })

  test('is a document that the parser leaves as it is', () => {
    const profile = nodeProfile(['fsWrite', 'spawn'])
    expect(parseProfile(profile)).toEqual(profile)
  })

  test('refuses a promise that there is not', () => {
    expect(() => nodeProfile(['fsread' as PromiseName])).toThrow(
      'no promise is called \'fsread\'; did you mean "fsRead"?',
    )
    expect(() => nodeProfile(['everything' as PromiseName])).toThrow('there are run, startup')
  })
})

test('docs/node-presets.md is what tools/gen-node-presets-doc.js makes of the tables', async () => {
  const tool = new URL('../../../tools/gen-node-presets-doc.js', import.meta.url).href
  const { render } = (await import(tool)) as { render: (tables: object) => string }
  const page = readFileSync(new URL('../../../docs/node-presets.md', import.meta.url), 'utf8')
  expect(page).toBe(render({ nodePresets, promises, withImplied, refusals, attempts }))
})
