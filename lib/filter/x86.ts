import { NUMBER } from '../bpf/data.ts'
import { SKIPPED } from '../policy/evaluate.ts'
import type { ArchitecturePolicy, Policy } from '../policy/policy.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import { Behaviours, skipped, skippedNode } from './behaviours.ts'
import { dispatch, type Segment } from './dispatch.ts'
import { isNumberTest, numberCost } from './number-cost.ts'
import type { Node, Tree } from './tree.ts'
import type { RecordedCall } from './weights.ts'

/** x86_64 and x32 have one audit word; bit 30 tells them apart (arch/x86/include/asm/syscall.h). */
export const x86Tree = (
  tree: Tree,
  policy: Policy,
  recorded: readonly RecordedCall[],
  x86_64: ArchitecturePolicy | undefined,
  x32: ArchitecturePolicy | undefined,
): Node => {
  if (!x32) return withoutX32(tree, policy, recorded, x86_64!)
  if (!x86_64) return onlyX32(tree, policy, recorded, x32)
  return skipped(tree, policy, x32, withX32(tree, policy, recorded, x86_64, x32))
}

/**
 * x32 mostly repeats x86_64: its tree sends the numbers that differ their own way, and goes on in x86_64's for the
 * rest, with bit 30 cleared. Jumps only go forward, so that tree can't be reached once more from within:
 *
 *     jge n: jset bit 30: and ~bit 30; x32's exceptions; x86_64's tree, from its first test on
 *            x86_64's numbers above n
 *     x86_64's numbers below n
 *
 * The bit is tested where that costs least: before all others, and every call runs one instruction more, or after some
 * of those that bit 30 leads one way, which x32 then needs a copy of.
 */
const withX32 = (
  tree: Tree,
  policy: Policy,
  recorded: readonly RecordedCall[],
  x86_64: ArchitecturePolicy,
  x32: ArchitecturePolicy,
): Node => {
  // Both with the same recording, else what they share would differ.
  const native = new Behaviours(tree, policy, x86_64, recorded)
  const shared = native.dispatch(tree, native.beyond)
  const segments = native.segments(native.beyond)
  const other = new Behaviours(tree, policy, x32, recorded)
  const exceptions = dispatch(tree, NUMBER, exceptionSegments(native, other, shared))
  const below = tree.rebase(NUMBER, ~X32_BIT >>> 0, deeper(tree, exceptions, shared, 0, 0xffffffff))
  let best = marked(tree, shared, 0, below)!
  let least = numberCost(best, segments)
  for (let after = 1; ; after++) {
    const root = marked(tree, shared, after, below)
    const cost = root ? numberCost(root, segments) : Number.POSITIVE_INFINITY
    if (!root || cost >= least) return best
    best = root
    least = cost
  }
}

/** `node` with a test of bit 30 after the first tests; undefined where bit 30 doesn't decide so many of them. */
const marked = (tree: Tree, node: Node, after: number, below: Node): Node | undefined => {
  if (after === 0) return tree.test(NUMBER, 'JSET', X32_BIT, below, node)
  if (!isNumberTest(node) || node.k >= X32_BIT) return undefined
  const { comparison, k, yes, no } = node
  const next = comparison === 'JGE' ? yes : comparison === 'JEQ' ? no : undefined
  const rest = next && marked(tree, next, after - 1, below)
  if (!rest) return undefined
  return comparison === 'JGE' ? tree.test(NUMBER, 'JGE', k, rest, no) : tree.test(NUMBER, 'JEQ', k, yes, rest)
}

/** x32's exceptions, with all that lead to x86_64's tree going past those of its tests whose outcome they know. */
const deeper = (tree: Tree, node: Node, shared: Node, low: number, high: number): Node => {
  if (node === shared) return past(shared, low, high)
  if (!isNumberTest(node)) return node
  const { comparison, k, yes, no } = node
  const [ifYes, ifNo] =
    comparison === 'JGE'
      ? [
          deeper(tree, yes, shared, Math.max(low, k), high),
          deeper(tree, no, shared, low, Math.min(high, k - 1)),
        ]
      : comparison === 'JEQ'
        ? [deeper(tree, yes, shared, k, k), deeper(tree, no, shared, low, high)]
        : [deeper(tree, yes, shared, low, high), deeper(tree, no, shared, low, high)]
  return tree.test(NUMBER, comparison, k, ifYes, ifNo)
}

