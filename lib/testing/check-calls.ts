import type { Call } from '../bpf/data.ts'
import { strictest, type Verdict } from '../bpf/verdict.ts'
import { Meaning } from '../filter/prove/meaning.ts'
import { type Region, witness } from '../filter/prove/region.ts'
import { type Decision, decide } from '../inspect/decision.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { type CallPattern, callSets } from './call-pattern.ts'
import { type ExpectedVerdict, fulfils } from './expected-verdict.ts'

/** One call out of a set that all get the same. */
export interface Sample {
  readonly call: Call
  readonly arch: ArchitectureName
  /** Its name, or `#1000`. */
  readonly name: string
  readonly verdict: Verdict
}

/** Whether all calls of a pattern get what is expected, and one call to show it by. */
export interface Outcome extends Sample {
  /** If not, `call` is one that gets something else. */
  readonly holds: boolean
  readonly decision: Decision
  readonly expected: ExpectedVerdict
  /** Whether some calls of the pattern do get what is expected. */
  readonly some: boolean
  /** What the kernel said, where it was asked and disagrees. */
  readonly kernel?: string
}

/**
 * One call for each set of calls of a pattern that the policies, which stack as filters do, treat alike. The sets are cut
 * by the policies' own conditions, as the prover does it, and together are the pattern: what holds for these calls holds
 * for all.
 * @throws what `callSets` throws.
 */
export function* samples(policies: readonly Policy[], pattern: CallPattern): Generator<Sample> {
  // What one filter of a stack doesn't list, it kills: no test is about that unless it says so.
  const [native, ...others] = policies.map(({ architectures }) => architectures.map(({ arch }) => arch))
  const listed = native!.filter((arch) => others.every((each) => each.includes(arch)))
  const asked = policies.map(meaningOf)
  for (const { arch, name, region } of callSets(pattern, listed))
    for (const cell of cells(asked, region))
      yield { arch, name, call: witness(cell.region), verdict: cell.verdict }
}

/** Whether every call of a pattern, of which these are the samples, gets what is expected. */
export const checkCalls = (
  policies: readonly Policy[],
  all: Iterable<Sample>,
  expected: ExpectedVerdict,
): Outcome => {
  let [first, failing]: (Sample | undefined)[] = []
  for (const sample of all)
    if (fulfils(sample.verdict, expected, sample.arch)) first ??= sample
    else failing ??= sample
  const shown = (failing ?? first)!
  return {
    ...shown,
    expected,
    holds: failing === undefined,
    some: first !== undefined,
    decision: decisionOf(policies, shown.call),
  }
}

/** What decides one call: the strictest of the policies, the last of them between equals. */
const decisionOf = (policies: readonly Policy[], call: Call): Decision => {
  const verdict = strictest(policies.map((policy) => evaluate(policy, call)))
  return policies.map((policy) => decide(policy, call)).findLast((each) => each.verdict === verdict)!
}

interface Cell {
  readonly region: Region
  readonly verdict: Verdict
}

/** A region cut until each part has one verdict of the stack. */
function* cells(asked: readonly Meaning[], region: Region): Generator<Cell> {
  const [meaning, ...others] = asked
  for (const cell of meaning!.cells(region))
    if (others.length === 0) yield cell
    else
      for (const inner of cells(others, cell.region))
        yield { region: inner.region, verdict: strictest([cell.verdict, inner.verdict]) }
}

const meanings = new WeakMap<Policy, Meaning>()

const meaningOf = (policy: Policy): Meaning => {
  const known = meanings.get(policy) ?? new Meaning(policy)
  meanings.set(policy, known)
  return known
}
