import { mergeRanges, type Range } from '../../filter/prove/ranges.ts'
import { architectures, X32_BIT } from '../../syscalls/architectures.ts'
import { hex } from '../words.ts'

/** Ranges of numbers and of architecture words, as people say them. */

const MAX = 0xffffffff
const SKIPPED: Range = { low: MAX, high: MAX }

/** All that is x86_64's or x32's of the word they share: two ranges each, for bit 31 means nothing to them. */
const halves: Readonly<Record<string, readonly [Range, Range]>> = {
  x86_64: [
    { low: 0, high: X32_BIT - 1 },
    { low: 0x80000000, high: 0xbfffffff },
  ],
  x32: [
    { low: X32_BIT, high: 0x7fffffff },
    { low: 0xc0000000, high: MAX - 1 },
  ],
}

/** Whether these are all numbers that an architecture's calls can have. */
export const isEveryNumber = (arch: string, numbers: readonly Range[]): boolean => {
  const { low, high } = halves[arch]?.[0] ?? { low: 0, high: MAX }
  return mergeRanges(numbers).some((range) => range.low <= low && range.high >= high)
}

/** A list of holes in a table is of no use beyond the first few. */
const MOST = 6

/** Numbers without a name: `number 335`, `numbers 424 to 433`, `every number above 471`. */
export const formatNumbers = (arch: string, numbers: readonly Range[]): string[] => {
  const [plain, high] = halves[arch] ?? [{ low: 0, high: MAX }]
  const top = numbers.find((range) => range.high === plain.high)
  const both = top && (!high || numbers.some((range) => range.low <= high.low && range.high >= high.high))
  const isAbove = (range: Range): boolean =>
    both === true && (range === top || (high !== undefined && range.low === high.low))
  const rest = numbers.filter((range) => !isAbove(range))
  const some = rest.slice(0, MOST).map(formatRange)
  const more = rest.length > MOST ? [`${rest.length - MOST} more ranges of numbers`] : []
  return [...some, ...more, ...(both ? [`every number above ${number(top!.low - 1)}`] : [])]
}

const formatRange = (range: Range): string => {
  const { low, high } = range
  if (low === SKIPPED.low) return 'number -1'
  return low === high ? `number ${number(low)}` : `numbers ${number(low)} to ${number(high)}`
}

const number = (value: number): string => (value < 0x10000 ? `${value}` : hex(value))

/** Architecture words: `every architecture but x86_64, aarch64`. */
export const formatAudit = (audit: readonly Range[]): string => {
  const others: number[] = []
  let next = 0
  for (const { low, high } of [...audit, { low: MAX + 1, high: 0 }]) {
    if (low - next > 8) return `architecture words ${audit.map(formatWords).join(', ')}`
    for (; next < low; next++) others.push(next)
    next = high + 1
  }
  return others.length ? `every architecture but ${others.map(nameOfWord).join(', ')}` : 'every architecture'
}

const formatWords = ({ low, high }: Range): string =>
  low === high ? hex(low) : `${hex(low)} to ${hex(high)}`

const nameOfWord = (word: number): string =>
  architectures
    .filter(({ audit }) => audit === word)
    .map(({ name }) => name)
    .join(' and ') || hex(word)
