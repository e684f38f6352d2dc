import { NUMBER } from '../bpf/data.ts'
import { SIZE } from './cost.ts'
import type { Segment } from './dispatch.ts'
import type { Node, Test } from './tree.ts'

/** What `dispatch` minimises (cost.ts), counted on a whole graph: its tests of the number, and what segments run. */
export const numberCost = (root: Node, segments: readonly Segment[]): number => {
  let steps = 0
  for (const { low, node: end, weight } of segments) {
    let node = root
    while (node !== end && isNumberTest(node)) {
      steps += weight
      node = taken(node, low) ? node.yes : node.no
    }
  }
  return SIZE * numberTests(root) + steps
}

const numberTests = (root: Node): number => {
  const seen = new Set<Node>()
  const waiting = [root]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    while (node.kind === 'rebase') node = node.next
    if (!isNumberTest(node) || seen.has(node)) continue
    seen.add(node)
    waiting.push(node.yes, node.no)
  }
  return seen.size
}

export const isNumberTest = (node: Node): node is Test => node.kind === 'test' && node.word === NUMBER

const taken = ({ comparison, k }: Test, number: number): boolean => {
  if (comparison === 'JSET') return (number & k) !== 0
  if (comparison === 'JEQ') return number === k
  return comparison === 'JGE' ? number >= k : number > k
}
