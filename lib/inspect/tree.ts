import { ARCHITECTURE } from '../bpf/data.ts'
import type { Node } from '../filter/tree.ts'
import { formatVerdict } from '../policy/format.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { constant, hex, wordName } from './words.ts'

/**
 * The decision graph between policy and program as text: one line a node, the root first, a node before those it leads
 * to. Equal subtrees are one node.
 * @example
 * formatTree(policyTree(policy))
 * // n7: arch == 0xc000003e ? n6 : n0
 */
export const formatTree = (root: Node, arch?: ArchitectureName): string =>
  inOrder(root)
    .map((node) => `n${node.id}: ${describe(node, arch)}\n`)
    .join('')

const nextOf = (node: Node): readonly Node[] => {
  if (node.kind === 'return') return []
  return node.kind === 'test' ? [node.yes, node.no] : [node.next]
}

/** Topological: reversed post-order. */
const inOrder = (root: Node): Node[] => {
  const seen = new Set<Node>()
  const done: Node[] = []
  const visit = (node: Node): void => {
    if (seen.has(node)) return
    seen.add(node)
    for (const next of [...nextOf(node)].reverse()) visit(next)
    done.push(node)
  }
  visit(root)
  return done.reverse()
}

const describe = (node: Node, arch: ArchitectureName | undefined): string => {
  if (node.kind === 'return') return formatVerdict(node.verdict, arch)
  const word = wordName(node.word)
  if (node.kind === 'rebase') return `${word} &= ${hex(node.mask)}, n${node.next.id}`
  const { comparison, k, mask, yes, no } = node
  const left = mask === 0xffffffff ? word : `(${word} & ${hex(mask)})`
  const symbol = { JEQ: '==', JGT: '>', JGE: '>=', JSET: '&' }[comparison]
  const right = comparison === 'JSET' || node.word === ARCHITECTURE ? hex(k) : constant(k)
  return `${left} ${symbol} ${right} ? n${yes.id} : n${no.id}`
}
