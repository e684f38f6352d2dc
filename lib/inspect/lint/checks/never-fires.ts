import { Candidates } from '../../../filter/prove/candidates.ts'
import { partsWhere } from '../../../filter/prove/conditions.ts'
import { everyCall } from '../../../filter/prove/region.ts'
import { callPolicy } from '../../../policy/evaluate.ts'
import { formatPosition } from '../../../policy/format.ts'
import type { CallPolicy, PolicyRule } from '../../../policy/policy.ts'
import { exactVerdict } from '../../../policy/rules.ts'
import { positionOf } from '../../../profile/positions.ts'
import type { Position, Rule } from '../../../profile/types.ts'
import { numberOf } from '../../../syscalls/numbers.ts'
import type { Check, Problem } from '../finding.ts'
import { list, type ProfileSource } from '../subject.ts'

/** Rules whose gates are shut aren't meant for this target, and are left alone. */
export const neverFires: Check = {
  name: 'never-fires',
  finds:
    'rules that decide no call: shadowed by another, covered by others, impossible, or the same as the default',
  severity: 'warning',
  attack: 'What the rule says is not done, though a reader of the profile believes it.',
  remedy: 'Remove it, or the rule that comes first.',
  *run({ source }) {
    if (!source) return
    const { defaultAction, defaultErrnoRet } = source.profile
    const fallback = exactVerdict(defaultAction, defaultErrnoRet)
    for (const rule of source.rules) {
      const position = positionOf(rule)
      if (!position) continue
      if (exactVerdict(rule.action, rule.errnoRet) === fallback)
        yield {
          severity: 'note',
          message: `${list(rule.names)} would get the same from the default action`,
          attack: 'The rule says nothing new; container runtimes leave it out.',
          remedy: 'Remove it, unless it is there to say that the calls were thought of.',
          positions: [position],
        }
      else yield* shadowedNames(source, rule, position)
    }
  },
}

function* shadowedNames(source: ProfileSource, rule: Rule, position: Position): Generator<Problem> {
  const idle = [...new Set(rule.names)].flatMap((name) => {
    const winner = winnerOver(source, name, position)
    return winner ? [{ name, winner }] : []
  })
  if (idle.length === 0) return
  const names = list(idle.map(({ name }) => name))
  const other = idle.find(({ winner }) => winner.position && winner.position !== position)?.winner
  const verdict = exactVerdict(rule.action, rule.errnoRet)
  const isRepeated = idle.every(({ winner }) => winner.verdict === verdict && winner.position !== position)
  const because = other ? `: ${formatPosition(other.position)} comes first` : ': its conditions never hold'
  yield {
    severity: isRepeated ? 'note' : 'warning',
    message: `never decides ${names}${because}`,
    ...(isRepeated && { attack: 'The rule says what another says already.' }),
    positions: [position, ...(other?.position ? [other.position] : [])],
  }
}

/** What decides a name's calls in a rule's place on every architecture; undefined where the rule decides some itself. */
const winnerOver = (source: ProfileSource, name: string, position: Position): PolicyRule | undefined => {
  let winner: PolicyRule | undefined
  for (const architecture of source.policy.architectures) {
    const number = numberOf(architecture.arch, name)
    const call = number === undefined ? undefined : callPolicy(architecture, number)
    if (!call) continue
    const index = indexOf(call)
    const own = index.byPosition.get(position) ?? []
    if (own.some((rule) => decidesSome(rule, index))) return undefined
    winner ??= call.rules.find((rule) => rule.position !== position) ?? own[0]
  }
  return winner
}

/** A call's rules, looked up: there may be thousands. */
interface RuleIndex {
  readonly byPosition: ReadonlyMap<Position | undefined, readonly PolicyRule[]>
  /** The order they are tried in. */
  readonly places: ReadonlyMap<PolicyRule, number>
  readonly candidates: Candidates
}

const indexes = new WeakMap<CallPolicy, RuleIndex>()

const indexOf = (call: CallPolicy): RuleIndex => {
  const known = indexes.get(call)
  if (known) return known
  const byPosition = new Map<Position | undefined, PolicyRule[]>()
  for (const rule of call.rules) {
    const own = byPosition.get(rule.position)
    if (own) own.push(rule)
    else byPosition.set(rule.position, [rule])
  }
  const places = new Map(call.rules.map((rule, place) => [rule, place]))
  const index = { byPosition, places, candidates: new Candidates(call.rules) }
  indexes.set(call, index)
  return index
}

const decidesSome = (rule: PolicyRule, { places, candidates }: RuleIndex): boolean => {
  const place = places.get(rule)!
  let open = partsWhere([everyCall], rule.conditions).holds
  if (open.length === 0 || place === 0) return open.length > 0
  for (const earlier of new Set(open.flatMap((region) => candidates.in(region)))) {
    if (places.get(earlier)! < place) open = partsWhere(open, earlier.conditions).fails
    if (open.length === 0) return false
  }
  return true
}
