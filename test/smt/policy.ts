import type { Verdict } from '../../lib/bpf/verdict.ts'
import type { ArchitecturePolicy, Policy, PolicyCondition, PolicyRule } from '../../lib/policy/policy.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { bv32, bv64, choose, memoryWord } from './terms.ts'

/**
 * A policy as one SMT-LIB term over a call's words: `evaluate`, sentence for sentence, as a formula. Naive on purpose
 * and apart from the prover.
 */
export const policyTerm = (policy: Policy, name: string): string => {
  const audits = [...new Set(policy.architectures.map(({ audit }) => audit))]
  const cases = audits.map(
    (audit) => [`(= ${memoryWord(4)} ${bv32(audit)})`, underWord(policy, audit)] as const,
  )
  return `(define-fun ${name} () (_ BitVec 32) ${choose(cases, bv32(policy.foreignVerdict))})`
}

const NR = memoryWord(0)
const X32 = 0x40000000
const bit30 = `(not (= (bvand ${NR} ${bv32(X32)}) ${bv32(0)}))`

/** All calls under one architecture word; x86_64 and x32 share theirs. */
const underWord = (policy: Policy, audit: number): string => {
  const listed = policy.architectures.filter((each) => each.audit === audit)
  const x32 = listed.find(({ arch }) => arch === 'x32')
  const x86_64 = listed.find(({ arch }) => arch === 'x86_64')
  if (!x32 && !x86_64) return onArchitecture(policy, listed[0]!)
  const foreign = bv32(policy.foreignVerdict)
  const native = x86_64 ? onArchitecture(policy, x86_64) : foreign
  const marked = x32
    ? onArchitecture(policy, x32)
    : x86_64
      ? choose([[`(= ${NR} ${bv32(0xffffffff)})`, native]], foreign)
      : foreign
  const bit31 = x86_64?.above ? native : x32 ? bv32(policy.defaultVerdict) : foreign
  return choose(
    [
      [bit30, marked],
      [`(bvugt ${NR} ${bv32(X32)})`, bit31],
    ],
    native,
  )
}

const onArchitecture = (policy: Policy, { arch, calls, above }: ArchitecturePolicy): string => {
  const named = calls.map(
    ({ number, rules }) => [`(= ${NR} ${bv32(number)})`, byRules(policy, rules)] as const,
  )
  const isAbove = above && `(bvugt ${NR} ${bv32(above.newest)})`
  const stub = arch === 'x86_64' ? `(and ${isAbove} (not ${bit30}))` : isAbove
  return choose(above ? [...named, [stub!, bv32(above.verdict)]] : named, bv32(policy.defaultVerdict))
}

const byRules = (policy: Policy, rules: readonly PolicyRule[]): string => {
  const bigEndian = architecture(policy.target.arch).endian === 'big'
  const cases = rules.map(({ conditions, verdict }): [string, string] => [
    conditions.length
      ? `(and ${conditions.map((condition) => holds(condition, bigEndian)).join(' ')})`
      : 'true',
    bv32(verdict as Verdict),
  ])
  return choose(cases, bv32(policy.defaultVerdict))
}

const holds = ({ index, op, width, value, valueTwo }: PolicyCondition, bigEndian: boolean): string => {
  const first = memoryWord(16 + 8 * index)
  const second = memoryWord(20 + 8 * index)
  const [low, high] = bigEndian ? [second, first] : [first, second]
  const argument = width === 32 ? `(concat ${bv32(0)} ${low})` : `(concat ${high} ${low})`
  const operand = bv64(value)
  switch (op) {
    case 'SCMP_CMP_EQ':
      return `(= ${argument} ${operand})`
    case 'SCMP_CMP_NE':
      return `(not (= ${argument} ${operand}))`
    case 'SCMP_CMP_LT':
      return `(bvult ${argument} ${operand})`
    case 'SCMP_CMP_LE':
      return `(bvule ${argument} ${operand})`
    case 'SCMP_CMP_GT':
      return `(bvugt ${argument} ${operand})`
    case 'SCMP_CMP_GE':
      return `(bvuge ${argument} ${operand})`
    case 'SCMP_CMP_MASKED_EQ':
      return `(= (bvand ${argument} ${operand}) ${bv64(valueTwo)})`
  }
}
