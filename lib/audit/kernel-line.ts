import { type Verdict, verdict } from '../bpf/verdict.ts'
import { found } from '../profile/found.ts'
import type { AuditLine, AuditRecord } from './line.ts'
import { callByName, callByNumber, readArchitecture } from './names.ts'

/**
 * The kernel's record of a call that a filter logged: `type=1326` to the kernel log, `type=SECCOMP` in audit's own
 * files, `SECCOMP` in journald. The fields are the same everywhere (kernel/auditsc.c, audit_seccomp); `ausearch -i`
 * gives their values as words.
 */

const MARK =
  /\btype=(?:1326|SECCOMP|UNKNOWN\[1326\])(?!\d)|(?:^|[ :"=])(?:SECCOMP(?= +[a-z]+=)|AUDIT1326(?= )|<audit-1326>)/

/** A record without its type, as audit's netlink socket gives it and some tools keep it. */
const UNTYPED = /(?:^|[ :])audit\(\d+\.\d+:\d+\) ?: .*\ssyscall=\S+ compat=\d ip=0x/

/** Where in the line the record's fields begin; undefined for a line without a record. */
export const findRecord = (line: string): number | undefined => {
  // Most lines of a log have neither; looking for them is quicker than the expression.
  if (line.includes('1326') || line.includes('SECCOMP')) {
    const found = MARK.exec(line)
    if (found) return found.index
  }
  return line.includes(' syscall=') ? UNTYPED.exec(line)?.index : undefined
}

/** The record that begins at `start`. */
export const readRecord = (line: string, start: number): AuditLine => {
  // What a process chose, its name and its program's path, stands before the numbers: the last ones count. auditd
  // appends names in capitals, sometimes without a space (its group separator is easily lost).
  const fields = start === 0 ? line : line.slice(start)
  const at = fields.lastIndexOf(' syscall=')
  const { call, isNamed } = readCall(fields, at)
  if (typeof call === 'string') return { kind: 'garbled', reason: call }
  const pid = field(fields, 'pid', fields.indexOf(' pid='))
  const comm = readText(fields, 'comm', isNamed)
  const exe = readText(fields, 'exe', isNamed)
  const code = readCode(fields)
  return {
    kind: 'call',
    from: 'kernel',
    ...call,
    ...(pid !== undefined && /^\d{1,10}$/.test(pid) && { pid: Number(pid) }),
    ...(comm !== undefined && { comm }),
    ...(exe !== undefined && { exe }),
    ...(code !== undefined && { verdict: code }),
  }
}

/** The value of ` name=` at `index`; a message that is quoted into another ends in a quote or a bracket. */
const field = (text: string, name: string, index: number): string | undefined => {
  if (index < 0) return undefined
  const start = index + name.length + 2
  return /^[^\s\p{Cc}"'\\\]}]*/u.exec(text.slice(start, start + 64))![0]
}

type Call = Pick<AuditRecord, 'name' | 'number' | 'arch' | 'foreign'>

interface ReadCall {
  /** Or what is wrong. */
  readonly call: Call | string
  /** Whether values are words, as ausearch -i writes them. */
  readonly isNamed: boolean
}

/** What was read before: a log has few different calls and many lines. A hostile one must not fill the memory. */
const readCalls = new Map<string, ReadCall>()
const MOST_REMEMBERED = 4096

/** The call of a record whose ` syscall=` is at `at`. */
const readCall = (fields: string, at: number): ReadCall => {
  const start = fields.lastIndexOf(' arch=', at)
  const end = fields.indexOf(' compat=', at)
  if (at < 0 || start < 0 || end < 0) return readNewCall(fields, at)
  // Not the slice itself, which would keep alive all of the text that it was cut from.
  const key = `${fields.slice(start, end)} `
  let known = readCalls.get(key)
  if (!known) {
    known = readNewCall(fields, at)
    if (readCalls.size < MOST_REMEMBERED) readCalls.set(key, known)
  }
  return known
}

const readNewCall = (fields: string, at: number): ReadCall => {
  const syscall = field(fields, 'syscall', at)
  const archText = field(fields, 'arch', fields.lastIndexOf(' arch='))
  const isNamed = archText !== undefined && !/^(?:0x)?[\da-f]{1,8}$/i.test(archText)
  if (syscall === undefined) return { call: 'the record has no syscall=', isNamed }
  // Of a line that was cut off here, 51 may have been 515.
  const isCut = at + ' syscall='.length + syscall.length >= fields.length
  return { call: isCut ? 'the record is cut off' : callOf(archText, syscall), isNamed }
}

const callOf = (archText: string | undefined, syscall: string): Call | string => {
  const where = archText === undefined ? {} : readArchitecture(archText)
  if (!where) return `arch=${found(archText)} is no architecture`
  const number = /^-?\d+$/.exec(syscall) ?? /^unknown-syscall\((-?\d+)\)$/.exec(syscall)
  const value = number && Number(number[1] ?? number[0])
  const call =
    value === null
      ? callByName(where, syscall)
      : value >= -0x80000000 && value <= 0xffffffff
        ? callByNumber(where, value)
        : undefined
  return call ?? `syscall=${found(syscall)} is neither a call's number nor its name`
}

/**
 * A text that a process chose. The kernel writes it in quotes, or in hexadecimal if it has a space, a quote or a
 * byte that isn't printable ASCII (audit_log_untrustedstring); ausearch -i writes it bare.
 */
const readText = (fields: string, name: 'comm' | 'exe', isNamed: boolean): string | undefined => {
  const index = fields.indexOf(` ${name}=`)
  if (index < 0) return undefined
  const start = index + name.length + 2
  if (fields[start] === '"') {
    const end = fields.indexOf('"', start + 1)
    return end < 0 ? undefined : fields.slice(start + 1, end)
  }
  const rest = fields.slice(start)
  const escaped = /^\\"([^"\\]*)\\"/.exec(rest)
  if (escaped) return escaped[1]
  const bare = isNamed ? rest.slice(0, endOf(rest, name)) : /^\S*/.exec(rest)![0]
  if (bare === '(null)' || bare === '?') return undefined
  return !isNamed && /^(?:[\dA-F]{2})+$/.test(bare) ? fromHex(bare) : bare
}

/** Where a bare text ends: before the field that follows it. */
const endOf = (rest: string, name: 'comm' | 'exe'): number => {
  const next = / (?:reason|sig)=/
  const end = name === 'comm' ? rest.indexOf(' exe=') : -1
  return end >= 0 ? end : (next.exec(rest)?.index ?? rest.length)
}

/** The bytes are UTF-8 as a rule; what isn't is shown as `%FF`. */
const fromHex = (hex: string): string => {
  const escaped = hex.replace(/../g, '%$&')
  try {
    return decodeURIComponent(escaped)
  } catch {
    return escaped.replace(/%([2-7][\dA-E])/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
  }
}

/** ausearch's words for actions (audit-userspace, seccomptab.h, later versions with `kill-process` and so on). */
const words: Readonly<Record<string, number>> = {
  kill: verdict('KILL_THREAD'),
  'kill-thread': verdict('KILL_THREAD'),
  'kill-process': verdict('KILL_PROCESS'),
  trap: verdict('TRAP'),
  errno: verdict('ERRNO'),
  'user-notify': verdict('NOTIFY'),
  'user-notif': verdict('NOTIFY'),
  trace: verdict('TRACE'),
  log: verdict('LOG'),
  allow: verdict('ALLOW'),
}

/** In lower case only: names in capitals may follow without a space. */
const readCode = (fields: string): Verdict | undefined => {
  const index = fields.lastIndexOf(' code=')
  if (index < 0) return undefined
  const [text] = /^(?:0x[\da-f]{1,8}|[a-z_-]*)/.exec(fields.slice(index + 6, index + 32))!
  return text.startsWith('0x')
    ? (Number.parseInt(text, 16) & 0xffff0000) >>> 0
    : words[text.replaceAll('_', '-')]
}
