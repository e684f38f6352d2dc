import { found } from '../profile/found.ts'
import type { AuditLine } from './line.ts'
import { callByName } from './names.ts'

/**
 * Lines of `perf trace`, with whatever its options put in front: a time, how long the call took, the thread with its
 * name (`--no-comm` leaves that out). Arguments are not read. Also the table of `-s`.
 */

const START = /^ *(?:\?|\d+\.\d+) \( *(?:\d+\.\d+ ms)?\): (?:(.{1,16}?)\/)?(\d+) +(?=[a-z.])/
const CALL = /^([a-z_]\w*)\(/
const CONTINUED = /^\.\.\. \[continued\]: (\w+)\(/
/** `   pread64    2    0    11.416    0.016    5.708    11.401    99.72%`; older ones have no column of errors. */
const ROW = /^ +([a-z_]\w*) +(\d+)(?: +\d+)?(?: +\d+\.\d+){4} +\d+\.\d+%$/
const FRAME =
  /^ *(?:Summary of events:|.* \(\d+\), \d+ events, \d+\.\d+%|syscall +calls .*|\(msec\)[ ()msec%]*|-{3,}[ -]*)$/

/** Of `--call-graph`. */
const STACK = /^ {20,}\S+ \((?:inlined|\/.*|\[.*)\)$/

/** What a line of `perf trace` says; undefined for a line that isn't one. */
export const parsePerfLine = (line: string): AuditLine | undefined => {
  const start = START.exec(line)
  if (!start) return readTable(line)
  const [prefix, name, thread] = start
  const rest = line.slice(prefix.length)
  // A name that perf doesn't know is a colon and the thread.
  const comm = name?.startsWith(':') ? undefined : name
  const continued = CONTINUED.exec(rest)
  const call = continued ?? CALL.exec(rest)
  // A page fault (-F), or an event that isn't a call (-e).
  if (!call) return { kind: 'other' }
  const known = callByName({}, call[1]!)
  if (!known) return unknown(call[1]!)
  return {
    kind: continued ? 'resumed' : 'call',
    from: 'perf',
    ...known,
    pid: Number(thread),
    ...(comm !== undefined && { comm }),
  }
}

const readTable = (line: string): AuditLine | undefined => {
  const row = ROW.exec(line)
  if (!row) return FRAME.test(line) || STACK.test(line) ? { kind: 'other' } : undefined
  const name = callByName({}, row[1]!)?.name
  return name === undefined ? unknown(row[1]!) : { kind: 'total', name, calls: Number(row[2]) }
}

const unknown = (name: string): AuditLine => ({
  kind: 'garbled',
  reason: `no system call is named ${found(name)}`,
})
