import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { systemMessage } from './system-message.ts'

/**
 * The bytes of a file, or of standard input for `-`; of more than `most`, enough to see that they are too many.
 * @throws SeccompError ERR_USAGE for a file that can't be read.
 */
export const readInput = async (file: string, most: number): Promise<Buffer> => {
  const stream = file === '-' ? process.stdin : createReadStream(file, { end: most })
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > most) break
    }
  } catch (error) {
    throw new SeccompError('ERR_USAGE', `can't read ${found(file)}: ${systemMessage(error)}`, {
      cause: error,
    })
  }
  return Buffer.concat(chunks)
}

const LONGEST_TEXT = 4 * 1024 * 1024

/**
 * A text file, or standard input for `-`.
 * @throws SeccompError ERR_USAGE for one that can't be read, isn't UTF-8 or is larger than 4 MiB.
 */
export const readText = async (file: string): Promise<string> => {
  const bytes = await readInput(file, LONGEST_TEXT)
  if (bytes.length > LONGEST_TEXT)
    throw new SeccompError('ERR_USAGE', `${found(file)} is larger than 4 MiB; is it the right file?`)
  if (!isUtf8(bytes)) throw new SeccompError('ERR_USAGE', `${found(file)} is no text in UTF-8`)
  return bytes.toString('utf8')
}
