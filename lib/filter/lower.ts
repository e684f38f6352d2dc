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
export const lower = (root: Node): Step => new Lowering().lower(root, EMPTY)

/** What the accumulator holds: a word under a mask, as a key; the empty key at the start. */
const EMPTY = ''
const holding = (word: Word, mask: number): string => `${word}&${mask}`

class Lowering {
  readonly #steps = new Map<string, Step>()
  readonly #lowered = new Map<string, Step>()

  lower(node: Node, accumulator: string): Step {
    // A return is the same whatever the accumulator holds.
    const key = node.kind === 'return' ? `${node.id}` : `${node.id} ${accumulator}`
    const known = this.#lowered.get(key)
    if (known) return known
    const step = this.#make(node, accumulator)
    this.#lowered.set(key, step)
    return step
  }

  #make(node: Node, accumulator: string): Step {
    switch (node.kind) {
      case 'return':
        return this.#step(`return ${node.verdict}`, (id) => ({ kind: 'return', id, verdict: node.verdict }))
      case 'test':
        return this.#with(node.word, node.mask, accumulator, (held) => {
          const yes = this.lower(node.yes, held)
          const no = this.lower(node.no, held)
          const { comparison, k } = node
          return this.#step(`${comparison} ${k} ${yes.id} ${no.id}`, (id) => ({
            kind: 'jump',
            id,
            comparison,
            k,
            yes,
            no,
          }))
        })
      case 'rebase':
        return this.#with(node.word, ALL, accumulator, (held) =>
          this.#and(node.mask, this.lower(node.next, held)),
        )
    }
  }

  /** `body` where the accumulator holds `word & mask`, with the load and mask that takes. */
  #with(word: Word, mask: number, accumulator: string, body: (held: string) => Step): Step {
    const wanted = holding(word, mask)
    if (accumulator === wanted) return body(wanted)
    if (mask !== ALL) return this.#with(word, ALL, accumulator, () => this.#and(mask, body(wanted)))
    const next = body(wanted)
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
