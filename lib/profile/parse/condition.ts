import type { Condition } from '../types.ts'
import type { Reader } from './cursor.ts'
import { operatorNames } from './names.ts'
import { readObject } from './object.ts'
import { oneOf, U64_MAX, unsigned } from './values.ts'

const shape = {
  index: unsigned('an argument index', 5n),
  value: unsigned('an operand', U64_MAX),
  valueTwo: unsigned('an operand', U64_MAX),
  op: oneOf('an operator', operatorNames),
}

/** One entry of a rule's `args`. */
export const readCondition: Reader<Condition> = (at) => {
  const members = readObject(at, 'a condition', shape)
  if (!members) return undefined
  members.require('"index" is missing: which argument, 0 to 5?', 'index')
  members.require('"value" is missing: what is the argument compared with?', 'value')
  members.require('"op" is missing: how is it compared, for instance SCMP_CMP_EQ?', 'op')
  const { index, value, valueTwo = 0n, op } = members.values
  if (index === undefined || value === undefined || op === undefined) return undefined
  return at.mark({ index: Number(index), op, value, valueTwo })
}
