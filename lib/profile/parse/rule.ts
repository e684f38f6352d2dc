import { found } from '../found.ts'
import type { Rule } from '../types.ts'
import { readCondition } from './condition.ts'
import type { Reader } from './cursor.ts'
import { errnoReturn, readErrnoName, readErrnoNumber } from './errno-return.ts'
import { readGate } from './gate.ts'
import { actionNames } from './names.ts'
import { type Members, readObject } from './object.ts'
import { listOf, oneOf, readText, unsigned } from './values.ts'

/** What a filter sees as a number is a u32 (struct seccomp_data); the largest is -1. */
const MAX_CALL = 0xffff_ffffn

/**
 * The name of a call, or its number, as 1000, `"#1000"` or `"#0x3e8"`; numbers come out as `#1000`. Whether a name
 * exists is for the policy to say, which knows the architectures.
 */
const readCall: Reader<string> = (at) => {
  const { value } = at
  if (typeof value === 'number' || typeof value === 'bigint') return readNumber(at)
  if (typeof value !== 'string') return at.report(`must be the name of a system call, found ${found(value)}`)
  if (value.startsWith('#')) return readNumber(at.as(value.slice(1)))
  if (value === '') return at.report('the name of a system call is empty')
  if (/[\s\p{C}]/u.test(value))
    return at.report(
      `${found(value)} isn't the name of a system call: it has a space or control character in it`,
    )
  return value
}

const callNumber = unsigned('the number of a system call', MAX_CALL)
const readNumber: Reader<string> = (at) => {
  // -1 is what a tracer sets to have a call skipped (seccomp(2)); libseccomp takes rules on it.
  if (at.value === -1 || at.value === '-1') return `#${MAX_CALL}`
  const number = callNumber(at)
  return number === undefined ? undefined : `#${number}`
}

/** The form of 2016, one name a rule. Docker's Go code writes "" where there is none. */
const readName: Reader<string> = (at) => (at.value === '' ? undefined : readCall(at))

const shape = {
  name: readName,
  names: listOf(readCall),
  action: oneOf('an action', actionNames),
  errnoRet: readErrnoNumber,
  errno: readErrnoName,
  args: listOf(readCondition),
  comment: readText,
  includes: readGate,
  excludes: readGate,
}

/** One entry of `syscalls`. */
export const readRule: Reader<Rule> = (at) => {
  const members = readObject(at, 'a rule', shape)
  if (!members) return undefined
  members.require('"action" is missing: what is to happen, for instance SCMP_ACT_ALLOW?', 'action')
  const names = namesOf(members)
  const { action, args = [], comment, includes, excludes } = members.values
  const errnoRet = errnoReturn(action, members.at('errnoRet'), members.at('errno'), members.values)
  if (names === undefined || action === undefined) return undefined
  return at.mark({
    names,
    action,
    ...(errnoRet !== undefined && { errnoRet }),
    args: Object.freeze(args),
    ...(comment && { comment }),
    ...(includes && { includes }),
    ...(excludes && { excludes }),
  })
}

/** `names`, or `name`; Docker refuses both together (moby seccomp_linux.go) and so do we. */
const namesOf = ({ at, values, require }: Members<typeof shape>): readonly string[] | undefined => {
  const one = at('name')
  const many = at('names')
  const hasOne = one !== undefined && one.value !== ''
  const hasMany = many !== undefined && !(Array.isArray(many.value) && many.value.length === 0)
  if (hasOne && hasMany)
    return one.report('"name" and "names" exclude each other; put every name into "names"', 'key')
  if (hasMany) return values.names
  if (hasOne) return values.name === undefined ? undefined : Object.freeze([values.name])
  const empty = many ?? one
  if (empty) return empty.report('names no system call; a rule is about at least one')
  require('"names" is missing: which system calls is this rule about?', 'names', 'name')
  return undefined
}
