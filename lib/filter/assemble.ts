import { type ByteOrder, offsetOf } from '../bpf/data.ts'
import { type Instruction, op, type Program } from '../bpf/instruction.ts'
import type { Step } from './lower.ts'

/**
 * Steps → instructions, last one first (the idea of Chromium's bpf_dsl codegen). When a step is written, everything
 * it can go to is written already, so every distance is known: no labels, no second pass.
 *
 * A conditional jump reaches 255 instructions. Where the target lies further off, a copy of it (a return, a jump
 * whose own targets are in reach) or a plain jump is written first, and later jumps to the same target use that one.
 * Weakness: the order is depth first, not the best one; long programs pay a few more trampolines than they must.
 */
export const assemble = (root: Step, order: ByteOrder): Program => {
  const assembler = new Assembler(order)
  assembler.write(root)
  return assembler.program()
}

const REACH = 255
const jumps = { JEQ: op.JEQ_K, JGT: op.JGT_K, JGE: op.JGE_K, JSET: op.JSET_K } as const

class Assembler {
  readonly #order: ByteOrder
  /** Backwards: the last one runs first. */
  readonly #written: Instruction[] = []
  /** Where each step was last written, counted from the end of the program. */
  readonly #places = new Map<Step, number>()

  constructor(order: ByteOrder) {
    this.#order = order
  }

  program(): Program {
    return this.#written.toReversed()
  }

  /** Write a step and all it leads to, without recursion: programs can be 4096 steps deep. */
  write(root: Step): void {
    const stack: Step[] = [root]
    while (stack.length) {
      const step = stack.at(-1)!
      const waiting = targetsOf(step).filter((target) => !this.#places.has(target))
      if (waiting.length) stack.push(waiting[0]!)
      else {
        stack.pop()
        if (!this.#places.has(step)) this.#append(step)
      }
    }
  }

  #append(step: Step): void {
    switch (step.kind) {
      case 'return':
        this.#put(step, op.RET_K, step.verdict)
        break
      case 'load':
        this.#follow(step.next)
        this.#put(step, op.LD_ABS, offsetOf(step.word, this.#order))
        break
      case 'and':
        this.#follow(step.next)
        this.#put(step, op.AND_K, step.mask)
        break
      case 'jump':
        this.#appendJump(step)
    }
  }

  #appendJump(step: Step & { kind: 'jump' }): void {
    // A copy made for one target moves the other away by one: repeat until both are in reach.
    while (this.#distance(step.yes) > REACH || this.#distance(step.no) > REACH)
      this.#bringCloser(this.#distance(step.yes) > this.#distance(step.no) ? step.yes : step.no)
    this.#put(step, jumps[step.comparison], step.k, this.#distance(step.yes), this.#distance(step.no))
  }

  /** Instructions between the one written next and `target`. */
  #distance(target: Step): number {
    return this.#written.length - 1 - this.#places.get(target)!
  }

  /** The next instruction written falls through to `target`. */
  #follow(target: Step): void {
    if (this.#distance(target) !== 0) this.#bringCloser(target)
  }

  /** Write `target` again right here: itself where one instruction can say it, else a jump to it. */
  #bringCloser(target: Step): void {
    if (target.kind === 'return') this.#put(target, op.RET_K, target.verdict)
    else if (
      target.kind === 'jump' &&
      this.#distance(target.yes) <= REACH &&
      this.#distance(target.no) <= REACH
    )
      this.#put(
        target,
        jumps[target.comparison],
        target.k,
        this.#distance(target.yes),
        this.#distance(target.no),
      )
    else this.#put(target, op.JA, this.#distance(target))
  }

  #put(step: Step, code: number, k: number, jt = 0, jf = 0): void {
    this.#places.set(step, this.#written.push({ code, jt, jf, k }) - 1)
  }
}

/** In the order they are written: what is written last lies nearest. */
const targetsOf = (step: Step): readonly Step[] => {
  if (step.kind === 'return') return []
  return step.kind === 'jump' ? [step.no, step.yes] : [step.next]
}