/** Where all of `low`…`high` come to in a tree. */
const past = (node: Node, low: number, high: number): Node => {
  if (!isNumberTest(node)) return node
  const { comparison, k, yes, no } = node
  if (comparison === 'JGE' && low >= k) return past(yes, low, high)
  if ((comparison === 'JGE' && high < k) || (comparison === 'JEQ' && (k < low || k > high)))
    return past(no, low, high)
  return node
}

/** The bit test hangs below the last segment, where only numbers above every known call go: others never run it. */
const withoutX32 = (
  tree: Tree,
  policy: Policy,
  recorded: readonly RecordedCall[],
  x86_64: ArchitecturePolicy,
): Node => {
  const native = new Behaviours(tree, policy, x86_64, recorded)
  const foreign = tree.return(policy.foreignVerdict)
  const marked = tree.test(NUMBER, 'JEQ', SKIPPED, skippedNode(tree, policy, x86_64), foreign)
  // Bit 31 without bit 30 is above the newest call where there is such a rule, else foreign (evaluate.ts).
  const top = tree.test(NUMBER, x86_64.above ? 'JSET' : 'JGE', X32_BIT, marked, native.beyond)
  return native.dispatch(tree, top)
}

const onlyX32 = (
  tree: Tree,
  policy: Policy,
  recorded: readonly RecordedCall[],
  x32: ArchitecturePolicy,
): Node => {
  const own = new Behaviours(tree, policy, x32, recorded)
  const below = own.dispatch(tree, own.beyond)
  const plain = tree.test(
    NUMBER,
    'JGE',
    X32_BIT,
    tree.return(policy.defaultVerdict),
    tree.return(policy.foreignVerdict),
  )
  const marked = tree.test(NUMBER, 'JSET', X32_BIT, tree.rebase(NUMBER, ~X32_BIT >>> 0, below), plain)
  return skipped(tree, policy, x32, marked)
}

/** Where x32 differs from x86_64 its own behaviour, elsewhere x86_64's whole tree; wider where both say the same. */
const exceptionSegments = (native: Behaviours, x32: Behaviours, shared: Node): Segment[] => {
  const end = Math.max(native.end, x32.end)
  const own = Array.from({ length: end }, (_, n) => (native.at(n) === x32.at(n) ? undefined : x32.at(n)))
  if (native.beyond !== x32.beyond) own.push(x32.beyond)
  // A run where both agree, between two exceptions alike, may as well be answered as they are.
  for (let from = 0; from < own.length; ) {
    if (own[from] !== undefined) {
      from++
      continue
    }
    let to = from
    while (to < own.length && own[to] === undefined) to++
    const around = own[from - 1]
    if (around && around === (own[to] ?? x32.beyond) && all(from, to, (n) => x32.at(n) === around))
      own.fill(around, from, to)
    from = to
  }
  const segments: Segment[] = []
  for (const [n, node] of own.entries()) push(segments, n, node ?? shared, 0.02)
  const last = segments.at(-1)
  const rest = native.beyond === x32.beyond ? shared : x32.beyond
  if (last?.node === rest) segments[segments.length - 1] = { ...last, high: 0xffffffff }
  else segments.push({ low: own.length, high: 0xffffffff, node: rest, weight: 0.02 })
  return segments
}

const all = (from: number, to: number, holds: (n: number) => boolean): boolean => {
  for (let n = from; n < to; n++) if (!holds(n)) return false
  return true
}

const push = (segments: Segment[], n: number, node: Node, weight: number): void => {
  const last = segments.at(-1)
  if (last?.node === node) segments[segments.length - 1] = { ...last, high: n, weight: last.weight + weight }
  else segments.push({ low: n, high: n, node, weight })
}
