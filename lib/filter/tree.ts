import type { Word } from '../bpf/data.ts'
import type { Verdict } from '../bpf/verdict.ts'

/**
 * The decision graph between policy and program: tests on words, with returns at the ends. Loads don't appear; the
 * step after (lower.ts) adds one wherever the accumulator holds something else.
 *
 * Nodes are made once each (hash-consing), so equal subtrees are one object, across calls and architectures.
 */
export type Node = Return | Test | Rebase

/** The end: what the call gets. */
export interface Return {
  readonly kind: 'return'
  readonly id: number
  readonly verdict: Verdict
}

/** `(word & mask) <comparison> k`, unsigned. Only JEQ takes a mask other than all ones. */
export interface Test {
  readonly kind: 'test'
  readonly id: number
  readonly word: Word
  readonly mask: number
  readonly comparison: Comparison
  readonly k: number
  readonly yes: Node
  readonly no: Node
}

/** Clear bits of `word`, and let everything below take the result for the word itself. */
export interface Rebase {
  readonly kind: 'rebase'
  readonly id: number
  readonly word: Word
  readonly mask: number
  readonly next: Node
}

export type Comparison = 'JEQ' | 'JGT' | 'JGE' | 'JSET'

const ALL = 0xffffffff

/** Makes nodes; two calls with the same parts give the same object. */
export class Tree {
  /** Tests of arguments that some call leads to already: to lead to them once more costs nothing. */
  readonly used: Set<Node> = new Set()
  readonly #known = new Map<string, Node>()
  /** By verdict, for most calls lead to one at once. */
  readonly #returns = new Map<Verdict, Return>()

  return(verdict: Verdict): Return {
    let known = this.#returns.get(verdict)
    if (!known) {
      known = this.#make(`r${verdict}`, (id) => ({ kind: 'return', id, verdict }))
      this.#returns.set(verdict, known)
    }
    return known
  }

  /** A test whose two ends are one needs no test. */
  test(word: Word, comparison: Comparison, k: number, yes: Node, no: Node, mask: number = ALL): Node {
    if (yes === no) return yes
    const key = `${word} ${comparison} ${k} ${mask} ${yes.id} ${no.id}`
    return this.#make(key, (id) => ({ kind: 'test', id, word, mask, comparison, k, yes, no }))
  }

  rebase(word: Word, mask: number, next: Node): Rebase {
    return this.#make(`m${word} ${mask} ${next.id}`, (id) => ({ kind: 'rebase', id, word, mask, next }))
  }

  #make<T extends Node>(key: string, make: (id: number) => T): T {
    const known = this.#known.get(key)
    if (known) return known as T
    const node = make(this.#known.size)
    this.#known.set(key, node)
    return node
  }
}
