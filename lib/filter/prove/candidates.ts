import { argumentWord, type Word } from '../../bpf/data.ts'
import type { PolicyCondition, PolicyRule } from '../../policy/policy.ts'
import { firstPlace } from '../../policy/search.ts'
import { mayHold, type QuickLook, quickLook, surelyHolds } from './quick-look.ts'
import type { Region } from './region.ts'

/** From so many rules on of one call, whatever costs something a rule is worth avoiding. */
export const MANY = 8

/**
 * Finds the rules of one call that can hold at all in a region, in their order, or some more. A list of thousands of
 * values isn't walked for each of them: rules that want one argument equal to something are looked up.
 */
export class Candidates {
  readonly #rules: readonly PolicyRule[]
  readonly #word: Word
  /** Rules that want the word equal to something, by that value; each with its place in the list. */
  readonly #byValue: readonly { readonly value: number; readonly place: number }[]
  readonly #others: readonly number[]
  /** None where the rules are few: cutting by them takes no longer. */
  readonly #looks: readonly (readonly QuickLook[])[] | undefined

  constructor(rules: readonly PolicyRule[]) {
    this.#rules = rules
    if (rules.length >= MANY) this.#looks = rules.map(({ conditions }) => conditions.map(quickLook))
    const index = mostEqualities(rules)
    this.#word = argumentWord(index, 'low')
    const byValue: { value: number; place: number }[] = []
    const others: number[] = []
    for (const [place, { conditions }] of rules.entries()) {
      const equality = conditions.find((each) => each.index === index && wantedLow(each) !== undefined)
      if (equality) byValue.push({ value: wantedLow(equality)!, place })
      else others.push(place)
    }
    this.#byValue = byValue.sort((a, b) => a.value - b.value)
    this.#others = others
  }

  in(region: Region): readonly PolicyRule[] {
    return this.#placesIn(region).map((place) => this.#rules[place]!)
  }

  /** For calls of {@link MANY} rules: the same as a text with the conditions that aren't sure to hold, and the words those read, one bit each. */
  openIn(region: Region): { readonly key: string; readonly words: number } {
    let words = 0
    let key = ''
    for (const place of this.#placesIn(region)) {
      let isSure = true
      key += `${place}`
      for (const [i, look] of this.#looks![place]!.entries()) {
        if (surelyHolds(region, look)) continue
        isSure = false
        key += `,${i}`
        words |= (1 << look.low) | (look.high === undefined ? 0 : 1 << look.high)
      }
      if (isSure) break
      key += ' '
    }
    return { key, words }
  }

  #placesIn(region: Region): readonly number[] {
    const { low, high } = region[this.#word]!
    const looks = this.#looks
    const mayHoldAt = (place: number): boolean =>
      !looks || looks[place]!.every((look) => mayHold(region, look))
    const places = this.#others.filter(mayHoldAt)
    const first = firstPlace(this.#byValue.length, (i) => this.#byValue[i]!.value >= low)
    let equalities = 0
    for (let i = first; this.#byValue[i] && this.#byValue[i]!.value <= high; i++) {
      const { place } = this.#byValue[i]!
      if (!mayHoldAt(place)) continue
      places.push(place)
      equalities++
    }
    if (equalities) places.sort((a, b) => a - b)
    return places
  }
}

/** The one low half that a condition admits, if it is one: EQ, or a mask that keeps all of it. */
const wantedLow = ({ op, value, valueTwo }: PolicyCondition): number | undefined => {
  if (op === 'SCMP_CMP_EQ') return Number(value & LOW)
  return op === 'SCMP_CMP_MASKED_EQ' && (value & LOW) === LOW ? Number(valueTwo & LOW) : undefined
}

const LOW = 0xffffffffn

const mostEqualities = (rules: readonly PolicyRule[]): number => {
  const counts = [0, 0, 0, 0, 0, 0]
  for (const { conditions } of rules)
    for (const condition of conditions) if (wantedLow(condition) !== undefined) counts[condition.index]!++
  return counts.indexOf(Math.max(...counts))
}
