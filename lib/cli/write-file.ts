import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'
import { systemMessage } from './system-message.ts'

/**
 * Writes a whole file or none of it: into a new file beside it, which then takes its name. A link is followed, the
 * permissions stay; a device or pipe (/dev/stdout) is written to, not replaced.
 * @throws SeccompError ERR_USAGE when it can't be written; what was there is untouched.
 */
export const writeWhole = (path: string, content: string | Uint8Array): void => {
  try {
    const existing = statSync(path, { throwIfNoEntry: false })
    if (existing && !existing.isFile()) writeFileSync(path, content)
    else replace(existing ? realpathSync(path) : path, content, existing)
  } catch (error) {
    throw new SeccompError('ERR_USAGE', `can't write ${found(path)}: ${systemMessage(error)}`, {
      cause: error,
    })
  }
}

const replace = (path: string, content: string | Uint8Array, existing: Stats | undefined): void => {
  const temporary = join(dirname(path), `.seccomp-${process.pid}-${randomBytes(6).toString('hex')}`)
  try {
    const fd = openSync(temporary, 'wx')
    try {
      writeFileSync(fd, content)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    if (existing) chmodSync(temporary, existing.mode & 0o7777)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
