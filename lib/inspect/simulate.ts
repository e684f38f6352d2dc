import { checkProgram } from '../bpf/check.ts'
import type { ByteOrder, Call } from '../bpf/data.ts'
import type { Program } from '../bpf/instruction.ts'
import { type Run, run } from '../bpf/interpreter.ts'
import { SeccompError } from '../errors.ts'
import type { Filter } from '../filter/compile.ts'
import { requireObject } from '../given.ts'
import { architecture, architectures } from '../syscalls/architectures.ts'

/**
 * What a filter answers to one call, and the instructions that run.
 * @param filter a compiled filter, or a program from anywhere
 * @param order for a program, which half of a 64-bit word an offset names; default: as on the call's architecture
 * @returns `verdict` (u32, see `formatVerdict`) and `path`, the indexes of the instructions in order
 * @throws SeccompError ERR_FILTER_INVALID for a program that the kernel would refuse.
 * @example formatVerdict(simulate(filter, parseCall('socket', ['40'], 'x86_64')).verdict) // 'ERRNO(EPERM)'
 */
export const simulate = (filter: Filter | Program, call: Call, order?: ByteOrder): Run => {
  requireObject('simulate takes a filter or a list of instructions', filter)
  requireObject('simulate takes a call, such as parseCall() gives', call, 'args')
  if ('policy' in filter)
    return run(filter.instructions, call, order ?? architecture(filter.policy.target.arch).endian)
  const refusal = checkProgram(filter)
  if (refusal)
    throw new SeccompError(
      'ERR_FILTER_INVALID',
      `the kernel would refuse this program at instruction ${refusal.index}: ${refusal.reason}`,
    )
  return run(filter, call, order ?? byteOrderOf(call))
}

const byteOrderOf = (call: Call): ByteOrder =>
  architectures.find(({ audit }) => audit === call.arch)?.endian ?? 'little'
