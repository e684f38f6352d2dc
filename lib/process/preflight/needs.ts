/**
 * What a running Node can't live without: the calls whose refusal no JavaScript can catch, each measured on Node 20,
 * 22, 24 and 26 by refusing it to a process that does its ordinary work (test/kernel/apply-needs.test.ts).
 */
import type { KnownArguments } from './answers.ts'
import type { Situation } from './situation.ts'

/** `abort`: SIGABRT or SIGTRAP. `crash`: SIGSEGV or SIGSYS. `hang`: it must be killed from outside. */
export type Consequence = 'abort' | 'hang' | 'crash'

/** One call in the form Node makes it. */
export interface Need {
  readonly syscall: string
  /** The arguments that Node is known to pass, one entry a form; none: any. */
  readonly forms?: readonly KnownArguments[]
  /** What an error number leads to; undefined where Node lives with every one, and only a kill is fatal. */
  readonly refused?: Consequence
  /** Error numbers it lives with. */
  readonly tolerates?: readonly string[]
  /** What needs it and what happens, one sentence. */
  readonly why: string
  /** Whether this process depends on it; absent: always. */
  readonly when?: (situation: Situation, refused: Refused) => boolean
}

/** Whether a call is refused, whatever its arguments beside `known` are. */
export type Refused = (syscall: string, known?: KnownArguments) => boolean

/** CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | SETTLS | PARENT_SETTID | CHILD_CLEARTID: pthread_create(3). */
const THREAD_FLAGS = 0x3d0f00n
/** musl adds CLONE_DETACHED, which the kernel ignores. */
const MUSL_THREAD_FLAGS = 0x7d0f00n
/** CLONE_VM | CLONE_VFORK | SIGCHLD: how libuv starts a child. */
const CHILD_FLAGS = 0x4111n

const [PROT_NONE, PROT_READ, READ_WRITE] = [0n, 1n, 3n]
const [READ_EXEC, READ_WRITE_EXEC] = [5n, 7n]
const MADV_DONTNEED = 4n
const F_GETFL = 3n
/** FUTEX_WAIT and FUTEX_WAKE, private, and FUTEX_WAIT_BITSET, private and by the wall clock. */
const FUTEX_OPERATIONS = [128n, 129n, 393n]

const form = (index: number, ...values: readonly bigint[]): readonly KnownArguments[] =>
  values.map((value) => ({ [index]: value }))

/** glibc from 2.34 on asks clone3 first and turns to clone at ENOSYS only; musl knows clone alone. */
const asksClone3 = ({ libc }: Situation): boolean => libc.name === 'glibc' && atLeast(libc.version, 34)

/** From 2.35 on every glibc thread registers a restartable sequence if the first one did. */
const registersRseq = ({ libc }: Situation): boolean => libc.name === 'glibc' && atLeast(libc.version, 34)

/** An unknown version counts as a new one, and distributions brought rseq to 2.34. */
const atLeast = (version: string | undefined, minor: number): boolean => {
  const found = /^2\.(\d+)/.exec(version ?? '')
  return !found || Number(found[1]) >= minor
}

const poolMustStart = ({ pool }: Situation): boolean => pool !== 'warm'

/** Whether clone or clone3 lets a thread begin. */
export const threadsAreLetBegin = (situation: Situation, refused: Refused): boolean =>
  !refused('clone', { 0: THREAD_FLAGS }) || (asksClone3(situation) && !refused('clone3'))

/** Whether another thread can begin: with a warm pool and no clone there never will be one. */
const threadsCanStart = (situation: Situation, refused: Refused): boolean =>
  poolMustStart(situation) || threadsAreLetBegin(situation, refused)

