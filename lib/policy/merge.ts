import { SeccompError } from '../errors.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { formatPosition } from './format.ts'
import { canonicalOrder, isPrefix } from './order.ts'
import type { PolicyRule, Warning } from './policy.ts'

/**
 * All rules of one number → the rules in the order they are tried, by libseccomp's law (db.c, db_rule_add): the first
 * unconditional rule replaces every other; conditional ones stand in canonical order, each once.
 * @throws SeccompError ERR_POLICY_CONFLICT when the same conditions get different actions, or a shorter rule comes
 * after a longer one that it swallows with another action.
 */
export const mergeRules = (
  rules: readonly PolicyRule[],
  where: { readonly arch: ArchitectureName; readonly syscall: string },
  warnings: Warning[],
): readonly PolicyRule[] => {
  const shadowed = (rule: PolicyRule, by: PolicyRule): void => {
    const message = `never decides ${where.syscall}: ${formatPosition(by.position)} comes first`
    warnings.push({ kind: 'shadowed', message, position: rule.position, ...where })
  }
  const first = rules.findIndex((rule) => rule.conditions.length === 0)
  const conditional = first < 0 ? rules : rules.slice(0, first)
  const kept: PolicyRule[] = []
  for (const rule of conditional) {
    const covering = kept.find((earlier) => isPrefix(earlier, rule))
    const covered = kept.filter((earlier) => isPrefix(rule, earlier))
    const clash = [
      covering && covering.conditions.length === rule.conditions.length ? covering : undefined,
      ...covered,
    ].find((earlier) => earlier && earlier.verdict !== rule.verdict)
    if (clash) throw conflict(clash, rule, where)
    if (covering) shadowed(rule, covering)
    else {
      for (const earlier of covered) kept.splice(kept.indexOf(earlier), 1)
      kept.push(rule)
    }
  }
  if (first < 0) return kept.sort(canonicalOrder)
  const winner = rules[first]!
  for (const rule of rules) if (rule !== winner && rule.verdict !== winner.verdict) shadowed(rule, winner)
  return [winner]
}

const conflict = (
  a: PolicyRule,
  b: PolicyRule,
  { arch, syscall }: { arch: string; syscall: string },
): SeccompError =>
  new SeccompError(
    'ERR_POLICY_CONFLICT',
    `${syscall} on ${arch}: ${formatPosition(a.position)} and ${formatPosition(b.position)} give the same condition ` +
      'different actions, which runc refuses too. Remove one of them.',
  )
