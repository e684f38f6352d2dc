import { SeccompError } from '../errors.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { formatPosition } from './format.ts'
import { beginningsOf, canonicalOrder } from './order.ts'
import { warnOfOverlaps } from './overlap.ts'
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
  // Most calls of most profiles.
  if (rules.length === 1) return rules
  const shadowed = (rule: PolicyRule, by: PolicyRule): void => {
    const message = `never decides ${where.syscall}: ${formatPosition(by.position)} comes first`
    warnings.push({ kind: 'shadowed', message, position: rule.position, ...where })
  }
  const first = rules.findIndex((rule) => rule.conditions.length === 0)
  const conditional = first < 0 ? rules : rules.slice(0, first)
  // By key, so that thousands of rules on one call stay cheap: whole rules, and longer ones by how they begin.
  const kept = new Map<string, PolicyRule>()
  const longerThan = new Map<string, Map<string, PolicyRule>>()
  for (const rule of conditional) {
    const keys = beginningsOf(rule)
    const whole = keys.at(-1)!
    const longer = longerThan.get(whole) ?? new Map()
    const clash = [kept.get(whole), ...longer.values()].find(
      (earlier) => earlier && earlier.verdict !== rule.verdict,
    )
    if (clash) throw conflict(clash, rule, where)
    const shorter = keys.map((key) => kept.get(key)).find((earlier) => earlier !== undefined)
    if (shorter) {
      shadowed(rule, shorter)
      continue
    }
    for (const key of longer.keys()) kept.delete(key)
    longerThan.delete(whole)
    kept.set(whole, rule)
    for (const key of keys.slice(0, -1))
      longerThan.set(key, (longerThan.get(key) ?? new Map()).set(whole, rule))
  }
  if (first < 0) {
    const ordered = canonicalOrder([...kept.values()])
    warnOfOverlaps(ordered, where, warnings)
    return ordered
  }
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
