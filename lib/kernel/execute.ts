/** Becoming another program. */
import { SeccompError } from '../errors.ts'
import { binding } from './binding.ts'
import { KernelError, nameOfResult } from './errors.ts'

export interface Execution {
  readonly file: string
  /** The whole argument list, the program's name for itself first. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Descriptors that the program gets, beside the standard three. Node has all of its own close. */
  readonly inherited: readonly number[]
}

/**
 * Executes a program in this process's place: its id, its parent, its descriptors. Nothing of this process runs any more,
 * no 'exit' event either.
 * @throws KernelError when the kernel refuses, and this process goes on; SeccompError ERR_USAGE for a zero byte in a
 * string.
 * @see execve(2)
 */
export const execute = ({ file, args, env, inherited }: Execution): never => {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${value}`,
  )
  const block = blockOf(file, args, variables)
  const descriptors = [0, 1, 2, ...inherited]
  for (const descriptor of descriptors) binding().setCloseOnExec(descriptor, false)
  const result = binding().execute(block)
  for (const descriptor of descriptors) binding().setCloseOnExec(descriptor, true)
  throw new KernelError(
    'execve',
    result < 0 ? nameOfResult(result) : 'EPERM',
    `${file} can't be executed in this process's place, which goes on as it was`,
  )
}

const WORD = 8

/** As native/addon/execute.h has it. */
const blockOf = (file: string, args: readonly string[], variables: readonly string[]): Uint8Array => {
  const strings = [file, ...args, undefined, ...variables, undefined]
  const bytes = strings.map((text) => (text === undefined ? undefined : Buffer.from(`${text}\0`)))
  if (bytes.some((each) => each && each.indexOf(0) !== each.length - 1))
    throw new SeccompError('ERR_USAGE', 'an argument or a variable has a zero byte; nothing was executed')
  const words = new BigUint64Array(strings.length)
  let offset = words.byteLength
  for (const [index, each] of bytes.entries()) {
    if (!each) continue
    words[index] = BigInt(offset)
    offset += each.length
  }
  const block = new Uint8Array(Math.ceil(offset / WORD) * WORD)
  block.set(new Uint8Array(words.buffer))
  offset = words.byteLength
  for (const each of bytes) {
    if (!each) continue
    block.set(each, offset)
    offset += each.length
  }
  return block
}
