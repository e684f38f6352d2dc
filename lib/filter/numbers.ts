import { NUMBER } from '../bpf/data.ts'
import { actionOf } from '../bpf/verdict.ts'
import { callPolicy, SKIPPED } from '../policy/evaluate.ts'
import type { ArchitecturePolicy, CallPolicy, Policy } from '../policy/policy.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import type { CountedCall } from './call-counts.ts'
import { type NumberWeights, REFUSED, uniformWeights } from './cost.ts'
import { decide } from './decide.ts'
import { dispatch, type Segment } from './dispatch.ts'
import { hotFirst } from './hot-first.ts'
import type { Node, Tree } from './tree.ts'
import { type RecordedCall, recordedCalls, withRecorded } from './weights.ts'

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

/** The highest number with rules, -1 aside; -1 when there is none. */
const last = (calls: readonly CallPolicy[]): number =>
  calls.findLast(({ number }) => number !== SKIPPED)?.number ?? -1

/**
 * x86_64 and x32 under one audit word; bit 30 tells them apart.
 *
 * x32 mostly repeats x86_64: its tree sends the numbers that differ their own way, and goes on in x86_64's for the
 * rest, with bit 30 cleared. Jumps only go forward, so the bit is tested first:
 *
 *     jset bit 30: and ~bit 30; x32's exceptions; …
 *     x86_64's tree
 */
const x86Tree = (
  tree: Tree,
  policy: Policy,
  recorded: readonly RecordedCall[],
  x86_64: ArchitecturePolicy | undefined,
  x32: ArchitecturePolicy | undefined,
): Node => {
  if (x86_64 && x32) {
    // Both with the same recording, else what they share would differ.
    const native = new Behaviours(tree, policy, x86_64, recorded)
    const shared = native.dispatch(tree, native.beyond)
    const exceptions = exceptionSegments(native, new Behaviours(tree, policy, x32, recorded), shared)
    const below = tree.rebase(NUMBER, ~X32_BIT >>> 0, dispatch(tree, NUMBER, exceptions))
    return skipped(tree, policy, x32, tree.test(NUMBER, 'JSET', X32_BIT, below, shared))
  }
  return x86_64 ? withoutX32(tree, policy, recorded, x86_64) : onlyX32(tree, policy, recorded, x32!)
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

/** What -1 leads to: its own rules where the profile names it, which only a number can. */
const skippedNode = (tree: Tree, policy: Policy, architecture: ArchitecturePolicy): Node =>
  decide(tree, callPolicy(architecture, SKIPPED)?.rules ?? [], policy.defaultVerdict)

/** -1 first, where the profile names it; else it goes the way of its neighbours. */
const skipped = (tree: Tree, policy: Policy, architecture: ArchitecturePolicy, others: Node): Node =>
  callPolicy(architecture, SKIPPED)
    ? tree.test(NUMBER, 'JEQ', SKIPPED, skippedNode(tree, policy, architecture), others)
    : others

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

/** What each number of one architecture leads to, x32's without bit 30, and what it weighs. */
class Behaviours {
  /** Numbers from here on are beyond every known call. */
  readonly end: number
  /** What those lead to: ENOSYS, or the default. */
  readonly beyond: Node
  readonly #nodes: ReadonlyMap<number, Node>
  readonly #fallback: Node
  readonly #weights: NumberWeights

  constructor(
    tree: Tree,
    policy: Policy,
    architecture: ArchitecturePolicy,
    recorded: readonly RecordedCall[],
  ) {
    const { arch, calls, above } = architecture
    const base = arch === 'x32' ? X32_BIT : 0
    const newest = above?.newest ?? Math.max(last(calls), base - 1)
    this.#fallback = tree.return(policy.defaultVerdict)
    this.#nodes = new Map(
      calls
        .filter(({ number }) => number !== SKIPPED)
        .map(({ number, rules }) => {
          const own = recorded.filter((call) => call.number === number - base)
          return [number - base, decide(tree, rules, policy.defaultVerdict, own)] as const
        }),
    )
    // The kernel's tables end some numbers above the last one a profile names.
    this.#weights = withRecorded(uniformWeights(last(calls) + 4, 1), recorded)
    this.end = newest - base + 1
    this.beyond = above ? tree.return(above.verdict) : this.#fallback
  }

  at(number: number): Node {
    return number >= this.end ? this.beyond : (this.#nodes.get(number) ?? this.#fallback)
  }

  /** The tree over all numbers, with `top` for those beyond. */
  dispatch(tree: Tree, top: Node): Node {
    return hotFirst(tree, this.#segments(top), this.#weights.hot)
  }

  #segments(top: Node): Segment[] {
    const segments: Segment[] = []
    const add = (low: number, high: number, node: Node): void => {
      if (low > high) return
      const last = segments.at(-1)
      const refused = node.kind === 'return' && actionOf(node.verdict) !== 'ALLOW'
      const weight = this.#weights.weightOf(low, high) * (refused ? REFUSED : 1)
      if (last?.node === node) segments[segments.length - 1] = { ...last, high, weight: last.weight + weight }
      else segments.push({ low, high, node, weight })
    }
    let next = 0
    for (const [number, node] of this.#nodes) {
      if (number >= this.end) break
      add(next, number - 1, this.#fallback)
      add(number, number, node)
      next = number + 1
    }
    add(next, this.end - 1, this.#fallback)
    add(this.end, 0xffffffff, top)
    return segments
  }
}
