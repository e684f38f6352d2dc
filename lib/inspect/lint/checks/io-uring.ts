import type { Check } from '../finding.ts'
import { extentOf, list, openCall, positionsOf, reachable } from '../subject.ts'

/** What a ring does on a process's behalf, past any filter (io_uring_enter(2), IORING_OP_*). */
const RING_CAN = [
  'open',
  'openat',
  'openat2',
  'read',
  'write',
  'statx',
  'unlinkat',
  'renameat',
  'mkdirat',
  'symlinkat',
  'linkat',
  'socket',
  'connect',
  'bind',
  'listen',
  'accept',
  'accept4',
  'sendto',
  'sendmsg',
  'recvfrom',
  'recvmsg',
  'setxattr',
  'ftruncate',
  'pipe2',
  'waitid',
]

/** With SQPOLL a kernel thread takes requests from shared memory: setting a ring up is enough, no other call is needed. */
export const ioUring: Check = {
  name: 'io-uring',
  finds: 'io_uring allowed while calls for files or sockets are restricted',
  severity: 'error',
  attack:
    'The kernel opens files and sockets for whoever puts a request in a ring, and no filter sees those: ' +
    'every rule on such calls can be walked around.',
  remedy:
    'Answer io_uring_setup, io_uring_enter and io_uring_register with ENOSYS; programs then fall back to plain calls.',
  *run(subject) {
    for (const arch of reachable(subject)) {
      const call = openCall(subject, arch, 'io_uring_setup')
      if (!call) continue
      const restricted = RING_CAN.filter((name) => (extentOf(subject, arch, name) ?? 'always') !== 'always')
      if (restricted.length)
        yield {
          message: `io_uring_setup is allowed, ${list(restricted)} ${restricted.length > 1 ? 'are' : 'is'} not, or not always`,
          arch,
          call,
          positions: positionsOf(subject, call),
        }
    }
  },
}
