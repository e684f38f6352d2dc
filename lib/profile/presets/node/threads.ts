import { bits, grant, type NodePromise } from './promise.ts'

/** clone(2): what makes a thread, and what may not come with it. */
const [CLONE_VM, CLONE_SIGHAND, CLONE_THREAD] = [0x100n, 0x800n, 0x10000n]
const [CLONE_PTRACE, CLONE_PARENT, CLONE_UNTRACED] = [0x2000n, 0x8000n, 0x800000n]
/** CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET. */
const CLONE_NEW = 0x7e020000n

const thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD
const foreign = CLONE_PTRACE | CLONE_PARENT | CLONE_UNTRACED | CLONE_NEW

/** clone3 has its flags behind a pointer, so nobody gets it; at ENOSYS libc turns to clone. */
export const threads: NodePromise = {
  title: "start threads: libuv's pool, V8's helpers, the inspector's",
  implies: ['run'],
  grants: [
    grant('pthread_create(3): a thread of this process, never a process', 'clone', [
      bits(0, thread | foreign, thread),
    ]),
    grant(
      "An event loop of its own: what waits, what wakes it; inspector.open() aborts if its thread doesn't get one",
      'epoll_create epoll_create1 eventfd2 pipe pipe2',
    ),
  ],
}

/** A Worker is a thread: where `threads` is promised, one can be started, with code that needs no file. */
export const workers: NodePromise = {
  title: 'start Workers (worker_threads); with fsRead, from files',
  implies: ['threads'],
  grants: [
    grant(
      'Node asks whether it runs with rights that its user lacks, before it trusts the environment',
      'capget',
    ),
  ],
}

/** A process, with memory of its own or for the moment this one's, and no namespace. */
export const newProcess: ReturnType<typeof bits> = bits(0, CLONE_THREAD | foreign)
