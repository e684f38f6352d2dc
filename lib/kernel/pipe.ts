import { binding } from './binding.ts'
import { KernelError, nameOfResult } from './errors.ts'

export interface Pipe {
  readonly read: number
  readonly write: number
}

/**
 * A pipe whose ends close when a program is executed. The caller closes both.
 * @throws KernelError when the kernel has no descriptors to give.
 * @see pipe2(2)
 */
export const makePipe = (): Pipe => {
  const result = binding().pipe()
  if (typeof result !== 'number') return { read: result[0], write: result[1] }
  throw new KernelError(
    'pipe2',
    nameOfResult(result),
    'no pipe could be made; EMFILE and ENFILE mean too many open descriptors',
  )
}

/**
 * What a program wrote to a pipe before it had it closed, at most 64 bytes: waits for either, and closes both ends. All in
 * one call, for after a fork whatever touches memory anew takes microseconds.
 * @returns undefined for nothing.
 * @throws KernelError when the pipe can't be read.
 */
export const endOfPipe = ({ read, write }: Pipe): Uint8Array | undefined => {
  const result = binding().endOfPipe(read, write)
  if (typeof result !== 'number') return result
  if (result === 0) return undefined
  throw new KernelError('read', nameOfResult(result), "a program's pipe can't be read")
}
