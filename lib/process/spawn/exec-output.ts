/** One output of a program, kept up to a limit, in the way of Node's execFile. */
import type { Readable } from 'node:stream'

/**
 * Reads `stream` to its end or to `limit`, bytes or, where it is decoded, characters at the cut.
 * @param encoding undefined for bytes
 * @param tooMuch called when more than `limit` bytes have come
 * @returns what came so far, when asked
 */
export const collectOutput = (
  stream: Readable,
  encoding: string | undefined,
  limit: number,
  tooMuch: () => void,
): (() => string | Buffer) => {
  const chunks: (string | Buffer)[] = []
  let size = 0
  if (encoding !== undefined) stream.setEncoding(encoding as BufferEncoding)
  stream.on('data', (chunk: string | Buffer) => {
    // The program's owner may have set another encoding since.
    const decoded = stream.readableEncoding
    const length = typeof chunk === 'string' ? Buffer.byteLength(chunk, decoded ?? undefined) : chunk.length
    size += length
    if (size <= limit) return void chunks.push(chunk)
    const room = limit - (size - length)
    chunks.push(typeof chunk === 'string' ? chunk.slice(0, room) : chunk.subarray(0, room))
    tooMuch()
  })
  return () =>
    encoding !== undefined || stream.readableEncoding ? chunks.join('') : Buffer.concat(chunks as Buffer[])
}
