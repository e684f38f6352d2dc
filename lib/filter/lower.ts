import type { Word } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'
import type { Comparison, Node } from './tree.ts'

/**
 * The decision graph with its loads: what the accumulator holds is known at every point, and a load (or mask) stands
 * exactly where a test needs something else. Nodes are made once each, as in the tree.
 */
export type Step =
  | { readonly kind: 'return'; readonly id: number; readonly verdict: Verdict }
  | {
      readonly kind: 'jump'
      readonly id: number
      readonly comparison: Comparison
      readonly k: number
      readonly yes: Step
      readonly no: Step
    }
  | { readonly kind: 'load'; readonly id: number; readonly word: Word; readonly next: Step }
  | { readonly kind: 'and'; readonly id: number; readonly mask: number; readonly next: Step }

const ALL = 0xffffffff

/** The program's first step for a graph whose accumulator starts empty. */
export const lower = (root: Node): Step => new Lowering().lower(root)

/** How many steps there are from one on. */
export const countSteps = (first: Step): number => {
  const seen = new Set<Step>([first])
  for (const step of seen) {
    if (step.kind === 'return') continue
    for (const next of step.kind === 'jump' ? [step.yes, step.no] : [step.next]) seen.add(next)
  }
  return seen.size
}

/** A node where the accumulator holds a word under a mask (as a key), or nothing of use. */
interface Place {
  readonly node: Node
  readonly accumulator: string
}

const NOTHING = ''
const holding = (word: Word, mask: number): string => `${word}&${mask}`
// A return is the same whatever the accumulator holds.
const keyOf = ({ node, accumulator }: Place): string =>
  node.kind === 'return' ? `${node.id}` : `${node.id} ${accumulator}`

/** The places a node goes on to. */
const nextPlaces = (node: Node): readonly Place[] => {
  if (node.kind === 'return') return []
  if (node.kind === 'rebase') return [{ node: node.next, accumulator: holding(node.word, ALL) }]
  const accumulator = holding(node.word, node.mask)
  return [
    { node: node.yes, accumulator },
    { node: node.no, accumulator },
  ]
}

class Lowering {
  readonly #steps = new Map<string, Step>()
  readonly #lowered = new Map<string, Step>()

  /** Everything below a place comes first; without recursion, for a graph can be thousands of tests deep. */
  lower(root: Node): Step {
    const first = { node: root, accumulator: NOTHING }
    const stack: Place[] = [first]
    for (let place = stack.at(-1); place; place = stack.at(-1)) {
      const waiting = nextPlaces(place.node).find((each) => !this.#lowered.has(keyOf(each)))
      if (waiting) stack.push(waiting)
      else {
        stack.pop()
        this.#lowered.set(keyOf(place), this.#make(place))
      }
    }
    return this.#lowered.get(keyOf(first))!
  }

  #make({ node, accumulator }: Place): Step {
    if (node.kind === 'return')
      return this.#step(`return ${node.verdict}`, (id) => ({ kind: 'return', id, verdict: node.verdict }))
    const [yes, no] = nextPlaces(node).map((each) => this.#lowered.get(keyOf(each))!)
    if (node.kind === 'rebase') return this.#load(node.word, ALL, accumulator, this.#and(node.mask, yes!))
    const { comparison, k, word, mask } = node
    const jump = this.#step(`${comparison} ${k} ${yes!.id} ${no!.id}`, (id) => ({
      kind: 'jump',
      id,
      comparison,
      k,
      yes: yes!,
      no: no!,
    }))
    return this.#load(word, mask, accumulator, jump)
  }

  /** `next` with `word & mask` in the accumulator, and the load and mask that takes. */
  #load(word: Word, mask: number, accumulator: string, next: Step): Step {
    if (accumulator === holding(word, mask)) return next
    if (mask !== ALL) return this.#load(word, ALL, accumulator, this.#and(mask, next))
    return this.#step(`load ${word} ${next.id}`, (id) => ({ kind: 'load', id, word, next }))
  }

  #and(mask: number, next: Step): Step {
    return this.#step(`and ${mask} ${next.id}`, (id) => ({ kind: 'and', id, mask, next }))
  }

  #step(key: string, make: (id: number) => Step): Step {
    const known = this.#steps.get(key)
    if (known) return known
    const step = make(this.#steps.size)
    this.#steps.set(key, step)
    return step
  }
}
