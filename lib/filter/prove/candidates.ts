import { argumentWord, type Word } from '../../bpf/data.ts'
import type { PolicyRule } from '../../policy/policy.ts'
import { firstPlace } from '../../policy/search.ts'
import { mayHold, type QuickLook, quickLook, surelyHolds } from './quick-look.ts'
import type { Region } from './region.ts'

/** From so many rules on of one call, whatever costs something a rule is worth avoiding. */
export const MANY = 8

/**
 * Finds the rules of one call that can hold at all in a region, in their order, or some more. A list of thousands of
 * values isn't walked for each of them: rules that want some word to be one value are looked up by it.
 */
export class Candidates {
  readonly #rules: readonly PolicyRule[]
  readonly #all: readonly number[]
  readonly #indexes: readonly Index[]
  /** None where the rules are few: cutting by them takes no longer. */
  readonly #looks: readonly (readonly QuickLook[])[] | undefined

  constructor(rules: readonly PolicyRule[]) {
    this.#rules = rules
    this.#all = [...rules.keys()]
    if (rules.length >= MANY) this.#looks = rules.map(({ conditions }) => conditions.map(quickLook))
    this.#indexes = indexesOf(rules.map(wantedValues))
  }

  in(region: Region): readonly PolicyRule[] {
    return this.#placesIn(region).map((place) => this.#rules[place]!)
  }

  /**
   * For calls of {@link MANY} rules: the same as a text with the conditions that aren't sure to hold, and the words
   * those read, one bit each.
   */
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

  /** The rules before the one at `end` that can hold in a region; only one that takes all of it, if that is seen. */
  before(end: number, region: Region): readonly PolicyRule[] {
    const places = this.#placesIn(region).filter((place) => place < end)
    const taking = places.find((place) => !!this.#looks?.[place]?.every((look) => surelyHolds(region, look)))
    return (taking === undefined ? places : [taking]).map((place) => this.#rules[place]!)
  }

  #placesIn(region: Region): readonly number[] {
    const looks = this.#looks
    const mayHoldAt = (place: number): boolean =>
      !looks || looks[place]!.every((look) => mayHold(region, look))
    let best: Found | undefined
    for (const index of this.#indexes) {
      const found = find(index, region)
      if (!best || found.count < best.count) best = found
    }
    if (!best) return this.#all.filter(mayHoldAt)
    const { byValue, others } = best.index
    const places = others.filter(mayHoldAt)
    const withOthers = places.length
    for (let i = best.first; i < best.end; i++)
      if (mayHoldAt(byValue[i]!.place)) places.push(byValue[i]!.place)
    if (places.length > withOthers) places.sort((a, b) => a - b)
    return places
  }
}

/** Rules that want a word to be one value, by that value; each with its place in the list. And all others' places. */
interface Index {
  readonly word: Word
  readonly byValue: readonly { readonly value: number; readonly place: number }[]
  readonly others: readonly number[]
}

/** What an index has for a region: some of its values, from `first` up to `end`, and the others. */
interface Found {
  readonly index: Index
  readonly first: number
  readonly end: number
  readonly count: number
}

const find = (index: Index, region: Region): Found => {
  const { low, high } = region[index.word]!
  const { byValue, others } = index
  const first = firstPlace(byValue.length, (i) => byValue[i]!.value >= low)
  const end =
    high === low && byValue[first]?.value !== low
      ? first
      : firstPlace(byValue.length, (i) => byValue[i]!.value > high)
  return { index, first, end, count: end - first + others.length }
}

/** An index for each word that more rules than not want to be one value; of none, for the one that most do. */
const indexesOf = (wanted: readonly ReadonlyMap<Word, number>[]): Index[] => {
  const counts = new Map<Word, number>()
  for (const values of wanted) for (const word of values.keys()) counts.set(word, (counts.get(word) ?? 0) + 1)
  const most = Math.min(Math.max(0, ...counts.values()), wanted.length / 2)
  return [...counts]
    .filter(([, count]) => count >= most)
    .map(([word]) => {
      const byValue: { value: number; place: number }[] = []
      const others: number[] = []
      for (const [place, values] of wanted.entries()) {
        const value = values.get(word)
        if (value === undefined) others.push(place)
        else byValue.push({ value, place })
      }
      return { word, byValue: byValue.sort((a, b) => a.value - b.value), others }
    })
}

/** The words that a rule admits one value of: by EQ, or by a mask that keeps all of the word. */
const wantedValues = ({ conditions }: PolicyRule): Map<Word, number> => {
  const values = new Map<Word, number>()
  for (const { index, op, width, value, valueTwo } of conditions) {
    if (op !== 'SCMP_CMP_EQ' && op !== 'SCMP_CMP_MASKED_EQ') continue
    const [mask, wanted] = op === 'SCMP_CMP_EQ' ? [ALL, value] : [value, valueTwo]
    if ((mask & LOW) === LOW) values.set(argumentWord(index, 'low'), Number(wanted & LOW))
    if (width === 64 && mask >> 32n === LOW) values.set(argumentWord(index, 'high'), Number(wanted >> 32n))
  }
  return values
}

const LOW = 0xffffffffn
const ALL = 0xffffffffffffffffn
