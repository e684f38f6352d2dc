import { checkProgram } from '../../bpf/check.ts'
import type { ByteOrder, Call } from '../../bpf/data.ts'
import type { Program } from '../../bpf/instruction.ts'
import { run } from '../../bpf/interpreter.ts'
import { effect, strictest, type Verdict } from '../../bpf/verdict.ts'
import { requireList, requireObject } from '../../given.ts'
import { evaluate } from '../../policy/evaluate.ts'
import type { CallPolicy, Policy } from '../../policy/policy.ts'
import { architecture } from '../../syscalls/architectures.ts'
import { MANY } from './candidates.ts'
import { executeStack, type GiveUp, type Path, type State, Undecided } from './execute.ts'
import { Joins } from './joins.ts'
import { Meaning } from './meaning.ts'
import { everyCall, witness } from './region.ts'
import { RuleByRule } from './rule-by-rule.ts'

/** What came of comparing a filter with a policy, for every possible call. */
export type Proof =
  | {
      readonly result: 'proved'
      /** Ways through the program that were walked to their end. */
      readonly paths: number
      /** Sets of calls on which program and policy each have one verdict, all compared. */
      readonly cells: number
      readonly milliseconds: number
    }
  | {
      readonly result: 'differs'
      /** A call on which they disagree. */
      readonly call: Call
      readonly filter: Verdict
      readonly policy: Verdict
    }
  | {
      readonly result: 'undecided'
      readonly reason: string
      /** Where: which program of the stack, and which of its instructions; absent when it is no one's in particular. */
      readonly program?: number
      readonly instruction?: number
    }

/** How far to go. */
export interface ProveOptions {
  /**
   * Most cells to compare before the answer is `undecided`; default 4 million, about half a minute. Programs
   * whose paths part and meet again many times over have exponentially many.
   */
  readonly limit?: number
}

/**
 * Decide whether a filter gives every call the policy's verdict: every architecture word, number, instruction pointer
 * and six 64-bit arguments. Exact: the program is executed symbolically along each of its paths, and the calls that
 * take a path are cut by the policy's own conditions until both sides have one verdict to compare. Every cut is by a
 * constant of program or policy, so it ends.
 *
 * Verdicts count as the kernel reads them (data matters for ERRNO, TRAP and TRACE only). A program that computes with
 * a call's words in ways this engine can't follow is `undecided`, never guessed; unless some call is found that shows
 * it different.
 * @example prove(decode(bytes, 'little'), policy).result
 */
export const prove = (program: Program, policy: Policy, options?: ProveOptions): Proof =>
  proveStack([program], policy, options)

/**
 * {@link prove} for filters that stack, in the order they are installed: the kernel runs all and takes the strictest
 * verdict.
 * @throws SeccompError ERR_USAGE for what is no list of programs, or no policy
 * @example proveStack(stack.map(({ instructions }) => instructions), policy).result // 'proved'
 */
export const proveStack = (
  programs: readonly Program[],
  policy: Policy,
  { limit = 4_000_000 }: ProveOptions = {},
): Proof => {
  requireList('proveStack takes a list of programs', programs)
  for (const [index, program] of programs.entries()) {
    const refusal = checkProgram(program)
    if (!refusal) continue
    const reason = `the kernel refuses it: ${refusal.reason}`
    return { result: 'undecided', reason, program: index, instruction: refusal.index }
  }
  requireObject('a program is held against a policy, such as filter.policy', policy, 'architectures')
  const started = now()
  const { endian } = architecture(policy.target.arch)
  const meaning = new Meaning(policy)
  let paths = 0
  let cells = 0
  let doubt: Undecided | undefined
  let difference: Path | undefined
  const isEnough = (cell: Path, filter: Verdict): boolean => {
    cells++
    if (effect(cell.verdict) !== effect(filter)) difference = cell
    return difference !== undefined || cells > (doubt ? Math.min(limit, MOST_DOUBTFUL) : limit)
  }
  // What can't be followed can still be run: one call of each cell, which may show a difference but proves nothing.
  const giveUp: GiveUp = (undecided, region) => {
    doubt ??= undecided
    for (const cell of meaning.cells(region))
      if (isEnough(cell, verdictOf(programs, witness(cell.region), endian))) throw undecided
  }
  const hasMany = policy.architectures.some(({ calls }) => calls.some(hasManyRules))
  // Of a stack, what later programs do matters too.
  const joins = hasMany && programs.length === 1 ? new Joins(programs[0]!, endian, meaning) : undefined
  const byRule = hasMany ? new RuleByRule(programs, endian, meaning, policy.defaultVerdict) : undefined
  const isKnown = byRule && ((state: State): boolean => byRule.isShown(state) || !!joins?.isKnown(state))
  const search = (): void => {
    for (const path of executeStack(programs, endian, everyCall, giveUp, isKnown)) {
      paths++
      for (const cell of meaning.cellsBeside(path.region, path.verdict))
        if (isEnough(cell, path.verdict)) return
    }
  }
  try {
    search()
  } catch (error) {
    if (!(error instanceof Undecided)) throw error
  }
  if (difference) return disagreement(programs, policy, difference)
  if (doubt) {
    const { message: reason, program, instruction } = doubt
    return { result: 'undecided', reason, instruction, ...(program !== undefined && { program }) }
  }
  if (cells > limit) return { result: 'undecided', reason: `more than ${limit} cells to compare` }
  return { result: 'proved', paths, cells: cells + (byRule?.cells ?? 0), milliseconds: now() - started }
}

const hasManyRules = ({ rules }: CallPolicy): boolean => rules.length >= MANY

/** How far to look for a difference in a program that can't be followed everywhere: about a second. */
const MOST_DOUBTFUL = 100_000

const verdictOf = (programs: readonly Program[], call: Call, order: ByteOrder): Verdict =>
  strictest(programs.map((program) => run(program, call, order).verdict))

const disagreement = (programs: readonly Program[], policy: Policy, cell: Path): Proof => {
  const call = witness(cell.region)
  const { endian } = architecture(policy.target.arch)
  const proof = {
    result: 'differs',
    call,
    filter: verdictOf(programs, call, endian),
    policy: evaluate(policy, call),
  } as const
  // The engine's answer is checked by the two it speaks for.
  if (effect(proof.filter) === effect(proof.policy))
    throw new Error(`the prover's counter-example is none: ${JSON.stringify(call.nr)}`)
  return proof
}

/** Milliseconds from a clock that every engine has, though the language doesn't promise it. */
const now = (): number => (globalThis as { performance?: { now(): number } }).performance?.now() ?? Date.now()
