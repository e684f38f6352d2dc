import type { Verdict } from '../../bpf/verdict.ts'
import type { Condition } from '../../profile/types.ts'
import { type Box, boxContains, meetBoxes } from './boxes.ts'
import { compare, comparisonsFor } from './comparisons.ts'
import type { Clause } from './meaning.ts'
import { contains, everyValue, U64, type Values, valuesOf } from './values.ts'
import { atLeastAsStrict } from './verdicts.ts'

/** Calls that get one verdict. */
export interface Cell {
  readonly box: Box
  readonly verdict: Verdict
}

/** More rules than this for one name help nobody. */
const MOST_RULES = 512
/** Up to so many cells, rules are made few and short; above, only right. */
const MOST_CELLS = 400
/**
 * Rules for cells that cover everything and lie apart from each other. Rules with different actions come out apart as
 * well, so no order of trying them matters. A rule can compare an argument once only; what takes two comparisons is
 * written as several rules, and where even that fails it is left to the default, if that is as strict.
 * @returns undefined when the rules would be too many, or less strict than the cells; `exact` when nothing was left out
 */
export const writeCells = (
  cells: readonly Cell[],
  defaultVerdict: Verdict,
): { rules: Clause[]; exact: boolean } | undefined => {
  const rules: Clause[] = []
  let exact = true
  for (const { boxes, verdict } of shapes(cells, defaultVerdict))
    for (const box of boxes) {
      const written = writeBox(box)
      if (!written || rules.length + written.conditions.length > MOST_RULES) return undefined
      if (!written.exact && !atLeastAsStrict(defaultVerdict, verdict)) return undefined
      exact &&= written.exact
      rules.push(...written.conditions.map((conditions) => ({ conditions, verdict })))
    }
  return { rules, exact }
}

/** What an argument may be, as rules see it: also everything but one number. */
type Shape = Values | { readonly not: bigint }

/** Verdict by verdict, few boxes that cover its cells and no other verdict's. */
const shapes = (
  cells: readonly Cell[],
  defaultVerdict: Verdict,
): { boxes: (readonly Shape[])[]; verdict: Verdict }[] =>
  [...new Set(cells.map(({ verdict }) => verdict))]
    .filter((verdict) => verdict !== defaultVerdict)
    .map((verdict) => {
      const own = cells.filter((cell) => cell.verdict === verdict).map(({ box }) => box)
      if (cells.length > MOST_CELLS) return { boxes: own, verdict }
      const others = cells.filter((cell) => cell.verdict !== verdict).map(({ box }) => box)
      let boxes = withoutContained(joinRanges(own).map((box) => widen(box, others)))
      boxes = withoutContained(joinRanges(boxes))
      return { boxes: joinComplements(boxes), verdict }
    })

/** The box without the conditions that it can do without: it still meets none of `others`. */
const widen = (box: Box, others: readonly Box[]): Box => {
  let wide = box
  for (let index = 0; index < 6; index++) {
    const values = wide[index]!
    if (values === everyValue) continue
    const { low, high, mask, bits } = values
    const wider = [
      everyValue,
      valuesOf(low, high),
      valuesOf(0n, U64, mask, bits),
      valuesOf(0n, high, mask, bits),
      valuesOf(low, U64, mask, bits),
    ]
    for (const candidate of wider) {
      if (!candidate || (contains(wide[index]!, candidate) && candidate !== everyValue)) continue
      const tried = wide.with(index, candidate)
      if (others.some((other) => meetBoxes(tried, other))) continue
      wide = tried
    }
  }
  return wide
}

const withoutContained = (boxes: readonly Box[]): Box[] => {
  const kept: Box[] = []
  for (const box of boxes) {
    if (kept.some((each) => boxContains(each, box))) continue
    kept.splice(0, kept.length, ...kept.filter((each) => !boxContains(box, each)), box)
  }
  return kept
}

/** Boxes that differ in the range of one argument alone, and touch, become one. */
const joinRanges = (boxes: readonly Box[]): Box[] => {
  let joined: Box[] = [...boxes]
  for (let index = 0; index < 6; index++)
    joined = byOthers(joined, index).flatMap((group) => {
      const sorted = group.toSorted((a, b) => (a[index]!.low < b[index]!.low ? -1 : 1))
      const out: Box[] = []
      for (const box of sorted) {
        const last = out.at(-1)
        const [before, here] = [last?.[index], box[index]!]
        const touch =
          before && before.mask === here.mask && before.bits === here.bits && here.low <= before.high + 1n
        if (!last || !touch) out.push(box)
        else if (here.high > before.high)
          out[out.length - 1] = last.with(index, { ...before, high: here.high })
      }
      return out
    })
  return joined
}

/** All below a number and all above it: all but that number. */
const joinComplements = (boxes: readonly Box[]): (readonly Shape[])[] => {
  let shaped: (readonly Shape[])[] = [...boxes]
  for (let index = 0; index < 6; index++)
    shaped = byOthers(shaped, index).flatMap((group) => {
      const sides = group.map((box) => box[index]!)
      const [below, above] = sides.toSorted((a, b) => ('low' in a && a.low === 0n ? -1 : 'low' in b ? 1 : 0))
      if (sides.length !== 2 || !below || !above || !('low' in below) || !('low' in above)) return group
      const isNot = below.low === 0n && below.high + 2n === above.low && above.high === U64
      return isNot && below.mask === 0n && above.mask === 0n
        ? [group[0]!.with(index, { not: below.high + 1n })]
        : group
    })
  return shaped
}

/** Boxes grouped by what they say of all arguments but one. */
const byOthers = <T extends Shape>(boxes: readonly (readonly T[])[], index: number): (readonly T[])[][] => {
  const groups = new Map<string, (readonly T[])[]>()
  for (const box of boxes) {
    const key = box.map((shape, i) => (i === index ? '' : Object.values(shape).join())).join(';')
    const group = groups.get(key)
    if (group) group.push(box)
    else groups.set(key, [box])
  }
  return [...groups.values()]
}

/** A box as rules, each a list of conditions; undefined when they are too many. */
const writeBox = (box: readonly Shape[]): { conditions: Condition[][]; exact: boolean } | undefined => {
  let conditions: Condition[][] = [[]]
  let isExact = true
  for (const [index, shape] of box.entries()) {
    const { ways, exact } =
      'not' in shape ? { ways: [compare('NE', shape.not)], exact: true } : comparisonsFor(shape)
    isExact &&= exact
    conditions = conditions.flatMap((each) => ways.map((way) => (way ? [...each, { index, ...way }] : each)))
    if (conditions.length > MOST_RULES) return undefined
  }
  return { conditions, exact: isExact }
}
