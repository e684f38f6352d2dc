import { type ArchitectureName, X32_BIT } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { type Attempt, type Door, each, NOWHERE, never } from './escape-attempt.ts'
import { files } from './escape-files.ts'
import { kernel } from './escape-kernel.ts'
import { options } from './escape-options.ts'
import { processes } from './escape-processes.ts'
import { sockets } from './escape-sockets.ts'
import { native } from './programs.ts'

/** All attempts that this machine's kernel knows the calls of, by each door. */

/** The architecture whose numbers each door takes. */
export const behind: Readonly<Record<Door, ArchitectureName>> = { native, int80: 'x86', x32: 'x32' }

/** What the kernel takes for the number: `undefined` where that architecture has no such call. */
export const callNumber = ({ door, call, number }: Attempt): bigint | undefined => {
  if (number !== undefined) return number
  const known = numberOf(behind[door], call)
  return known === undefined ? undefined : BigInt(known)
}

const inside = [...files, ...sockets, ...processes, ...kernel, ...options]

/** Arguments of more than 32 bits would be cut; protections of mmap are for a preset's own architecture. */
const through = (door: Door): readonly Attempt[] =>
  inside
    .filter(({ args, jitless }) => !jitless && args.every((value) => typeof value !== 'bigint'))
    .map((attempt) => ({ ...attempt, door, permittedBy: [] }))

const numbered = (door: Door, rows: readonly Attempt[]): readonly Attempt[] =>
  rows.map((attempt) => ({ ...attempt, door }))

/** i386's own: all calls of sockets behind one number, all of System V's queues and memory behind another. */
const oldMultiplexers = numbered(
  'int80',
  never(
    ...each(
      Array.from({ length: 20 }, (_, call) => call + 1),
      (call) => ['socketcall', call, NOWHERE],
    ),
    ...each([1, 2, 3, 4, 11, 12, 13, 14, 21, 23, 24], (call) => ['ipc', call, -1, 0, 0, 0, 0]),
    ['getpid'],
    ['read', -1, NOWHERE, 1],
    ['umount', NOWHERE],
    ['setuid32', -1],
    ['mmap2', 0, 0, 7, 0x22, -1, 0],
    ['vm86', 99, NOWHERE],
    ['stime', NOWHERE],
  ),
)

const numberless = (number: bigint): Attempt => ({
  door: 'native',
  call: '-',
  number,
  args: [],
  permittedBy: [],
})

/** x32's numbers are those of x86_64 with a bit, but for what stands from 512 on. */
const bitThirty = numbered('x32', [
  ...never(
    ['getpid'],
    ['read', -1, NOWHERE, 1],
    ['process_vm_writev', -1, 0, 0, 0, 0, 0],
    ['kexec_load', 0, 1, 1, 255],
  ),
  // With x86_64's own number (execve, ptrace, rt_sigqueueinfo), and with numbers that there are not.
  ...[59, 101, 129, 1023, 0x3fff_ffff].map((low) => numberless(BigInt(X32_BIT + low))),
])

/** The kernel takes a number's low 32 bits; of those, negative ones and those above the newest call are no call. */
const oddNumbers: readonly Attempt[] = [
  ...['openat2', 'io_uring_setup', 'ptrace', 'bpf', 'mount', 'unshare', 'init_module', 'clone3'].flatMap(
    (call) => {
      const known = inside.find((attempt) => attempt.call === call)!
      return [1n, 0xffff_ffffn].map((high) => ({
        ...known,
        number: (high << 32n) | BigInt(numberOf(native, call)!),
      }))
    },
  ),
  ...[0x0fff_ffffn, 0x8000_0027n, 0xffff_ffffn].map(numberless),
]

/** Each another. */
export const attempts: readonly Attempt[] = [
  ...inside,
  ...oddNumbers,
  ...(native === 'x86_64' ? [...through('int80'), ...oldMultiplexers, ...through('x32'), ...bitThirty] : []),
].filter((attempt) => callNumber(attempt) !== undefined)

/** `openat(-100, /etc/passwd, 0) by int80`. */
export const inWords = ({ door, call, number, args }: Attempt): string =>
  `${call}${number === undefined ? '' : ` #0x${number.toString(16)}`}(${args.join(', ')})` +
  (door === 'native' ? '' : ` by ${door}`)

/** What the filter sees of an attempt; a pointer is some number. */
export const seen = (attempt: Attempt): { nr: number; args: readonly bigint[] } => {
  const bits = attempt.door === 'int80' ? 32 : 64
  const args = [...attempt.args, 0, 0, 0, 0, 0, 0]
    .slice(0, 6)
    .map((value) => (typeof value === 'string' ? 0x1000n : BigInt.asUintN(bits, BigInt(value))))
  return { nr: Number(BigInt.asUintN(32, callNumber(attempt)!)), args }
}
