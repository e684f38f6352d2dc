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
