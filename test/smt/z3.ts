import type { ByteOrder, Call } from '../../lib/bpf/data.ts'
import { declarations, effectDefinition } from './terms.ts'

/** Z3, an SMT solver of others' making, asked whether two terms over a call's words can differ in effect. */
export interface Solver {
  /**
   * A call for which the two terms have different effects; undefined when there is none.
   * @param definitions SMT-LIB text that defines the two names
   */
  difference(definitions: string, one: string, other: string, order: ByteOrder): Promise<Call | undefined>
}

/** The solver, or why it can't be had. Throws where CI is set: there it must. */
export const openSolver = async (): Promise<Solver | { readonly missing: string }> => {
  let z3: typeof import('z3-solver')
  try {
    z3 = await import('z3-solver')
  } catch (error) {
    const missing = `z3-solver isn't installed (npm install): ${error instanceof Error ? error.message : error}`
    if (process.env['CI']) throw new Error(missing, { cause: error })
    return { missing }
  }
  const { Z3 } = await z3.init()
  const config = Z3.mk_config()
  const context = Z3.mk_context(config)
  Z3.del_config(config)
  const logic = Z3.mk_string_symbol(context, 'QF_BV')
  return {
    difference: async (definitions, one, other, order) => {
      const solver = Z3.mk_solver_for_logic(context, logic)
      Z3.solver_inc_ref(context, solver)
      try {
        // Parsed in this thread: z3-solver's asynchronous calls that take text free it before their thread reads it.
        Z3.solver_from_string(
          context,
          solver,
          `${declarations}\n${effectDefinition}\n${definitions}\n(assert (not (= (effect ${one}) (effect ${other}))))`,
        )
        const error = Z3.get_error_code(context)
        if (error !== 0) throw new Error(`z3 can't read the formula: ${Z3.get_error_msg(context, error)}`)
        const answer = await Z3.solver_check(context, solver)
        if (answer === z3.Z3_lbool.Z3_L_FALSE) return undefined
        if (answer !== z3.Z3_lbool.Z3_L_TRUE)
          throw new Error(`z3 doesn't know: ${Z3.solver_get_reason_unknown(context, solver)}`)
        return readCall(Z3.model_to_string(context, Z3.solver_get_model(context, solver)), order)
      } finally {
        Z3.solver_dec_ref(context, solver)
      }
    },
  }
}

/** `data0 -> #x0000003b`, a line each, as the call it describes; those it doesn't list may be anything. */
const readCall = (model: string, order: ByteOrder): Call => {
  const words = new Map<number, bigint>()
  for (const [, offset, value] of model.matchAll(/^data(\d+) -> #x([\da-f]{8})$/gm))
    words.set(Number(offset), BigInt(`0x${value}`))
  const word = (offset: number): bigint => words.get(offset) ?? 0n
  const pair = (offset: number): bigint => {
    const [low, high] = order === 'little' ? [offset, offset + 4] : [offset + 4, offset]
    return (word(high) << 32n) | word(low)
  }
  return {
    nr: Number(word(0)),
    arch: Number(word(4)),
    instructionPointer: pair(8),
    args: [16, 24, 32, 40, 48, 56].map(pair),
  }
}
