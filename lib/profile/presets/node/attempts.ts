import { frozen } from '../rules.ts'
import { bits, type Grant, grant, is, type PromiseName } from './promise.ts'

/** SIGABRT, signal(7) */
const SIGABRT = 6n
const AT_EMPTY_PATH = 0x1000n
const [AF_UNIX, AF_NETLINK] = [1n, 16n]

/**
 * What Node, V8, libuv and libc try beside, on behalf of programs that keep to a promise, and do well without: refused, and
 * known to be. The recorder counts a call as covered when it is allowed or stands here; the tests of workloads under the
 * presets show that it is so.
 */
export const attempts: Readonly<Partial<Record<PromiseName, readonly Grant[]>>> = frozen({
  run: [
    grant(
      'malloc(3), V8, libuv and absl read about memory, processors and clocks in /proc and /sys, and assume the usual',
      'openat open readlink readlinkat',
    ),
    grant('The same, and names of files in the stack of an error', 'newfstatat access faccessat', [
      bits(3, AT_EMPTY_PATH),
    ]),
    grant('Node falls back on epoll', 'io_uring_setup io_uring_enter'),
    grant('libc falls back on clone', 'clone3'),
    grant('abort(3): without the signal it halts, and the process ends by SIGSEGV', 'tgkill', [
      is(2, SIGABRT),
    ]),
  ],
  netClient: [
    grant('getaddrinfo(3) asks the name service cache, which hardly any machine has', 'socket', [
      is(0, AF_UNIX),
    ]),
    grant('getaddrinfo(3) asks which addresses this machine has, and returns all if not told', 'socket', [
      is(0, AF_NETLINK),
    ]),
    grant('The same, on the socket that it would have had', 'bind'),
  ],
  unixSocket: [grant('A server that ends removes its socket; fsWrite lets it', 'unlink unlinkat')],
  osInfo: [
    grant('getpwuid(3), for os.userInfo(), asks the name service cache, then reads the file', 'socket', [
      is(0, AF_UNIX),
    ]),
    grant('The same', 'connect'),
  ],
})
