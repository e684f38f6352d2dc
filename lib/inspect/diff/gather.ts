import { ARCHITECTURE, type Call, NUMBER } from '../../bpf/data.ts'
import { effect, type Verdict } from '../../bpf/verdict.ts'
import type { Pair } from '../../filter/prove/compare.ts'
import { mergeRanges, type Range, rangesMeet, rangesOf } from '../../filter/prove/ranges.ts'
import { everyCall, witness } from '../../filter/prove/region.ts'
import { everyWord, type WordSet } from '../../filter/prove/word-set.ts'
import { SKIPPED } from '../../policy/evaluate.ts'
import { type ArchitectureName, architecture, architectures, X32_BIT } from '../../syscalls/architectures.ts'
import { syscallNames } from '../../syscalls/numbers.ts'

/** Calls on which two sides disagree in one way. */
export interface Disagreement {
  /** Whose calls these are; undefined for architecture words that neither side names. */
  readonly arch: ArchitectureName | undefined
  /** The architecture words (`AUDIT_ARCH_*`) that the calls have. */
  readonly audit: readonly Range[]
  /** The call's name; undefined for numbers that no call has. */
  readonly name: string | undefined
  /** The call's number, or the numbers without a name, in ascending ranges. */
  readonly numbers: readonly Range[]
  /** Whether every such call does, whatever its arguments; otherwise only some. */
  readonly always: boolean
  /** What the first side says, and the second. */
  readonly verdicts: readonly [Verdict, Verdict]
  /** One such call. */
  readonly call: Call
}

/** Calls of some architecture words that differ in one way. */
interface Group {
  readonly audit: readonly Range[]
  readonly verdicts: readonly [Verdict, Verdict]
  /** Numbers of which every call does, whatever its arguments. */
  readonly whole: Range[]
  /** Numbers of which some calls do, by their text: the lowest such call, and whether there may be others. */
  readonly part: Map<string, Part>
}

interface Part {
  readonly numbers: readonly Range[]
  call: Call
}

/** Sets of calls, as the comparison yields them → differences of calls by name, and of ranges of numbers. */
export class Gatherer {
  readonly #groups = new Map<string, Group>()
  /** Where some arguments get the same from both sides, so that no difference there is one of every argument. */
  readonly #same = new Map<string, Pick<Group, 'audit'> & { readonly numbers: readonly Range[] }>()

  add({ region, verdicts, same }: Pair): void {
    const anyArguments = region.every((set, word) => word === ARCHITECTURE || word === NUMBER || isEvery(set))
    if (same && anyArguments) return
    const audit = spans(region[ARCHITECTURE]!)
    const numbers = spans(region[NUMBER]!)
    const place = `${keyOf(audit.ranges)}:${keyOf(numbers.ranges)}`
    if (same) {
      this.#same.set(place, { audit: audit.ranges, numbers: numbers.ranges })
      return
    }
    const key = `${keyOf(audit.ranges)} ${verdicts.map(effect)}`
    const group: Group = this.#groups.get(key) ?? {
      audit: audit.ranges,
      verdicts,
      whole: [],
      part: new Map(),
    }
    this.#groups.set(key, group)
    if (anyArguments && audit.exact && numbers.exact) group.whole.push(...numbers.ranges)
    else {
      const call = witness(region)
      const known = group.part.get(place)
      if (!known) group.part.set(place, { numbers: numbers.ranges, call })
      else if (isLower(call, known.call)) known.call = call
    }
  }

  /** By architecture, the native one first; then by number. */
  disagreements(native: ArchitectureName): Disagreement[] {
    const found: Disagreement[] = []
    for (const group of this.#groups.values()) {
      const { audit, verdicts } = group
      const whole = mergeRanges(group.whole)
      for (const each of byArchitecture(audit, whole))
        found.push(
          ...byName(each.arch, each.numbers).map((part) => ({
            ...part,
            arch: each.arch,
            audit,
            verdicts,
            always: true,
            call: anyCall(audit[0]!.low, part.numbers[0]!.low),
          })),
        )
      for (const { numbers, call } of group.part.values())
        for (const each of byArchitecture(audit, numbers)) {
          const always = this.#isAlone(group, each.numbers)
          const parts = byName(each.arch, each.numbers)
          found.push(
            ...parts.map((part) => ({
              ...part,
              arch: each.arch,
              audit,
              verdicts,
              always,
              call: { ...call, nr: parts.length === 1 ? call.nr : part.numbers[0]!.low },
            })),
          )
        }
    }
    return found.sort((a, b) => rank(a, native) - rank(b, native) || inOrder(a, b))
  }

  /** Whether these numbers get nothing but this group's verdicts. */
  #isAlone(group: Group, numbers: readonly Range[]): boolean {
    for (const same of this.#same.values())
      if (rangesMeet(same.audit, group.audit) && rangesMeet(same.numbers, numbers)) return false
    for (const other of this.#groups.values())
      if (other !== group && rangesMeet(other.audit, group.audit)) {
        if (rangesMeet(other.whole, numbers)) return false
        for (const part of other.part.values()) if (rangesMeet(part.numbers, numbers)) return false
      }
    return true
  }
}

