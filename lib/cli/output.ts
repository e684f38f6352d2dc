import { SeccompError } from '../errors.ts'

/** Standard output: what a verb was asked for, and nothing else. */

/** A reader that went away, as `head` does, is no error. */
export const quietOnBrokenPipe = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
}

/** Writes to standard output. */
export const print = (text: string | Uint8Array): void => {
  process.stdout.write(text)
}

/** A value as JSON on standard output. */
export const printJson = (value: unknown): void => print(jsonText(value))

/** A value as JSON, in lines; u64 are written as `0x…` text, which no reader rounds. */
export const jsonText = (value: unknown): string => {
  const readable = (_: string, part: unknown): unknown =>
    typeof part === 'bigint' ? `0x${part.toString(16)}` : part
  return `${JSON.stringify(value, readable, 2)}\n`
}

/** Binary output, unless a person would see it. */
export const printBinary = (bytes: Uint8Array, instead: string): void => {
  if (process.stdout.isTTY)
    throw new SeccompError('ERR_USAGE', `the output is binary and would garble the terminal; ${instead}`)
  print(bytes)
}
