/** For which call the kernel killed a process, from its log. */
import { closeSync, constants, openSync, readlinkSync, readSync } from 'node:fs'
import { parseAuditLine } from '../audit/parse-line.ts'
import { type Action, actionOf } from '../bpf/verdict.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'

/** A call as the kernel's log has it: no arguments. */
export interface KilledCall {
  /** Undefined for a number that no call has. */
  readonly name: string | undefined
  readonly number: number
  readonly arch: ArchitectureName | undefined
}

/** The kernel's own pid namespace, include/linux/proc_ns.h: the log counts processes by it. */
const FIRST_NAMESPACE = 'pid:[4026531836]'
/** kauditd writes from a thread of its own, a moment later. */
const PATIENCE_MS = 50
const PAUSE_MS = 5
/** The log's clock is coarser than ours. */
const SLACK_MS = 1000

/**
 * The call for which the kernel ended a process of this machine.
 * @param since when it began, in milliseconds since 1970: process ids come again
 * @returns undefined where the log can't be read (CAP_SYSLOG, where the kernel asks for it), this process sees other ids
 * than the kernel, auditd takes the lines, or there were too many: the kernel writes ten in five seconds.
 */
export const findKilledCall = (pid: number, since: number): KilledCall | undefined => {
  let log: number | undefined
  try {
    if (readlinkSync('/proc/self/ns/pid') !== FIRST_NAMESPACE) return undefined
    log = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      const call = lastCall(linesOf(log), pid, since)
      if (call || performance.now() > until) return call
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  } catch {
    return undefined
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

const record = Buffer.alloc(8192)

/** What is there and wasn't read yet, one record a read. */
const linesOf = (log: number): readonly string[] => {
  const lines: string[] = []
  for (;;)
    try {
      const line = record.toString('utf8', 0, readSync(log, record))
      if (line.includes('type=1326 ')) lines.push(line)
    } catch (error) {
      // EPIPE: records were overwritten before they were read, and the next one is there. EAGAIN: that is all.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return lines
    }
}

const TIME = /\baudit\((\d+)\.(\d{3}):\d+\)/
const ENDING: readonly Action[] = ['KILL_PROCESS', 'KILL_THREAD', 'TRAP']

/** The newest of these lines that tells of a process's end. */
export const lastCall = (lines: readonly string[], pid: number, since: number): KilledCall | undefined => {
  for (const line of [...lines].reverse()) {
    const [, seconds, milliseconds] = TIME.exec(line) ?? []
    if (!(Number(`${seconds}${milliseconds}`) >= since - SLACK_MS)) continue
    const record = parseAuditLine(line)
    if (record.kind !== 'call' || record.pid !== pid || record.verdict === undefined) continue
    const { name, number, arch, verdict } = record
    if (number !== undefined && ENDING.includes(actionOf(verdict))) return { name, number, arch }
  }
  return undefined
}