const isEvery = (set: WordSet): boolean =>
  set === everyWord || (set.low === 0 && set.high === 0xffffffff && !set.known && !set.excluded.length)

/** The members as ranges; where there are too many, what they lie between. */
const spans = (set: WordSet): { ranges: readonly Range[]; exact: boolean } => {
  if (set.low === set.high) return { ranges: [{ low: set.low, high: set.low }], exact: true }
  const ranges = rangesOf(set)
  return ranges ? { ranges, exact: true } : { ranges: [{ low: set.low, high: set.high }], exact: false }
}

const keyOf = (ranges: readonly Range[]): string => ranges.map(({ low, high }) => `${low}-${high}`).join()

const anyCall = (arch: number, nr: number): Call => ({ ...witness(everyCall), arch, nr })

/** Smaller arguments make a plainer example. */
const isLower = (a: Call, b: Call): boolean => {
  const place = a.args.findIndex((value, i) => value !== b.args[i])
  return place >= 0 && a.args[place]! < b.args[place]!
}

interface Owned {
  readonly arch: ArchitectureName | undefined
  readonly numbers: readonly Range[]
}

/** Whose calls the numbers are. x86_64 and x32 share the word, and bit 30 tells them apart; -1 is x86_64's. */
const byArchitecture = (audit: readonly Range[], numbers: readonly Range[]): Owned[] => {
  const only = audit.length === 1 && audit[0]!.low === audit[0]!.high ? audit[0]!.low : undefined
  const here = architectures.filter((each) => each.audit === only)
  if (here.length < 2) return [{ arch: here[0]?.name, numbers }]
  const owned = { x86_64: [] as Range[], x32: [] as Range[] }
  for (const range of numbers)
    for (const { low, high, arch } of quarters) {
      const part = { low: Math.max(low, range.low), high: Math.min(high, range.high) }
      if (part.low <= part.high) owned[arch].push(part)
    }
  return (['x86_64', 'x32'] as const).flatMap((arch) =>
    owned[arch].length ? [{ arch, numbers: owned[arch] }] : [],
  )
}

const quarters = [
  { low: 0, high: X32_BIT - 1, arch: 'x86_64' },
  { low: X32_BIT, high: 0x7fffffff, arch: 'x32' },
  { low: 0x80000000, high: 0xbfffffff, arch: 'x86_64' },
  { low: 0xc0000000, high: SKIPPED - 1, arch: 'x32' },
  { low: SKIPPED, high: SKIPPED, arch: 'x86_64' },
] as const

/** Each call by name, and what is left of the numbers together. */
const byName = (
  arch: ArchitectureName | undefined,
  numbers: readonly Range[],
): { name: string | undefined; numbers: readonly Range[] }[] => {
  const found: { name: string | undefined; numbers: readonly Range[] }[] = []
  const rest: Range[] = []
  const calls = arch ? [...syscallNames(arch)].sort(([, a], [, b]) => a - b) : []
  for (const { low, high } of numbers) {
    let next = low
    for (const [name, number] of calls) {
      if (number < low || number > high) continue
      found.push({ name, numbers: [{ low: number, high: number }] })
      if (next < number) rest.push({ low: next, high: number - 1 })
      next = number + 1
    }
    if (next <= high) rest.push({ low: next, high })
  }
  return rest.length ? [...found, { name: undefined, numbers: rest }] : found
}

const rank = ({ arch }: Disagreement, native: ArchitectureName): number => {
  if (arch === native) return -1
  return arch ? architectures.indexOf(architecture(arch)) : architectures.length
}

const inOrder = (a: Disagreement, b: Disagreement): number =>
  Number(a.name === undefined) - Number(b.name === undefined) ||
  a.numbers[0]!.low - b.numbers[0]!.low ||
  a.verdicts[0] - b.verdicts[0] ||
  a.verdicts[1] - b.verdicts[1]
