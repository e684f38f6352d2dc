import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { actionOf, dataOf } from '../../lib/bpf/verdict.ts'
import { compile, spawnSync } from '../../lib/index.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { nodePresets } from '../../lib/profile/presets/node/presets.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { canFilter } from './victims.ts'

/** Ways out of a preset in raw system calls, each tried on the kernel from a process under it. */

/** Nothing is mapped at address 1, nobody has process or descriptor -1: without a filter these calls fail otherwise. */
const attempts: readonly (readonly [name: string, ...args: readonly number[]])[] = [
  // Files by path: read, made, changed.
  ...[0, 1, 2, 0x40, 0x200, 0x241, 0x410002, 0x200000].map(
    (flags) => ['openat', -100, 1, flags, 0o644] as const,
  ),
  ...[0, 1, 0x241].map((flags) => ['open', 1, flags, 0o644] as const),
  ['openat', -100, 1, 0x41, 0o4755],
  ['openat2', -100, 1, 1, 24],
  ['creat', 1, 0o644],
  ['name_to_handle_at', -100, 1, 1, 1, 0],
  ['open_by_handle_at', -1, 1, 0],
  ['memfd_create', 1, 0],
  ['memfd_secret', 0xffff],
  ['newfstatat', -100, 1, 1, 0],
  ['statx', -100, 1, 0, 0, 1],
  ['readlink', 1, 1, 1],
  ['access', 1, 0],
  ['faccessat2', -100, 1, 0, 0],
  ['chdir', 1],
  ['mkdir', 1, 0],
  ['unlink', 1],
  ['rename', 1, 1],
  ['renameat2', -1, 1, -1, 1, 0],
  ['symlink', 1, 1],
  ['link', 1, 1],
  ['mknodat', -1, 1, 0, 0],
  ['chmod', 1, 0o6755],
  ['fchmodat', -1, 1, 0o6755],
  ['truncate', 1, 0],
  ['setxattr', 1, 1, 1, 0, 0],
  ['inotify_add_watch', -1, 1, 0],
  ['fanotify_init', 0xffff, 0],
  ['uselib', 1],
  // Sockets: every family and kind, and what one does with them.
  ...Array.from({ length: 46 }, (_, family) => ['socket', family, 0xf, 0x7fff] as const),
  ...[1, 2, 10, 16, 17, 38, 40].map((family) => ['socket', family, 3, 255] as const),
  // A pair of unix streams reaches nobody, and libuv makes one for each pipe of a child, before it is refused.
  ['socketpair', 1, 2, 0, 1],
  ['socketpair', 2, 1, 0, 1],
  ['connect', -1, 1, 16],
  ['bind', -1, 1, 16],
  ['listen', -1, 1],
  ['accept4', -1, 1, 1, 0],
  ['sendmsg', -1, 1, 0x20000000],
  // Out of band, which led out of Chrome's sandbox (CVE-2025-38236).
  ['sendmsg', -1, 1, 1],
  ['recvmsg', -1, 1, 1],
  ['sendto', -1, 1, 1, 0x20000000, 1, 16],
  ['setsockopt', -1, 1, 26, 1, 16],
  ['setsockopt', -1, 0, 64, 1, 84],
  // Processes and programs. No clone that would be one were it let through: an exit signal that there is not, or no stack.
  ['clone', 0x10000, 0, 0, 0, 0],
  ['clone', 0x10000 | 0x20000000, 0, 0, 0, 0],
  ['clone3', 1, 88],
  ['execve', 1, 1, 1],
  ['execveat', -1, 1, 1, 1, 0x1000],
  ['kill', 0x7fffffff, 9],
  ['tgkill', 0x7fffffff, 0x7fffffff, 9],
  ['tkill', 0x7fffffff, 9],
  ['rt_sigqueueinfo', 0x7fffffff, 9, 1],
  ['pidfd_open', 0x7fffffff, 0],
  ['pidfd_send_signal', -1, 9, 0, 0],
  ['pidfd_getfd', -1, 0, 0],
  ['ptrace', 0x4206, 0x7fffffff, 0, 0],
  ['process_vm_readv', 0x7fffffff, 1, 1, 1, 1, 0],
  ['process_vm_writev', 0x7fffffff, 1, 1, 1, 1, 0],
  ['process_madvise', -1, 1, 1, 4, 0],
  ['kcmp', 0x7fffffff, 0x7fffffff, 0, 0, 0],
  // Round the filter, or at the kernel behind it.
  ['io_uring_setup', 1, 1],
  ['io_uring_enter', -1, 1, 0, 0, 0, 0],
  ['io_uring_register', -1, 0, 1, 1],
  ['io_setup', 0, 1],
  ['prctl', 4, 1],
  ['prctl', 0x59616d61, -1],
  ['prctl', 35, 14, 1, 0, 0],
  ['ioctl', -1, 0x5412, 1],
  ['ioctl', -1, 0x541c, 1],
  ['prlimit64', 0x7fffffff, 7, 0, 1],
  ['unshare', 0x80000000],
  ['setns', -1, 0],
  ['mount', 1, 1, 1, 0, 0],
  ['umount2', 1, 0],
  ['fsopen', 1, 0],
  ['open_tree', -1, 1, 0],
  ['pivot_root', 1, 1],
  ['chroot', 1],
  ['bpf', 0xff, 1, 0],
  ['perf_event_open', 1, 0, -1, -1, 0],
  ['userfaultfd', 0xff],
  ['keyctl', 0xff],
  ['add_key', 1, 1, 1, 0, 0],
  ['init_module', 1, 0, 1],
  ['finit_module', -1, 1, 0],
  ['kexec_load', 0, 1, 1, 0xffff],
  ['setuid', -1],
  ['setresuid', -1, -1, -2],
  ['capset', 1, 1],
  ['personality', -1],
  ['sethostname', 1, -1],
  ['settimeofday', 1, 1],
  ['syslog', 0xff, 1, 1],
  ['quotactl', 0xff, 1, 0, 1],
  ['acct', 1],
  ['swapon', 1, 0],
  ['shmget', 0, 0, 0],
  ['msgget', 0x7fffffff, 0],
  ['mq_open', 1, 0, 0, 0],
]

