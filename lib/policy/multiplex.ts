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

const ipc: Readonly<Record<string, number>> = {
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

/** Which door a call can be reached through, and the first argument that picks it; undefined for all others. */
export const multiplexedBy = (name: string): { door: 'socketcall' | 'ipc'; call: number } | undefined => {
  const index = socketcall.indexOf(name)
  if (index >= 0) return { door: 'socketcall', call: index + 1 }
  const call = ipc[name]
  return call === undefined ? undefined : { door: 'ipc', call }
}
