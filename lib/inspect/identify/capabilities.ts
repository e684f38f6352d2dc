import { effect } from '../../bpf/verdict.ts'
import { exactVerdict } from '../../policy/rules.ts'
import type { Condition, Profile } from '../../profile/types.ts'
import { numberOf } from '../../syscalls/numbers.ts'
import { callTo, noArguments, type Oracle, type Question } from './oracle.ts'

/** For which capabilities a profile was resolved, told from the filter that came of it. */

/** One call to fulfil each rule with conditions. */
export const conditionalCalls = ({ syscalls }: Profile, oracle: Oracle): Question[] =>
  syscalls
    .filter(({ args }) => args.length > 0)
    .flatMap(({ names, args }) =>
      names.flatMap((name) => {
        const number = numberOf(oracle.arch, name)
        return number === undefined ? [] : [oracle.ask(callTo(oracle.arch, number, argumentsFor(args)))]
      }),
    )

/** Beyond this many differences no capability explains them. */
const NEAR = 20

/**
 * Capabilities that one gate alone doesn't tell: beside another in a gate, keeping a rule with conditions away, or with
 * all their calls open to another one too. Each is added or taken away if that is nearer to the filter.
 */
export const refined = (
  profile: Profile,
  held: readonly string[],
  differences: (capabilities: readonly string[]) => number,
): readonly string[] => {
  let best = held
  let fewest = differences(best)
  if (fewest > NEAR) return best
  for (const capability of unclear(profile)) {
    if (fewest === 0) break
    const toggled = best.includes(capability)
      ? best.filter((each) => each !== capability)
      : [...best, capability]
    const count = differences(toggled)
    if (count >= fewest) continue
    best = toggled
    fewest = count
  }
  return best
}

const unclear = ({ syscalls }: Profile): ReadonlySet<string> =>
  new Set(
    syscalls.flatMap(({ includes, excludes, args }) => [
      ...((includes?.caps?.length ?? 0) > 1 ? includes!.caps! : []),
      ...(args.length > 0 ? (excludes?.caps ?? []) : []),
    ]),
  )

/**
 * The capabilities whose gates stand open: every call behind such a gate is answered as its rule says. Where one opens
 * all that another does, the other isn't named.
 */
export const heldCapabilities = (profile: Profile, oracle: Oracle): readonly string[] => {
  const refused = effect(exactVerdict(profile.defaultAction, profile.defaultErrnoRet))
  const behind = new Map<string, { readonly names: Set<string>; isOpen: boolean }>()
  for (const { includes, action, errnoRet, names, args } of profile.syscalls) {
    const [capability, ...others] = includes?.caps ?? []
    const verdict = effect(exactVerdict(action, errnoRet))
    if (!capability || others.length || verdict === refused) continue
    const gate = behind.get(capability) ?? { names: new Set<string>(), isOpen: true }
    behind.set(capability, gate)
    for (const name of names) {
      const number = numberOf(oracle.arch, name)
      if (number === undefined) continue
      gate.names.add(name)
      gate.isOpen &&= oracle.answer(callTo(oracle.arch, number, argumentsFor(args))) === verdict
    }
  }
  const open = [...behind].filter(([, { names, isOpen }]) => isOpen && names.size > 0)
  return open
    .filter(
      ([capability, { names }]) =>
        !open.some(
          ([other, more]) =>
            other !== capability &&
            more.names.size > names.size &&
            [...names].every((name) => more.names.has(name)),
        ),
    )
    .map(([capability]) => capability)
}

/** Arguments that fulfil conditions, as far as one value for each can. */
const argumentsFor = (conditions: readonly Condition[]): readonly bigint[] => {
  const args = [...noArguments]
  for (const { index, op, value, valueTwo } of conditions)
    args[index] = {
      SCMP_CMP_EQ: value,
      SCMP_CMP_LE: value,
      SCMP_CMP_GE: value,
      SCMP_CMP_MASKED_EQ: valueTwo,
      SCMP_CMP_NE: value ^ 1n,
      SCMP_CMP_LT: value - 1n,
      SCMP_CMP_GT: value + 1n,
    }[op]
  return args
}