type Door = 'syscall' | 'int80'
const tryFrom = (
  preset: string,
  calls: readonly (readonly [Door, ...(number | bigint)[]])[],
  where: 'main' | 'worker' = 'main',
) => {
  const text = JSON.stringify(calls, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
  return spawnSync(process.execPath, [join(import.meta.dirname, 'victims/escape.cjs'), preset, text, where], {
    // Where rings are open no preset can be applied.
    seccomp: {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['io_uring_setup'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS' }],
    },
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
}

describe.runIf(canFilter)('ways out of presets for Node', () => {
  const refusedUnder = (preset: string) => {
    const { policy } = compile(findPreset(preset)!)
    const { arch } = policy.target
    return attempts.flatMap(([name, ...args]) => {
      const nr = numberOf(arch, name)
      if (nr === undefined) return []
      const six = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map((value) => BigInt.asUintN(64, BigInt(value)))
      const verdict = evaluate(policy, {
        arch: architecture(arch).audit,
        nr,
        instructionPointer: 0n,
        args: six,
      })
      // What the preset allows isn't tried: it might work.
      return actionOf(verdict) === 'ERRNO' ? [{ name, nr, args, errno: dataOf(verdict) }] : []
    })
  }

  test.for([
    ...Object.keys(nodePresets).map((preset) => [preset, 'main'] as const),
    ['node:compute', 'worker'] as const,
  ])('%s, %s thread: the kernel gives each attempt the error of the profile', ([preset, where]) => {
    const refused = refusedUnder(preset)
    const { stdout, stderr, status } = tryFrom(
      preset,
      refused.map(({ nr, args }) => ['syscall', nr, ...args]),
      where,
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const answers = JSON.parse(stdout) as number[]
    const inWords = ({ name, args }: { name: string; args: readonly number[] }) =>
      `${name}(${args.join(', ')})`
    expect(answers.map((errno, index) => `${inWords(refused[index]!)}: ${errno}`)).toEqual(
      refused.map((each) => `${inWords(each)}: ${each.errno}`),
    )
    expect(refused.length).toBeGreaterThan(70)
  })

  test('node:compute refuses every attempt', () => {
    const { arch } = compile(findPreset('node:compute')!).policy.target
    const known = attempts.filter(([name]) => numberOf(arch, name) !== undefined)
    expect(refusedUnder('node:compute').length).toBe(known.length)
  })

  test.runIf(process.arch === 'x64').for([
    ['int 0x80, getpid', ['int80', 20]],
    ['x32, getpid', ['syscall', 0x40000000 + 39]],
    ['int 0x80, socketcall', ['int80', 102, 1, 1]],
    ['x32, execve', ['syscall', 0x40000000 + 520, 1, 1, 1]],
  ] as const)('another door (%s) ends the process', ([, call]) => {
    expect(tryFrom('node:compute', [call]).signal).toBe('SIGSYS')
  })
})
