import type { Call } from '../bpf/data.ts'
import { type ArchitectureName, architectures } from '../syscalls/architectures.ts'
import { argumentNames } from '../syscalls/arguments.ts'
import { formatArgument } from '../syscalls/constants.ts'
import { callNamed } from './flow.ts'
import { hex } from './words.ts'

/** The architecture and name of a call, where they are known. */
export const nameCall = ({
  arch,
  nr,
}: Pick<Call, 'arch' | 'nr'>): { arch: ArchitectureName | undefined; name: string | undefined } => {
  const named = callNamed(arch, nr, 0xffffffff)
  return { arch: named?.arch ?? architectures.find(({ audit }) => audit === arch)?.name, name: named?.name }
}

/**
 * A call with its arguments by name: `socket(family=AF_VSOCK (40), type=0, protocol=0)`; `#500(0x1)` for a number that
 * no call has. Beyond the arguments that the call reads, those up to the last that isn't 0.
 */
export const formatCall = (call: Call): string => {
  const { arch, name } = nameCall(call)
  const names = name && arch ? argumentNames(name, arch) : []
  const last = call.args.findLastIndex((value) => value !== 0n)
  const args = call.args.slice(0, Math.max(names.length, last + 1)).map((value, index) => {
    const text = name && arch ? formatArgument(name, index, value, arch) : hex(value)
    return names[index] ? `${names[index]}=${text}` : text
  })
  return `${name ?? `#${call.nr}`}(${args.join(', ')})`
}
