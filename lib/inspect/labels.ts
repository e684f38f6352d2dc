import { argumentWord, type ByteOrder, wordAt } from '../bpf/data.ts'
import { isConditionalJump, op, type Program } from '../bpf/instruction.ts'
import { formatVerdict } from '../policy/format.ts'
import { type ArchitectureName, architectures } from '../syscalls/architectures.ts'
import { type Known, settledCall } from './flow.ts'
import { isExact } from './operand.ts'

/** The instructions that an instruction may jump to, taken first. */
export const targetsOf = ({ code, jt, jf, k }: Program[number], index: number): readonly number[] => {
  if (code === op.JA) return [index + 1 + k]
  return isConditionalJump(code) ? [index + 1 + jt, index + 1 + jf] : []
}

/**
 * Names for the places that jumps lead to and that say something: what a return answers (`errno_eperm`), the call whose
 * arguments are looked at (`socket`), the architecture whose numbers are (`x86_64`). Each name stands for one place.
 */
export const labelsOf = (
  program: Program,
  known: readonly (Known | undefined)[],
  order: ByteOrder,
  arch: ArchitectureName | undefined,
): ReadonlyMap<number, string> => {
  const labels = new Map<number, string>()
  const uses = new Map<string, number>()
  const targets = new Set(program.flatMap(targetsOf))
  const archOf = architecturesOf(program, known)
  for (const index of [...targets].sort((a, b) => a - b)) {
    const name = archOf.get(index) ?? nameFor(program[index]!, known[index], order, arch)
    if (name === undefined) continue
    const use = (uses.get(name) ?? 0) + 1
    uses.set(name, use)
    labels.set(index, use === 1 ? name : `${name}.${use}`)
  }
  return labels
}

/** Where the path of an architecture begins. */
const architecturesOf = (program: Program, known: readonly (Known | undefined)[]): Map<number, string> =>
  new Map(
    program.flatMap((instruction, index): [number, string][] => {
      const a = known[index]?.a
      if (instruction.code !== op.JEQ_K || a?.word !== 1 || a.mask !== 0xffffffff) return []
      const name = architectures.find(({ audit }) => audit === instruction.k)?.name
      const [target] = targetsOf(instruction, index)
      const isEnd = program[target!]!.code === op.RET_K
      return name && !isEnd ? [[target!, name]] : []
    }),
  )

const nameFor = (
  { code, k }: Program[number],
  known: Known | undefined,
  order: ByteOrder,
  arch: ArchitectureName | undefined,
): string | undefined => {
  if (code === op.RET_K && isExact(k))
    return formatVerdict(k, arch).toLowerCase().replace('(', '_').replace(')', '')
  if (code !== op.LD_ABS || !known || wordAt(k, order) < argumentWord(0, 'low')) return undefined
  return settledCall(known)?.text.replace(' ', '_')
}
