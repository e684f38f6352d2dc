import type { Call } from '../bpf/data.ts'
import { type ArchitectureName, architectures } from '../syscalls/architectures.ts'
import { argumentNames } from '../syscalls/arguments.ts'
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
 * A call as C would write it, arguments by the kernel's names: `socket(family=40, type=0, protocol=0)`; `500(0, …)`
 * for a number that no call has. Arguments that the call doesn't read are left out where they are 0.
 */
export const formatCall = (call: Call): string => {
  const { arch, name } = nameCall(call)
  const names = name && arch ? argumentNames(name, arch) : []
  const last = call.args.findLastIndex((value) => value !== 0n)
  const shown = call.args.slice(0, Math.max(names.length, last + 1))
  const args = shown.map((value, index) => {
    const text = value < 0x10000n ? `${value}` : hex(value)
    return names[index] ? `${names[index]}=${text}` : text
  })
  return `${name ?? `#${call.nr}`}(${args.join(', ')})`
}
