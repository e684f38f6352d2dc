import { found } from '../profile/found.ts'
import { nameOf } from '../syscalls/numbers.ts'
import type { AuditLine } from './line.ts'
import { callByName } from './names.ts'

/**
 * Lines of strace(1), with whatever its options put in front: `-f` a thread, `-Y` its name, `-t -tt -ttt -r` times,
 * `-n` the call's number, `-i` the instruction pointer. Arguments are not read.
 */

const THREAD = String.raw`(?:\[pid +(\d+)(?:<([^>]*)>)?\] +|(\d+)(?:<([^>]*)>)? +)?`
const TIME = String.raw`(?:\d{2}:\d{2}:\d{2}(?:\.\d+)? +|\d+\.\d+ +)?(?:\(\+ *\d+\.\d+\) +|\d+\.\d+ +)?`
const CONTEXT = String.raw`(?:\[[\w:.,-]+\] +)?`
const NUMBER = String.raw`(?:\[ *(-?\d+)\] +)?(?:\[(?:[\da-f]{8,16}|\?+)\] +)?`

const START = new RegExp(`^ *${THREAD}${CONTEXT}${TIME}${NUMBER}`)
const CALL = /^([a-z_]\w*)\(/i
const RESUMED = /^<\.\.\. (\w+) resumed>/
const ENDED = /^\+\+\+ (?:exited with|killed by|superseded by) /
const SIGNAL = /^(?:---|\+\+\+) .*(?:---|\+\+\+)/
const MODE = /^(?:strace: )?\[ Process PID=(\d+) runs in (32 bit|64 bit|x32) mode\. \]/
/** `strace: Process 8310 attached`, and what strace says of its own doings; stacks of `-k`, which begin with ` > `. */
const OWN = /^(?:strace: |Process \d+ |\[ Process| > )/
/** `  0.00    0.000000           0         7         1 read`: with `-c`, of which columns can be chosen. */
const TABLE = /^ *\d+\.\d+ +\d+\.\d+ +\d+ +(\d+) +(?:\d+ +)?([a-z_]\w*)$/
const TABLE_FRAME = /^(?:% time +seconds|------ -----------|100\.00 .* total$| *\d+\.\d+ .* total$)/
/** The end of a line that another one of strace's tore apart: without -o, both go to standard error. */
const TORN = /<unfinished \.\.\.>$|\) += (?:-?\d+|0x[\da-f]+|\?)(?: |$)/
/** A call's end, or its interruption: what tells an unknown call from words with a parenthesis. */
const COMPLETE = /(?:\) += |<unfinished \.\.\.>$|= \?$)/

/** What a line of strace's says; undefined for a line that isn't strace's. */
export const parseStraceLine = (line: string): AuditLine | undefined => {
  // Month names begin most lines of a syslog, and none of strace's but those of its own process.
  if (/^[A-OQ-Z]/.test(line)) return undefined
  const start = START.exec(line)!
  const [prefix, bracketed, bracketedName, plain, plainName, number] = start
  const rest = line.slice(prefix.length)
  const thread = bracketed ?? plain
  const pid = thread === undefined ? undefined : Number(thread)
  const comm = bracketedName ?? plainName
  const who = { ...(pid !== undefined && { pid }), ...(comm !== undefined && { comm }) }
  const call = CALL.exec(rest) ?? RESUMED.exec(rest)
  if (call) {
    const kind = rest.startsWith('<') ? 'resumed' : 'call'
    const known = readName(call[1]!, number)
    if (known) return { kind, from: 'strace', ...known, ...who }
    if (kind === 'call' && !COMPLETE.test(rest)) return undefined
    return { kind: 'garbled', reason: `no system call is named ${found(call[1])}` }
  }
  if (ENDED.test(rest)) return { kind: 'end', ...who }
  if (SIGNAL.test(rest)) return { kind: 'other' }
  return readOther(line, rest)
}

const readOther = (line: string, rest: string): AuditLine | undefined => {
  const mode = MODE.exec(rest)
  if (mode) return { kind: 'mode', pid: Number(mode[1]), mode: mode[2] as '32 bit' | '64 bit' | 'x32' }
  const row = TABLE.exec(line)
  if (row && row[2] !== 'total') {
    const name = callByName({}, row[2]!)?.name
    return name === undefined
      ? { kind: 'garbled', reason: `no system call is named ${found(row[2])}` }
      : { kind: 'total', name, calls: Number(row[1]) }
  }
  if (TORN.test(rest)) return { kind: 'other' }
  return OWN.test(rest) || OWN.test(line) || TABLE_FRAME.test(line) ? { kind: 'other' } : undefined
}

/** From here on a number is the same call on every architecture, but for the offsets of MIPS and x32 (since Linux 5.1). */
const FIRST_SHARED = 424

/** strace writes a call that it doesn't know as `syscall_0x1d5(…)`. */
const readName = (
  text: string,
  number: string | undefined,
): { name?: string; number?: number } | undefined => {
  const unknown = /^syscall_(0x[\da-f]+|\d+)$/i.exec(text)
  if (unknown) {
    const nr = Number(unknown[1]) >>> 0
    const name = nr >= FIRST_SHARED ? nameOf('x86_64', nr) : undefined
    return { number: nr, ...(name !== undefined && { name }) }
  }
  const named = callByName({}, text)
  if (!named) return undefined
  return { ...named, ...(number !== undefined && { number: Number(number) >>> 0 }) }
}
