import { createReadStream, type ReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { systemMessage } from './system-message.ts'

/** The text of logs, piece by piece. */

const PIECE = 256 * 1024

/**
 * A file to its end, or standard input for `-`; gzip, as rotated logs are, is unpacked.
 * @throws SeccompError ERR_USAGE for one that can't be read.
 */
export async function* readLog(path: string, signal: AbortSignal): AsyncGenerator<string, void> {
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: PIECE })
  const stop = (): void => void stream.destroy()
  signal.addEventListener('abort', stop)
  try {
    const decoder = new TextDecoder()
    for await (const bytes of await unpacked(stream as ReadStream))
      yield decoder.decode(bytes, { stream: true })
  } catch (error) {
    if (!signal.aborted) throw unreadable(path, error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The stream's bytes, of a gzip file the bytes in it. */
const unpacked = async (stream: ReadStream): Promise<AsyncIterable<Uint8Array>> => {
  const first = await new Promise<Buffer | null>((done, fail) => {
    stream.once('error', fail)
    stream.once('readable', () => done(stream.read() as Buffer | null))
    stream.once('close', () => done(null))
  })
  if (first) stream.unshift(first)
  const isGzip = first && first[0] === 0x1f && first[1] === 0x8b
  if (!isGzip) return stream as AsyncIterable<Uint8Array>
  const gunzip = createGunzip()
  stream.on('error', (error) => gunzip.destroy(error))
  return stream.pipe(gunzip) as AsyncIterable<Uint8Array>
}

/** How often a file that has no more is asked again, in ms. */
const PAUSE = 200

/**
 * A file that grows: what is in it, then what comes, until the signal. A file that was rotated away or emptied is read
 * from its beginning again.
 * @throws SeccompError ERR_USAGE for one that can't be read.
 */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<string, void> {
  let file = await openLog(path)
  try {
    let decoder = new TextDecoder()
    const buffer = Buffer.alloc(PIECE)
    let replaced = false
    for (let position = 0; !signal.aborted; ) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, position)
      position += bytesRead
      if (bytesRead > 0) yield decoder.decode(buffer.subarray(0, bytesRead), { stream: true })
      else if (replaced) {
        await file.close()
        file = await openLog(path)
        decoder = new TextDecoder()
        position = 0
        replaced = false
      } else {
        // What was written last, before it was moved away, is read before the new one.
        replaced = await isReplaced(path, file, position)
        if (!replaced) await sleep(PAUSE, undefined, { signal }).catch(() => {})
      }
    }
  } finally {
    await file.close()
  }
}

const openLog = (path: string): Promise<FileHandle> =>
  open(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })

/** Between moving a log away and making a new one there is none: the old one counts until then. */
const isReplaced = async (path: string, file: FileHandle, position: number): Promise<boolean> => {
  const [now, ours] = await Promise.all([stat(path).catch(() => undefined), file.stat()])
  return now !== undefined && (now.ino !== ours.ino || now.dev !== ours.dev || now.size < position)
}

const unreadable = (path: string, error: unknown): SeccompError =>
  new SeccompError(
    'ERR_USAGE',
    `can't read ${path === '-' ? 'standard input' : found(path)}: ${systemMessage(error)}`,
    {
      cause: error,
    },
  )