export const needs: readonly Need[] = [
  {
    syscall: 'io_uring_enter',
    refused: 'abort',
    when: ({ rings }) => rings > 0,
    why: "the event loop holds an io_uring, opened when it began, and libuv aborts when it can't enter it",
  },
  {
    syscall: 'epoll_ctl',
    refused: 'abort',
    when: ({ rings }, refused) => rings === 0 || refused('io_uring_setup'),
    why: 'an event loop without an io_uring of its own adds descriptors by it, and libuv aborts when it fails',
  },
  { syscall: 'epoll_pwait', refused: 'abort', why: 'every turn of the event loop waits in it' },
  {
    syscall: 'rseq',
    refused: 'abort',
    when: (situation, refused) => registersRseq(situation) && threadsCanStart(situation, refused),
    why: 'glibc aborts when a new thread (the pool, a Worker) fails to register what the first one did',
  },
  {
    syscall: 'clone3',
    refused: 'abort',
    tolerates: ['ENOSYS'],
    when: (situation) => asksClone3(situation) && poolMustStart(situation),
    why: 'glibc falls back to clone at ENOSYS only, and libuv aborts when its thread pool fails to start',
  },
  {
    syscall: 'clone',
    forms: form(0, THREAD_FLAGS, MUSL_THREAD_FLAGS),
    refused: 'abort',
    when: (situation, refused) => poolMustStart(situation) && !(asksClone3(situation) && !refused('clone3')),
    why: 'libuv aborts when its thread pool fails to start; use the pool once before (fs.promises.access) to have it',
  },
  {
    syscall: 'getrandom',
    refused: 'hang',
    tolerates: ['ENOSYS'],
    when: ({ node }) => node < 26,
    why: 'OpenSSL asks for ever at any other error than ENOSYS, at which it reads a file',
  },
  {
    syscall: 'getrandom',
    refused: 'abort',
    tolerates: ['ENOSYS'],
    when: ({ node }) => node >= 26,
    why: 'random numbers come from it, and Node aborts at any other error than ENOSYS, at which it reads a file',
  },
  { syscall: 'exit', refused: 'hang', why: 'libc ends a thread by it, and asks for ever when refused' },
  { syscall: 'exit_group', refused: 'hang', why: 'the process can never end: libc asks for ever' },
  {
    syscall: 'madvise',
    forms: form(2, MADV_DONTNEED),
    refused: 'abort',
    why: 'V8 gives memory back by it during garbage collection, and stops when it fails',
  },
  { syscall: 'munmap', refused: 'abort', why: 'V8 stops when it fails to give memory back' },
  {
    syscall: 'mmap',
    forms: form(2, PROT_NONE, READ_WRITE),
    refused: 'abort',
    why: 'without new memory V8 ends as out of memory',
  },
  {
    syscall: 'mmap',
    forms: form(2, READ_EXEC),
    refused: 'abort',
    when: ({ jit }) => jit,
    why: 'V8 maps its built-in code for every Worker and stops when it fails; start Node with --jitless to forbid that',
  },
  {
    syscall: 'mprotect',
    forms: form(2, PROT_NONE, PROT_READ, READ_WRITE),
    refused: 'abort',
    why: "V8 and libc open reserved memory by it, and V8 stops at any error but 'out of memory'",
  },
  {
    syscall: 'mprotect',
    forms: form(2, READ_WRITE_EXEC),
    refused: 'abort',
    when: ({ jit }) => jit,
    why: 'V8 makes the code it writes executable and stops when it fails; start Node with --jitless to forbid that',
  },
  {
    syscall: 'brk',
    refused: 'crash',
    why: 'malloc(3) grows the heap by it, and V8 writes to what it did not get',
  },
  {
    syscall: 'futex',
    forms: form(1, ...FUTEX_OPERATIONS),
    refused: 'abort',
    why: 'every lock between threads waits in it, and glibc aborts at an unexpected error',
  },
  {
    syscall: 'rt_sigprocmask',
    refused: 'abort',
    why: 'libuv blocks signals around starting threads and children, and aborts when it fails',
  },
  {
    syscall: 'rt_sigreturn',
    refused: 'crash',
    why: 'no signal handler (SIGCHLD at the end of a child, SIGINT) can return',
  },
  {
    syscall: 'read',
    refused: 'abort',
    why: 'the event loop reads its own wake-ups, and libuv aborts when it fails',
  },
  {
    syscall: 'write',
    refused: 'abort',
    why: 'threads wake the event loop by it, and libuv aborts when it fails',
  },
  { syscall: 'close', refused: 'abort', why: 'libuv aborts when it fails to close its own descriptors' },
  { syscall: 'fstat', refused: 'abort', why: 'process.exit() checks the standard descriptors and aborts' },
  {
    syscall: 'fcntl',
    forms: form(1, F_GETFL),
    refused: 'abort',
    why: 'process.exit() asks the flags of the standard descriptors and aborts',
  },
  {
    syscall: 'wait4',
    refused: 'abort',
    when: (_, refused) => !refused('clone', { 0: CHILD_FLAGS }),
    why: 'libuv aborts when a child of this process ends',
  },
  { syscall: 'openat', why: 'malloc(3) and V8 open files of /proc and /sys on threads of their own' },
  { syscall: 'prctl', why: 'libuv names every thread it starts by it' },
  { syscall: 'set_robust_list', why: 'libc calls it at the start of every thread' },
]
