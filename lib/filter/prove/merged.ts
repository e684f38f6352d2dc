import type { ByteOrder } from '../../bpf/data.ts'
import { isReturn, op, type Program } from '../../bpf/instruction.ts'
import { strictest, type Verdict } from '../../bpf/verdict.ts'
import { advance, type Path, type State, Undecided, type Value } from './execute.ts'
import type { Region } from './region.ts'
import { hull } from './word-set.ts'

/** An end of a stack of programs: every call of `start` that gets there is in its region, and perhaps some that don't. */
export type End = Path

/** How many ways may meet, and how many where no others are left, before they go on as one. */
export interface MergeLimits {
  readonly most: number
  readonly few: number
}

/**
 * Where the calls of a region can end, in a time that grows with the programs and not with their ways: where more than
 * `most` ways meet, or all there are and more than `few`, they go on as one, which holds all their calls and may hold
 * more. So no call ends anywhere else. Undefined where the engine can't follow.
 */
export const mergedEnds = (
  programs: readonly Program[],
  order: ByteOrder,
  start: Region,
  limits: MergeLimits,
): readonly End[] | undefined => {
  let ends: readonly End[] | undefined
  for (const program of programs) {
    const before: readonly (End | undefined)[] = ends ? fewer(ends, limits.most) : [undefined]
    const after: End[] = []
    for (const end of before) {
      const found = endsOf(program, order, end?.region ?? start, limits)
      if (!found) return undefined
      for (const { region, verdict } of found)
        after.push({ region, verdict: end ? strictest([end.verdict, verdict]) : verdict })
    }
    ends = after
  }
  return ends
}

const endsOf = (
  program: Program,
  order: ByteOrder,
  start: Region,
  { most, few }: MergeLimits,
): End[] | undefined => {
  const zero: Value = { kind: 'number', value: 0 }
  const waiting = new Map<number, State[]>([[0, [{ pc: 0, a: zero, x: zero, memory: [], region: start }]]])
  const ends: End[] = []
  const next: State[] = []
  const isEnd = endingsOf(program)
  // Jumps only go forward: when an instruction's turn comes, all ways to it are known.
  for (let pc = 0; pc < program.length; pc++) {
    const here = waiting.get(pc)
    if (!here) continue
    waiting.delete(pc)
    const doAllMeet = here.length > few && [...waiting.keys()].every((each) => isEnd[each])
    const isMerged = !isEnd[pc] && (doAllMeet || here.length > most)
    for (const state of isMerged ? [mergeStates(here)] : here) {
      try {
        const end = advance(state, program[pc]!, order, next)
        if (end) ends.push(end)
      } catch (error) {
        if (error instanceof Undecided) return undefined
        throw error
      }
      for (const each of next.splice(0)) {
        const others = waiting.get(each.pc)
        if (others) others.push(each)
        else waiting.set(each.pc, [each])
      }
    }
  }
  return ends
}

/** Returns, and jumps to them: there is nothing to save where ways meet in them. */
const endingsOf = (program: Program): boolean[] => {
  const isEnd: boolean[] = new Array(program.length)
  for (let pc = program.length - 1; pc >= 0; pc--) {
    const { code, k } = program[pc]!
    isEnd[pc] = isReturn(code) || (code === op.JA && isEnd[pc + 1 + k]!)
  }
  return isEnd
}

/** The ends of one program as the starts of the next: no more than `most` for each verdict. */
const fewer = (ends: readonly End[], most: number): End[] => {
  const byVerdict = new Map<Verdict, Region[]>()
  for (const { region, verdict } of ends) {
    const known = byVerdict.get(verdict)
    if (known) known.push(region)
    else byVerdict.set(verdict, [region])
  }
  return [...byVerdict].flatMap(([verdict, regions]) =>
    (regions.length > most ? [mergeRegions(regions)] : regions).map((region) => ({ region, verdict })),
  )
}

const mergeStates = (states: readonly State[]): State => {
  const { pc, memory } = states[0]!
  const value = (of: (state: State) => Value | undefined): Value => {
    const first = of(states[0]!)
    return first && states.every((each) => isSame(of(each), first)) ? first : DEPENDS
  }
  return {
    pc,
    a: value((each) => each.a),
    x: value((each) => each.x),
    memory: memory.map((_, k) => value((each) => each.memory[k])),
    region: mergeRegions(states.map(({ region }) => region)),
  }
}

const DEPENDS: Value = { kind: 'unknown', reason: 'depends on the way here' }

const isSame = (one: Value | undefined, other: Value): boolean => {
  if (one === other) return true
  if (one?.kind === 'number' && other.kind === 'number') return one.value === other.value
  return one?.kind === 'word' && other.kind === 'word' && one.word === other.word && one.mask === other.mask
}

const mergeRegions = (regions: readonly Region[]): Region =>
  regions[0]!.map((set, word) => regions.reduce((merged, each) => hull(merged, each[word]!), set))
