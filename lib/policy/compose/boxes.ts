import type { Condition } from '../../profile/types.ts'
import { contains, everyValue, meet, sidesOf, type Values } from './values.ts'

/** A set of calls of one name: for each of the six arguments, what it may be. Never empty. */
export type Box = readonly Values[]

export const everyBox: Box = new Array<Values>(6).fill(everyValue)

/** The calls of both, or undefined. */
export const meetBoxes = (a: Box, b: Box): Box | undefined => {
  const both: Values[] = []
  for (let index = 0; index < 6; index++) {
    const values = meet(a[index]!, b[index]!)
    if (!values) return undefined
    both.push(values)
  }
  return both
}

/** Whether every call of `inner` is one of `outer`. */
export const boxContains = (outer: Box, inner: Box): boolean =>
  outer.every((values, index) => values === everyValue || contains(values, inner[index]!))

/** A box cut by ANDed conditions: the parts where all hold, and the others, all apart from each other. */
export const splitBox = (box: Box, conditions: readonly Condition[]): { holds: Box[]; fails: Box[] } => {
  let holds: Box[] = [box]
  const fails: Box[] = []
  for (const condition of conditions) {
    const sides = sidesOnce(condition)
    const parts = (from: Box, side: readonly Values[]): Box[] =>
      side.flatMap((values) => {
        const part = meet(from[condition.index]!, values)
        return part ? [from.with(condition.index, part)] : []
      })
    const next = holds.flatMap((each) => parts(each, sides.holds))
    // Calls that can't match stay in one piece.
    if (next.length === 0) return { holds: [], fails: [box] }
    fails.push(...holds.flatMap((each) => parts(each, sides.fails)))
    holds = next
  }
  return { holds, fails }
}

/** Boxes are cut by the same conditions over and over. */
const known = new WeakMap<Condition, ReturnType<typeof sidesOf>>()
const sidesOnce = (condition: Condition): ReturnType<typeof sidesOf> => {
  const sides = known.get(condition) ?? sidesOf(condition)
  known.set(condition, sides)
  return sides
}
