import type { Policy } from '../policy/policy.ts'
import { Behaviours, skipped } from './behaviours.ts'
import type { CountedCall } from './call-counts.ts'
import type { Node, Tree } from './tree.ts'
import { recordedCalls } from './weights.ts'
import { x86Tree } from './x86.ts'

/**
 * One audit word → the tree over its numbers. The number is decided in full before any argument is loaded: only then
 * does the kernel's action cache (5.11 and newer, kernel/seccomp.c seccomp_is_const_allow) take the allowed calls.
 */
export const numberTree = (
  tree: Tree,
  policy: Policy,
  audit: number,
  counted: readonly CountedCall[],
): Node => {
  const listed = policy.architectures.filter((each) => each.audit === audit)
  const x32 = listed.find(({ arch }) => arch === 'x32')
  const x86_64 = listed.find(({ arch }) => arch === 'x86_64')
  const recorded = listed.flatMap((where) => recordedCalls(where, policy, counted))
  if (x32 || x86_64) return x86Tree(tree, policy, recorded, x86_64, x32)
  const architecture = listed[0]!
  const behaviours = new Behaviours(tree, policy, architecture, recorded)
  return skipped(tree, policy, architecture, behaviours.dispatch(tree, behaviours.beyond))
}
