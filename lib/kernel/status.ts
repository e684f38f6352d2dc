/** What holds for a process: per thread its seccomp mode, filters and no_new_privs; and its capabilities. */
import { readdirSync, readFileSync } from 'node:fs'
import { capabilitiesFromMask } from '../syscalls/capabilities.ts'
import { KernelError } from './errors.ts'
import { requireLinux } from './platform.ts'

/** 0, 1 and 2 of `Seccomp:` in proc(5). */
export type SeccompMode = 'disabled' | 'strict' | 'filter'

/** One thread of a process, as proc(5) tells of it. */
export interface ThreadStatus {
  readonly tid: number
  /** The thread's name. */
  readonly comm: string
  readonly mode: SeccompMode
  /** How many filters are stacked; null before Linux 5.9, which doesn't tell. */
  readonly filters: number | null
  readonly noNewPrivileges: boolean
}

/** Capability sets of capabilities(7), as names in the kernel's order. */
export interface CapabilitySets {
  readonly permitted: readonly string[]
  readonly effective: readonly string[]
  readonly bounding: readonly string[]
  readonly ambient: readonly string[]
}

/** What {@link processStatus} gives: a process, its privileges and all its threads. */
export interface ProcessStatus {
  readonly pid: number
  /** Effective user id. */
  readonly uid: number
  /** The main thread's. */
  readonly capabilities: CapabilitySets
  /** The main thread first, then by thread id. */
  readonly threads: readonly ThreadStatus[]
}

/**
 * Reads a process's state from /proc; `status` in the public API. Another user's process can be read too, unless /proc is mounted with hidepid.
 * @param pid Default: this process.
 * @throws KernelError ESRCH for a process that doesn't exist; SeccompError ERR_UNSUPPORTED_PLATFORM elsewhere than on
 * Linux.
 * @see proc_pid_status(5)
 * @example status().threads.every((thread) => thread.mode === 'filter')
 */
export const processStatus = (pid: number = process.pid): ProcessStatus => {
  requireLinux('reading /proc')
  const main = readStatus(pid, pid)
  const tids = main && readTids(pid)
  if (!main || !tids)
    throw new KernelError('open', 'ESRCH', `there is no process ${pid}, or /proc doesn't show it`)
  const threads = tids
    .map((tid) => ({ tid, fields: readStatus(pid, tid) }))
    .filter((thread) => thread.fields !== undefined)
    .map(({ tid, fields }) => threadStatus(tid, fields!))
  return { pid, ...privileges(main), threads }
}

/** Who a process is for the kernel. */
export type Privileges = Pick<ProcessStatus, 'uid' | 'capabilities'>

/** The privileges that a /proc/PID/status tells of. */
export const parsePrivileges = (text: string): Privileges => privileges(parseStatus(text))

const privileges = (main: Fields): Privileges => ({
  uid: Number(main.get('Uid')?.split(/\s+/)[1]),
  capabilities: {
    permitted: capabilityNames(main, 'CapPrm'),
    effective: capabilityNames(main, 'CapEff'),
    bounding: capabilityNames(main, 'CapBnd'),
    ambient: capabilityNames(main, 'CapAmb'),
  },
})

/** The thread that a /proc/…/task/TID/status tells of. */
export const parseThreadStatus = (tid: number, text: string): ThreadStatus =>
  threadStatus(tid, parseStatus(text))

type Fields = ReadonlyMap<string, string>

const readTids = (pid: number): number[] | undefined =>
  ifAlive(() =>
    readdirSync(`/proc/${pid}/task`)
      .map(Number)
      .sort((a, b) => Number(b === pid) - Number(a === pid) || a - b),
  )

/** undefined for a thread that ended since it was listed. */
const readStatus = (pid: number, tid: number): Fields | undefined =>
  ifAlive(() => parseStatus(readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8')))

const ifAlive = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw new KernelError('open', code ?? 'EIO', message, { cause: error })
  }
}

const parseStatus = (text: string): Fields =>
  new Map(
    text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
      }),
  )

const modes: readonly SeccompMode[] = ['disabled', 'strict', 'filter']

const threadStatus = (tid: number, fields: Fields): ThreadStatus => {
  const filters = fields.get('Seccomp_filters')
  return {
    tid,
    comm: fields.get('Name') ?? '',
    // Without CONFIG_SECCOMP there is no such line.
    mode: modes[Number(fields.get('Seccomp') ?? 0)] ?? 'disabled',
    filters: filters === undefined ? null : Number(filters),
    noNewPrivileges: fields.get('NoNewPrivs') === '1',
  }
}

const capabilityNames = (fields: Fields, name: string): readonly string[] =>
  capabilitiesFromMask(BigInt(`0x${fields.get(name) ?? '0'}`))
