import { argumentWord } from '../../../bpf/data.ts'
import { actionOf, strictness, type Verdict } from '../../../bpf/verdict.ts'
import type { Region } from '../../../filter/prove/region.ts'
import { witness } from '../../../filter/prove/region.ts'
import { contains, meet, type WordSet } from '../../../filter/prove/word-set.ts'
import { formatVerdict } from '../../../policy/format.ts'
import { type ArchitectureName, architecture } from '../../../syscalls/architectures.ts'
import { argumentNames, argumentWidth } from '../../../syscalls/arguments.ts'
import { formatArgument } from '../../../syscalls/constants.ts'
import { syscallNames } from '../../../syscalls/numbers.ts'
import { hex } from '../../words.ts'
import type { Check, Problem } from '../finding.ts'
import { type Cell, cellsOf, type LintSubject, positionsOf, reachable } from '../subject.ts'

/**
 * seccomp sees 64 bits of every argument, the kernel reads 32 of an int: two calls that are one to the kernel may be
 * two to a filter. Profiles are looked at as Docker and containerd read them.
 */
export const argumentWidthCheck: Check = {
  name: 'argument-width',
  finds:
    'a 64-bit comparison of an argument of which the kernel reads 32 bits, that lets a refused call past',
  severity: 'warning',
  attack:
    'The kernel ignores the upper half of the argument, the filter under Docker, containerd and Podman does not: set a bit there, and the rule no longer matches.',
  remedy:
    'Compare under a mask: SCMP_CMP_MASKED_EQ with value 4294967295 and valueTwo the operand; or let this package compile the profile, which compares 32 bits (as: safe).',
  *run(subject) {
    const answers = subject.source?.exactAnswers ?? subject.answers
    const policy = subject.source?.exact
    for (const arch of reachable(subject)) {
      if (architecture(arch).bits === 32) continue
      for (const name of syscallNames(arch).keys()) {
        const ints = [0, 1, 2, 3, 4, 5].filter((index) => argumentWidth(name, index, arch) === 32)
        if (ints.length === 0) continue
        const found = pastBy(cellsOf(answers, arch, name), ints)
        if (found) yield problem(subject, arch, name, found, policy)
      }
    }
  },
}

interface Past {
  /** The plain call, and the one that the kernel can't tell from it. */
  readonly refused: Region
  readonly verdict: Verdict
  readonly open: Region
  readonly index: number
}

/** More cells than any list of values that people write; their pairs would take too long. */
const MOST_CELLS = 3000

/** A refused call with upper halves of 0, for which other upper halves get something looser. */
const pastBy = (cells: readonly Cell[], ints: readonly number[]): Past | undefined => {
  if (cells.length < 2 || cells.length > MOST_CELLS) return undefined
  const highs = ints.map((index) => argumentWord(index, 'high'))
  const hidden = cells.filter(({ region }) => highs.some((word) => region[word]!.high > 0))
  const plain = cells.filter(({ region }) => highs.every((word) => contains(region[word]!, 0)))
  for (const loose of hidden)
    for (const strict of plain) {
      if (rank(strict.verdict) >= rank(loose.verdict)) continue
      const shared = sharedWords(loose.region, strict.region, highs)
      if (!shared) continue
      const refused = shared.map((set, word) => (highs.includes(word) ? zero : set))
      const index = ints.find((each) => !contains(loose.region[argumentWord(each, 'high')]!, 0))
      if (index === undefined) continue
      const open = shared.map((set, word) => (highs.includes(word) ? loose.region[word]! : set))
      return { refused, verdict: strict.verdict, open, index }
    }
  return undefined
}

const zero: WordSet = { low: 0, high: 0, known: 0xffffffff, bits: 0, excluded: [] }

const rank = (verdict: Verdict): number => strictness(actionOf(verdict))

const sharedWords = (one: Region, other: Region, but: readonly number[]): Region | undefined => {
  const shared: WordSet[] = []
  for (const [word, set] of one.entries()) {
    const both = but.includes(word) ? set : meet(set, other[word]!)
    if (!both) return undefined
    shared.push(both)
  }
  return shared
}

const problem = (
  subject: LintSubject,
  arch: ArchitectureName,
  name: string,
  { refused, open, verdict, index }: Past,
  policy: Parameters<typeof positionsOf>[2],
): Problem => {
  const call = witness(open)
  const plain = witness(refused)
  const argument = argumentNames(name, arch)[index]!
  const value = call.args[index]!
  const text = formatArgument(name, index, value & 0xffffffffn, arch)
  return {
    message:
      `${name} with ${argument} ${text} gets ${formatVerdict(verdict, arch)}, ` +
      `but not with ${hex(value)}, which is the same to the kernel`,
    arch,
    call,
    positions: [...positionsOf(subject, call, policy), ...positionsOf(subject, plain, policy)],
  }
}
