/**
 * The two doors behind which old architectures keep whole families of calls: `socketcall(2)` and `ipc(2)`. Where an
 * architecture has the door, a rule on a family's name must also guard the door (libseccomp syscalls.c does the same).
 * Sources: include/uapi/linux/net.h (SYS_SOCKET …), include/uapi/linux/ipc.h (SEMOP …).
 */

const socketcall = [
  'socket',
  'bind',
  'connect',
  'listen',
  'accept',
  'getsockname',
  'getpeername',
  'socketpair',
  'send',
  'recv',
  'sendto',
  'recvfrom',
  'shutdown',
  'setsockopt',
  'getsockopt',
  'sendmsg',
  'recvmsg',
  'accept4',
  'recvmmsg',
  'sendmmsg',
]

const ipc = {
  semop: 1,
  semget: 2,
  semctl: 3,
  semtimedop: 4,
  msgsnd: 11,
  msgrcv: 12,
  msgget: 13,
  msgctl: 14,
  shmat: 21,
  shmdt: 22,
  shmget: 23,
  shmctl: 24,
}

interface Door {
  readonly door: 'socketcall' | 'ipc'
  /** The first argument that picks the call. */
  readonly call: number
}

const doors = new Map<string, Door>([
  ...socketcall.map((name, i): [string, Door] => [name, { door: 'socketcall', call: i + 1 }]),
  ...Object.entries(ipc).map(([name, call]): [string, Door] => [name, { door: 'ipc', call }]),
])

/** Which door a call can be reached through; undefined for most. */
export const multiplexedBy = (name: string): Door | undefined => doors.get(name)
