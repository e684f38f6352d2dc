/**
 * The canary build: a filter whose every verdict, "allow" included, is an errno of its own. Loaded in place of the
 * filter it is made from, it tells for any call which verdict that one has for it, and no call is ever made.
 */
import { op, type Program } from '../bpf/instruction.ts'
import { type Verdict, verdict } from '../bpf/verdict.ts'
import { SeccompError } from '../errors.ts'
import { requireList } from '../given.ts'

/** Errno that no kernel answers with (those end at 531, include/linux/errno.h), up to the largest a filter may (MAX_ERRNO). */
const FIRST = 1024
const LAST = 4095

/** What {@link canaryOf} makes: a filter that lets no call happen, and what each of its answers stands for. */
export interface Canary {
  /** The same instructions, with other constants in their returns: the same paths for every call. */
  readonly instructions: Program
  /** The verdict that an errno stands for, undefined for one that stands for none. */
  verdictOf(errno: number): Verdict | undefined
}

/**
 * The canary of a program: each distinct verdict becomes an errno of its own, from 1024 to 4095. Jumps, loads and
 * comparisons stay as they are, so that what was proved of the program, or is to be found out about it, holds.
 * @throws SeccompError ERR_FILTER_INVALID for a program that returns what it computed, and ERR_FILTER_TOO_LARGE for one
 * with more than 3072 verdicts.
 * @example canaryOf(compile('docker-default').instructions).verdictOf(1024)
 */
export const canaryOf = (program: Program): Canary => {
  requireList('canaryOf takes a list of instructions', program)
  const verdicts: Verdict[] = []
  const places = new Map<Verdict, number>()
  const errnoOf = (value: Verdict): number => {
    const place = places.get(value) ?? verdicts.push(value) - 1
    places.set(value, place)
    return FIRST + place
  }
  const instructions = program.map((instruction) => {
    if (instruction.code === op.RET_A)
      throw new SeccompError(
        'ERR_FILTER_INVALID',
        'the filter returns a value that it computed (RET A), so its verdicts are not known in advance; no compiler ' +
          'of profiles writes that, and it has no canary',
      )
    return instruction.code === op.RET_K
      ? { ...instruction, k: verdict('ERRNO', errnoOf(instruction.k)) }
      : instruction
  })
  if (verdicts.length > LAST - FIRST + 1)
    throw new SeccompError(
      'ERR_FILTER_TOO_LARGE',
      `the filter has ${verdicts.length} verdicts, and a canary can tell ${LAST - FIRST + 1} apart`,
    )
  return { instructions, verdictOf: (errno) => verdicts[errno - FIRST] }
}
