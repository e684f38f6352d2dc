/** The filters that other processes run under, read back from the kernel. */
import { readFileSync } from 'node:fs'
import { endianness } from 'node:os'
import { decode } from '../bpf/encode.ts'
import type { Program } from '../bpf/instruction.ts'
import { SeccompError } from '../errors.ts'
import { binding } from './binding.ts'
import { isMainThread } from './builtins.ts'
import { KernelError, nameOfResult } from './errors.ts'
import { filterFlags } from './flags.ts'
import { processStatus } from './status.ts'

/** One filter as the kernel got it. */
export interface LiveFilter {
  readonly instructions: Program
  /** The raw `struct sock_filter` array, in this machine's byte order. */
  readonly bytes: Uint8Array
  /** SECCOMP_FILTER_FLAG_LOG; null before Linux 4.16, which doesn't tell. */
  readonly logs: boolean | null
}

/** Threads with the same filters. */
export interface ThreadFilters {
  readonly tids: readonly number[]
  /** In the order they were installed. */
  readonly filters: readonly LiveFilter[]
}

/**
 * Reads the filters in force for a process, thread by thread: each is stopped for some microseconds, and goes on whatever
 * comes of it. A call in which it waits is restarted; those few that the kernel never restarts (epoll_wait(2) is one)
 * return EINTR, as after SIGSTOP and SIGCONT.
 *
 * @param pid Another process: none can look into itself.
 * @returns Threads without a filter are left out, so that an unconfined process gives an empty list.
 * @throws SeccompError ERR_NOT_PERMITTED where this process lacks CAP_SYS_ADMIN in the initial user namespace or is
 * itself under a filter; ERR_USAGE for this very process, or in a worker thread; ERR_KERNEL_UNSUPPORTED for a kernel
 * without CONFIG_CHECKPOINT_RESTORE; KernelError ESRCH for no such process, EPERM for one that is traced already,
 * ETIMEDOUT for one that can't be stopped now.
 * @see ptrace(2): PTRACE_SEIZE, PTRACE_SECCOMP_GET_FILTER
 * @example readFilters(pid).flatMap(({ filters }) => filters.map(({ instructions }) => instructions.length))
 */
export const readFilters = (pid: number): readonly ThreadFilters[] => {
  const native = binding()
  const { threads } = processStatus(pid)
  requirePermission(pid)
  const groups = new Map<string, { tids: number[]; filters: readonly LiveFilter[] }>()
  for (const { tid, mode } of threads) {
    const stat = mode === 'filter' ? runningThread(pid, tid) : undefined
    if (!stat) continue
    const ownChild = tid === pid && stat.parent === process.pid
    const result = native.readFilters(tid, ownChild)
    if (typeof result === 'number') {
      if (nameOfResult(result) === 'ETIMEDOUT') releaseLater(tid, ownChild)
      if (nameOfResult(result) === 'ESRCH' && tid !== pid) continue
      throw refusal(pid, tid, result)
    }
    const refused = result.find((each) => typeof each === 'number')
    if (refused !== undefined) throw refusal(pid, tid, refused)
    const filters = (result as [Uint8Array, number][]).map(liveFilter)
    const key = filters.map(({ bytes, logs }) => `${logs} ${Buffer.from(bytes).toString('latin1')}`).join('|')
    const known = groups.get(key)
    if (known) known.tids.push(tid)
    else groups.set(key, { tids: [tid], filters })
  }
  return [...groups.values()]
}

const liveFilter = ([bytes, flags]: [Uint8Array, number]): LiveFilter => ({
  instructions: decode(bytes, endianness() === 'LE' ? 'little' : 'big'),
  bytes,
  logs: flags < 0 ? null : (flags & filterFlags.SECCOMP_FILTER_FLAG_LOG) !== 0,
})

/** What the kernel would refuse is said before anything is stopped (kernel/seccomp.c, get_nth_filter and its callers). */
const requirePermission = (pid: number): void => {
  if (pid === process.pid)
    throw new SeccompError('ERR_USAGE', `${pid} is this process, and none can read its own filters`)
  // A thread's stop is told to whichever thread waits for children, and for those of this process that is libuv's main one.
  if (!isMainThread())
    throw new SeccompError('ERR_USAGE', 'filters are read in the main thread, and this is a worker')
  const own = processStatus()
  if (own.threads.some(({ mode }) => mode !== 'disabled')) throw notPermitted('EACCES', filtered)
  if (!own.capabilities.effective.includes('CAP_SYS_ADMIN')) throw notPermitted('EACCES', incapable)
}

const filtered =
  'this process is itself under a filter, and the kernel shows none to such a process; ask from outside the container'
const incapable = "this process lacks CAP_SYS_ADMIN, which reading another's filters takes; run as root"

const notPermitted = (errno: string, message: string): KernelError =>
  new KernelError('ptrace', errno, message, { code: 'ERR_NOT_PERMITTED' })

/** State and parent of a thread, once it can be stopped; undefined for one that ended. */
const runningThread = (pid: number, tid: number): { parent: number } | undefined => {
  for (let waited = 0; waited <= PATIENCE_MS; waited += PAUSE_MS) {
    const stat = readStat(pid, tid)
    if (!stat || 'ZX'.includes(stat.state)) return undefined
    // Uninterruptible sleep: waiting for a disk, or for a child of vfork(2) to execute its program.
    if (stat.state !== 'D') return stat
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
  }
  throw refusal(pid, tid, -ETIMEDOUT)
}

const PATIENCE_MS = 1000
const PAUSE_MS = 5
const ETIMEDOUT = 110

/** Fields 3 and 4 of proc_pid_stat(5). */
const readStat = (pid: number, tid: number): { state: string; parent: number } | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: state!, parent: Number(parent) }
  } catch {
    return undefined
  }
}

/** It couldn't be stopped in time, and is let go as soon as it stops; at the latest, by the kernel, when we end. */
const releaseLater = (tid: number, ownChild: boolean): void => {
  const timer = setInterval(() => {
    if (binding().releaseThread(tid, ownChild) === 0) clearInterval(timer)
  }, PAUSE_MS)
  timer.unref()
}

const refusal = (pid: number, tid: number, result: number): SeccompError => {
  const errno = nameOfResult(result)
  const which = tid === pid ? `process ${pid}` : `thread ${tid} of process ${pid}`
  switch (errno) {
    case 'EACCES':
      return notPermitted(
        errno,
        'CAP_SYS_ADMIN must be held in the initial user namespace, outside of any container',
      )
    case 'EPERM':
      return new KernelError(
        'ptrace',
        errno,
        `${which} can't be traced: another tracer (a debugger, strace) has it, or a security module forbids it`,
      )
    case 'ESRCH':
      return new KernelError('ptrace', errno, `${which} ended`)
    case 'ETIMEDOUT':
      return new KernelError(
        'ptrace',
        errno,
        `${which} is in an uninterruptible sleep and can't be stopped; try again`,
      )
    case 'EIO':
      return new KernelError(
        'ptrace',
        errno,
        'this kernel shows no filters: it is built without CONFIG_CHECKPOINT_RESTORE',
        { code: 'ERR_KERNEL_UNSUPPORTED' },
      )
    default:
      return new KernelError('ptrace', errno, `the filters of ${which} can't be read`)
  }
}
