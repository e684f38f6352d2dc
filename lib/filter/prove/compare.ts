import type { ByteOrder } from '../../bpf/data.ts'
import type { Program } from '../../bpf/instruction.ts'
import { effect, type Verdict } from '../../bpf/verdict.ts'
import { executeStack, type GiveUp, type Path } from './execute.ts'
import { everyCall, type Region } from './region.ts'

/** Anything that gives every call one verdict: a policy's meaning, a stack of programs. */
export interface Answers {
  /** A region cut into cells of one verdict. They are apart from each other and together the region. */
  cells(region: Region): Iterable<Path>
}

/** Filters from anywhere, in the order they are installed. Calls that can't be followed go to `giveUp`. */
export const answersOf = (programs: readonly Program[], order: ByteOrder, giveUp?: GiveUp): Answers => ({
  cells: (region) => executeStack(programs, order, region, giveUp),
})

/** A set of calls that each get the same two verdicts. */
export interface Pair {
  readonly region: Region
  /** What one side says, and what the other does. */
  readonly verdicts: readonly [Verdict, Verdict]
  /** Whether no process could tell the verdicts apart. */
  readonly same: boolean
}

/**
 * What two sides say of every call of a region: exact, and complete but for what a side gives up. It is the prover's
 * own comparison, which goes on where the prover stops.
 */
export function* compare(one: Answers, other: Answers, start: Region = everyCall): Generator<Pair> {
  for (const path of one.cells(start))
    for (const { region, verdict } of other.cells(path.region))
      yield { region, verdicts: [path.verdict, verdict], same: effect(path.verdict) === effect(verdict) }
}
