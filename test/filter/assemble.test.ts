import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../../lib/bpf/check.ts'
import { callOf } from '../../lib/bpf/data.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { assemble } from '../../lib/filter/assemble.ts'
import type { Step } from '../../lib/filter/lower.ts'

let id = 0
const end = (verdict: number): Step => ({ kind: 'return', id: id++, verdict })
const load = (word: number, next: Step): Step => ({ kind: 'load', id: id++, word, next })
const and = (mask: number, next: Step): Step => ({ kind: 'and', id: id++, mask, next })
const jump = (comparison: 'JEQ' | 'JGE' | 'JGT' | 'JSET', k: number, yes: Step, no: Step): Step => ({
  kind: 'jump',
  id: id++,
  comparison,
  k,
  yes,
  no,
})

/** What a graph of steps answers, straight from the graph. */
const follow = (root: Step, words: readonly number[]): number => {
  let a = 0
  for (let step = root; ; ) {
    if (step.kind === 'return') return step.verdict
    if (step.kind === 'load') a = words[step.word]!
    if (step.kind === 'and') a = (a & step.mask) >>> 0
    if (step.kind !== 'jump') step = step.next
    else {
      const { comparison, k, yes, no } = step
      const taken = { JEQ: a === k, JGE: a >= k, JGT: a > k, JSET: (a & k) !== 0 }[comparison]
      step = taken ? yes : no
    }
  }
}

const answer = (root: Step, words: readonly number[]): number => {
  const program = assemble(root, 'little')
  expect(checkProgram(program)).toBeUndefined()
  return run(program, callOf(words), 'little').verdict
}

const call = (nr: number): number[] => [nr, 0xc000003e, ...new Array(14).fill(7)]

describe('the assembler', () => {
  test.each(Array.from({ length: 16 }, (_, i) => 246 + i))(
    'lands a jump over %i instructions, either way',
    (length) => {
      for (const far of ['yes', 'no'] as const) {
        // Different masks, so that no two steps are alike and none can be shared.
        let near: Step = end(2)
        for (let i = 0; i < length; i++) near = and(0xffff0000 + i, near)
        const distant = load(3, end(1))
        const root = load(0, far === 'yes' ? jump('JEQ', 5, distant, near) : jump('JEQ', 5, near, distant))
        expect([answer(root, call(5)), answer(root, call(6))]).toEqual(far === 'yes' ? [1, 2] : [2, 1])
      }
    },
  )

  test('keeps both sides in reach when bringing one closer pushes the other away', () => {
    for (let length = 250; length < 260; length++) {
      const a = load(3, end(1))
      const b = load(4, end(2))
      let middle: Step = end(3)
      for (let i = 0; i < length; i++) middle = and(0xffff0000 + i, middle)
      const root = load(0, jump('JEQ', 1, a, jump('JEQ', 2, b, jump('JEQ', 3, middle, jump('JGT', 9, a, b)))))
      for (const nr of [0, 1, 2, 3, 9, 10]) expect(answer(root, call(nr))).toBe(follow(root, call(nr)))
    }
  })

  test('means what the graph means, for random graphs of up to 1,500 steps', () => {
    const kinds = fc.record({
      kind: fc.nat(9),
      k: fc.nat(40),
      left: fc.nat(60),
      right: fc.oneof(fc.nat(60), fc.nat(1500)),
    })
    fc.assert(
      fc.property(
        fc.array(kinds, { minLength: 1, maxLength: 1500, size: 'max' }),
        fc.array(fc.nat(45), { minLength: 8, maxLength: 8 }),
        (parts, numbers) => {
          // Each step leads to some made before it: near ones mostly, now and then one far away.
          const made: Step[] = [end(1), end(2), end(3)]
          for (const { kind, k, left, right } of parts) {
            const back = (by: number): Step => made[Math.max(0, made.length - 1 - by)]!
            if (kind === 0) made.push(load(k % 2, back(left)))
            else if (kind === 1) made.push(and(k, back(left)))
            else
              made.push(jump((['JEQ', 'JGE', 'JGT', 'JSET'] as const)[kind % 4]!, k, back(left), back(right)))
          }
          const root = load(0, made.at(-1)!)
          const program = assemble(root, 'little')
          expect(checkProgram([...program].slice(0, 4096))).toBeUndefined()
          for (const nr of numbers)
            expect(run(program, callOf(call(nr)), 'little').verdict).toBe(follow(root, call(nr)))
        },
      ),
      { numRuns: 200 },
    )
  })
})
