/** The state of every thread, readable after a filter has taken away the means to ask. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { parseThreadStatus, type ThreadStatus } from '../../kernel/status.ts'

export interface ThreadWatch {
  /** When the watch began. */
  readonly before: readonly ThreadStatus[]
  /**
   * Now, of those threads that still run. Needs read(2) alone, for the filter may refuse to open anything. Threads that
   * began meanwhile have what their parent has.
   */
  readonly now: () => readonly ThreadStatus[]
  readonly close: () => void
}

/**
 * Opens the status of each thread of this process. The kernel writes such a file when it is first read
 * (fs/seq_file.c), so a descriptor opened early tells what holds late, once.
 */
export const watchThreads = (): ThreadWatch => {
  const opened: { tid: number; fd: number }[] = []
  const before: ThreadStatus[] = []
  for (const tid of readdirSync('/proc/self/task').map(Number)) {
    const path = `/proc/self/task/${tid}/status`
    const status = ifAlive(() => parseThreadStatus(tid, readFileSync(path, 'utf8')))
    const fd = ifAlive(() => openSync(path, 'r'))
    if (fd !== undefined) opened.push({ tid, fd })
    if (status) before.push(status)
  }
  return {
    before,
    now: () => opened.flatMap(({ tid, fd }) => ifAlive(() => parseThreadStatus(tid, readWhole(fd))) ?? []),
    close: () => {
      // Where the filter refuses close(2) the descriptors stay; there is nobody to tell.
      for (const { fd } of opened) ifPossible(() => closeSync(fd))
    },
  }
}

const ifPossible = (use: () => void): void => {
  try {
    use()
  } catch {}
}

/** Without a position, or Node would ask by pread(2). */
const readWhole = (fd: number): string => {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.alloc(8192)
    const count = readSync(fd, chunk, 0, chunk.length, null)
    if (count === 0) return Buffer.concat(chunks).toString('utf8')
    chunks.push(chunk.subarray(0, count))
  }
}

/** undefined for a thread that ended. */
const ifAlive = <T>(use: () => T): T | undefined => {
  try {
    return use()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
