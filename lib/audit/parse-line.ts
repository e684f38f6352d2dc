import { requireText } from '../given.ts'
import { textInJson } from './json-line.ts'
import { findRecord, readRecord } from './kernel-line.ts'
import type { AuditLine } from './line.ts'
import { parsePerfLine } from './perf-line.ts'
import { parseStraceLine } from './strace-line.ts'

const USUAL = 'type=1326 audit('

/** printk's and audit's own words for records that were not written (lib/ratelimit.c, kernel/audit.c). */
const LOST =
  /\b(?:kauditd_printk_skb|audit[\w:]*).{0,40}?\b(\d+) callbacks suppressed|audit: .*(?:audit_lost=(\d+)|limit exceeded)/

/** `ausearch --format csv` and `text`, whose column for the call says unknown-syscall(-1) (audit-userspace 3.0). */
const REPORTED = /^(?:At \d|[^,]*,SECCOMP,).*\bcalled-seccomp-controlled-syscall\b/

/** How lines begin that belong into such logs and tell of no call. */
const ELSEWHERE = [
  /^\s*$/,
  // syslog's time and RFC 3339, with or without <priority>; dmesg's seconds, dates and deltas; journalctl's rules.
  /^(?:<\d+>(?:1 )?)?(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d{2}:\d{2}:\d{2}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\d\d:\d\d:\d\d )/,
  /^(?:<\d+>|\w+ *:\w+ *: )?\[[ \d.+,<>a-zA-Z:-]+\] ?/,
  /^-- /,
  // audit's other records, with ausearch's separators; journald's fields in the export and verbose formats.
  /^(?:node=\S+ )?(?:audit: )?(?:type=\S+ )?(?:msg=)?audit\(|^(?:time->|----|<(?:no )?matches>)/,
  /^ *[A-Z_][A-Z\d_]*=/,
  // A record of /dev/kmsg, and the fields that follow one.
  /^\d+,\d+,\d+,/,
  /^ (?:SUBSYSTEM|DEVICE)=/,
  // The heading of ausearch's CSV, and the words of its other events.
  /^NODE,EVENT,DATE,TIME,|^[^,]*,[A-Z_]+,\d\d\/\d\d\/\d\d(?:\d\d)?,|^At \d\d:\d\d:\d\d \S+ /,
  // Braces of JSON that was printed over several lines.
  /^\s*[[\]{}],?\s*$/,
]

/**
 * What one line of a log says: a kernel audit record of seccomp, however syslog, journald, dmesg, auditd, ausearch
 * (also `-i`) or a JSON log wraps it, or a line of strace's or `perf trace`'s.
 *
 * Pure and without memory of other lines; {@link AuditSummary} puts them together.
 * @example
 * parseAuditLine('audit: type=1326 audit(1.0:1): pid=7 comm="sh" sig=0 arch=c000003e syscall=59 code=0x7ffc0000')
 * // { kind: 'call', from: 'kernel', name: 'execve', number: 59, arch: 'x86_64', pid: 7, comm: 'sh', … }
 */
export const parseAuditLine = (line: string): AuditLine => {
  requireText('parseAuditLine takes a text', line)
  // The usual line first, for speed. A line of strace's or of JSON may quote one, behind a parenthesis or quotes.
  const usual = line.indexOf(USUAL)
  if (usual >= 0 && line.indexOf('(') > usual && !line.slice(0, usual).includes('"'))
    return readRecord(line, usual)
  // Before strace's, which would take what such a line ends with for its own.
  const traced = parsePerfLine(line) ?? parseStraceLine(line)
  if (traced && traced.kind !== 'garbled') return traced
  const json = textInJson(line, isOurs)
  if (typeof json === 'string') return parseText(json)
  if (json === null) return { kind: 'other' }
  const parsed = parseText(line)
  return parsed.kind === 'garbled' && traced ? traced : parsed
}

const isOurs = (text: string): boolean => findRecord(text) !== undefined || LOST.test(text)

const parseText = (line: string): AuditLine => {
  const start = findRecord(line)
  if (start !== undefined) return readRecord(line, start)
  const lost = LOST.exec(line)
  if (lost) {
    const lines = lost[1] ?? lost[2]
    return { kind: 'lost', ...(lines !== undefined && { lines: Number(lines) }) }
  }
  if (REPORTED.test(line))
    return {
      kind: 'garbled',
      reason: 'ausearch leaves out here which call it was; have it print --raw, or its default format',
    }
  if (ELSEWHERE.some((start) => start.test(line))) return { kind: 'other' }
  return { kind: 'garbled', reason: 'neither a kernel audit record nor a line of strace or perf trace' }
}
