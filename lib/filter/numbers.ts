import type { ArchitecturePolicy, Policy } from '../policy/policy.ts'
import { Behaviours, skipped } from './behaviours.ts'
import type { CountedCall } from './call-counts.ts'
import type { Node, Tree } from './tree.ts'
import { recordedCalls } from './weights.ts'
import { x32Tree, x86_64Tree } from './x86.ts'

/**
 * The trees over the numbers of a policy's architectures, by audit word. The number is decided in full before any
 * argument is loaded: only then does the kernel's action cache (5.11 and newer, kernel/seccomp.c
 * seccomp_is_const_allow) take the allowed calls.
 *
 * The first architecture gets the tree that is best for it, each further one may go on in those before it (loans.ts).
 * x32 comes last, for the kernel keeps no table for it, and little runs there.
 */
export const numberTrees = (
  tree: Tree,
  policy: Policy,
  counted: readonly CountedCall[],
): ReadonlyMap<number, Node> => {
  const { architectures } = policy
  const behaviours = new Map<ArchitecturePolicy, Behaviours>()
  // From the last on: what 32-bit architectures test of an argument, 64-bit ones before them go on in (decide.ts).
  for (const each of architectures.toReversed()) {
    // x32 with the recording of both, else what it shares with x86_64 would differ.
    const sameWord = architectures.filter(({ audit }) => audit === each.audit)
    const recorded = sameWord.flatMap((where) => recordedCalls(where, policy, counted))
    behaviours.set(each, new Behaviours(tree, policy, each, recorded))
  }
  const x32 = architectures.filter(({ arch }) => arch === 'x32')
  const others = architectures.filter(({ arch }) => arch !== 'x32')
  const trees = new Map<number, Node>()
  for (const each of [...others, ...x32]) {
    const own = behaviours.get(each)!
    const lent = [...trees.values()]
    const root = (): Node => own.dispatch(tree, own.beyond, lent)
    if (each.arch === 'x32') trees.set(each.audit, x32Tree(tree, policy, own, trees.get(each.audit), lent))
    else if (each.arch !== 'x86_64') trees.set(each.audit, skipped(tree, policy, each, root()))
    else trees.set(each.audit, x32.length ? root() : x86_64Tree(tree, policy, own, lent))
  }
  return trees
}
