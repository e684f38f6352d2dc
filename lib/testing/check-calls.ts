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

/** Whether all calls of a pattern get what is expected, and one call to show it by. */
export interface Outcome {
  readonly holds: boolean
  /** One that gets something else, where there is any; the first one otherwise. */
  readonly call: Call
  readonly arch: ArchitectureName
  /** Its name, or `#1000`. */
  readonly name: string
  readonly verdict: Verdict
  readonly decision: Decision
  /** Whether some calls of the pattern do get what is expected. */
  readonly some: boolean
}

/**
 * Ask policies, which stack as filters do, about every call of a pattern. Exact: the calls are cut by the policies' own
 * conditions into sets of one verdict, as the prover does it; nothing is sampled.
 * @throws what `callSets` throws.
 */
export const checkCalls = (
  policies: readonly Policy[],
  pattern: CallPattern,
  expected: ExpectedVerdict,
): Outcome => {
  const asked = policies.map(meaningOf)
  // What one filter of a stack doesn't list, it kills: no test is about that unless it says so.
  const [native, ...others] = policies.map(({ architectures }) => architectures.map(({ arch }) => arch))
  const listed = native!.filter((arch) => others.every((each) => each.includes(arch)))
  let first: Outcome | undefined
  let failing: Outcome | undefined
  let some = false
  for (const { arch, name, region } of callSets(pattern, listed))
    for (const cell of cells(asked, region)) {
      const holds = fulfils(cell.verdict, expected, arch)
      some ||= holds
      if (holds ? first : failing) continue
      const call = witness(cell.region)
      const outcome = { holds, call, arch, name, some: holds, ...answer(policies, call) }
      if (holds) first = outcome
      else failing = outcome
    }
  return failing ? { ...failing, some } : first!
}

/** What decides one call: the strictest of the policies, the last of them between equals. */
const answer = (policies: readonly Policy[], call: Call): { verdict: Verdict; decision: Decision } => {
  const verdict = strictest(policies.map((policy) => evaluate(policy, call)))
  const decisions = policies.map((policy) => decide(policy, call))
  return { verdict, decision: decisions.findLast((each) => each.verdict === verdict)! }
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
