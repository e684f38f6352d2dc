import { NUMBER } from '../bpf/data.ts'
import { actionOf } from '../bpf/verdict.ts'
import { callPolicy, SKIPPED } from '../policy/evaluate.ts'
import type { ArchitecturePolicy, CallPolicy, Policy } from '../policy/policy.ts'
import { X32_BIT } from '../syscalls/architectures.ts'
import { type NumberWeights, REFUSED, uniformWeights } from './cost.ts'
import { decide } from './decide.ts'
import type { Segment } from './dispatch.ts'
import { hotFirst } from './hot-first.ts'
import type { Node, Tree } from './tree.ts'
import { type RecordedCall, withRecorded } from './weights.ts'

/** What each number of one architecture leads to, x32's without bit 30, and what it weighs. */
export class Behaviours {
  readonly architecture: ArchitecturePolicy
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
    this.architecture = architecture
    const base = arch === 'x32' ? X32_BIT : 0
    const newest = above?.newest ?? Math.max(last(calls), base - 1)
    this.#fallback = tree.return(policy.defaultVerdict)
    this.#nodes = new Map(
      calls
        .filter(({ number }) => number !== SKIPPED)
        .map(({ number, rules }) => {
          const own = recorded.length ? recorded.filter((call) => call.number === number - base) : recorded
          return [number - base, decide(tree, rules, policy.defaultVerdict, own)] as const
        }),
    )
    // The kernel's tables end some numbers above the last one a profile names.
    this.#weights = withRecorded(uniformWeights(last(calls) - base + 4, 1), recorded)
    this.end = newest - base + 1
    this.beyond = above ? tree.return(above.verdict) : this.#fallback
  }

  /** The tree over all numbers, with `top` for those beyond; its ranges may go on in the trees that are lent. */
  dispatch(tree: Tree, top: Node, lent: readonly Node[]): Node {
    return hotFirst(tree, this.segments(top), this.#weights.hot, lent)
  }

  /** All numbers, as ranges of one behaviour. */
  segments(top: Node): Segment[] {
    const segments: Segment[] = []
    let low = 0
    let end: Node | undefined
    const close = (high: number): void => {
      if (!end || low > high) return
      const refused = end.kind === 'return' && actionOf(end.verdict) !== 'ALLOW'
      segments.push({
        low,
        high,
        node: end,
        weight: this.#weights.weightOf(low, high) * (refused ? REFUSED : 1),
      })
    }
    const add = (from: number, to: number, node: Node): void => {
      if (from > to || node === end) return
      close(from - 1)
      low = from
      end = node
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
    close(0xffffffff)
    return segments
  }
}

/** The highest number with rules, -1 aside; -1 when there is none. */
const last = (calls: readonly CallPolicy[]): number =>
  calls.findLast(({ number }) => number !== SKIPPED)?.number ?? -1

/** What -1 leads to: its own rules where the profile names it, which only a number can. */
export const skippedNode = (tree: Tree, policy: Policy, architecture: ArchitecturePolicy): Node =>
  decide(tree, callPolicy(architecture, SKIPPED)?.rules ?? [], policy.defaultVerdict)

/** -1 first, where the profile names it; else it goes the way of its neighbours. */
export const skipped = (tree: Tree, policy: Policy, architecture: ArchitecturePolicy, others: Node): Node =>
  callPolicy(architecture, SKIPPED)
    ? tree.test(NUMBER, 'JEQ', SKIPPED, skippedNode(tree, policy, architecture), others)
    : others
