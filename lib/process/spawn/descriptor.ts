/** Descriptors that hand a filter to launchers, or an order to stage two: one for each, made at its first use and kept. */
import { closeSync } from 'node:fs'
import type { Filter } from '../../filter/compile.ts'
import { isMainThread } from '../../kernel/builtins.ts'
import { KernelError, nameOfResult } from '../../kernel/errors.ts'
import { checkProgramSize } from '../../kernel/install.ts'
import { inodeOf, sealedMemfd } from '../../kernel/memfd.ts'

interface Descriptor {
  readonly fd: number
  readonly inode: number
}

const descriptors = new WeakMap<object, Descriptor>()
const open = new Set<Descriptor>()

const isOurs = ({ fd, inode }: Descriptor): boolean => inodeOf(fd) === inode

const close = (descriptor: Descriptor): void => {
  if (open.delete(descriptor) && isOurs(descriptor)) closeSync(descriptor.fd)
}

const collected = new FinalizationRegistry<Descriptor>(close)

let closesAtExit = false

/** A worker's registry dies with it, and the process would keep the descriptors. */
const closeAtExit = (): void => {
  if (closesAtExit || isMainThread()) return
  closesAtExit = true
  process.once('exit', () => [...open].forEach(close))
}

/**
 * A descriptor of a sealed memfd with the filter's program, for `stdio` of a launcher. It stays open until the filter is
 * garbage: a launcher reads by offset, so that any number of them may share it.
 * @throws KernelError when the kernel has no descriptor or memory to give.
 */
export const filterDescriptor = (filter: Filter): number =>
  sharedDescriptor(filter, 'seccomp-filter', () => {
    const { bytes } = filter
    checkProgramSize(bytes)
    return bytes
  })

/** The same for whatever `owner` stands for: open until that is garbage. */
export const sharedDescriptor = (owner: object, name: string, content: () => Uint8Array): number => {
  const known = descriptors.get(owner)
  // A program that closes numbers that aren't its own would have the launcher read something else.
  if (known && isOurs(known)) return known.fd
  const fd = sealedMemfd(name, content())
  const descriptor = { fd, inode: inodeOf(fd) }
  if (descriptor.inode < 0) {
    closeSync(fd)
    throw new KernelError(
      'fstat',
      nameOfResult(descriptor.inode),
      "a filter's descriptor couldn't be known again; let fstat pass where a filter is in force already",
    )
  }
  descriptors.set(owner, descriptor)
  open.add(descriptor)
  closeAtExit()
  collected.register(owner, descriptor)
  return fd
}
