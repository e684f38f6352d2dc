import { NUMBER } from '../bpf/data.ts'
import { SKIPPED } from '../policy/evaluate.ts'
import type { Policy } from '../policy/policy.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import { type Behaviours, skipped, skippedNode } from './behaviours.ts'
import { dispatch, type Segment } from './dispatch.ts'
import type { Node, Tree } from './tree.ts'

/*
 * x86_64 and x32 have one audit word; bit 30 of the number tells them apart (arch/x86/include/asm/syscall.h).
 */

/**
 * x86_64 without x32. The bit test hangs below the last segment, where only numbers above every known call go: others
 * never run it.
 */
export const x86_64Tree = (tree: Tree, policy: Policy, own: Behaviours, lent: readonly Node[]): Node => {
  const foreign = tree.return(policy.foreignVerdict)
  const marked = tree.test(NUMBER, 'JEQ', SKIPPED, skippedNode(tree, policy, own.architecture), foreign)
  // Bit 31 without bit 30 is above the newest call where there is such a rule, else foreign (evaluate.ts).
  const top = tree.test(NUMBER, own.architecture.above ? 'JSET' : 'JGE', X32_BIT, marked, own.beyond)
  return own.dispatch(tree, top, lent)
}

/**
 * x32's calls before those of x86_64. They mostly repeat x86_64's: with bit 30 cleared, most ranges go on in its tree.
 * @param x86_64 the tree for numbers without bit 30; undefined where x86_64 isn't listed
 * @param lent all trees there are
 */
export const x32Tree = (
  tree: Tree,
  policy: Policy,
  own: Behaviours,
  x86_64: Node | undefined,
  lent: readonly Node[],
): Node => {
  const below =
    own.architecture === policy.architectures[0]
      ? own.dispatch(tree, own.beyond, lent)
      : dispatch(tree, NUMBER, evenly(own.segments(own.beyond)), lent)
  const cleared = tree.rebase(NUMBER, ~X32_BIT >>> 0, below)
  const others =
    x86_64 ??
    tree.test(NUMBER, 'JGE', X32_BIT, tree.return(policy.defaultVerdict), tree.return(policy.foreignVerdict))
  return skipped(tree, policy, own.architecture, tree.test(NUMBER, 'JSET', X32_BIT, cleared, others))
}

/**
 * Beside other architectures x32's calls are rare, and the kernel has no table of them to fill at attach time: how many
 * numbers a range has counts for nothing. With one weight for all the tree is even, and no call runs much longer than
 * another: with Docker's default, from 16 to 20 on none runs longer than in libseccomp's binary search.
 */
const evenly = (ranges: readonly Segment[]): Segment[] => ranges.map((each) => ({ ...each, weight: 18 }))
