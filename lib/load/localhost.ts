import { closeSync, constants, openSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, sep } from 'node:path'
import { SeccompError } from '../errors.ts'
import { found, quote } from '../profile/found.ts'

/** Localhost profiles: files below one folder, and nothing outside it. */

/** Where kubelet looks, with its default `--root-dir`. */
const KUBELET_ROOT = '/var/lib/kubelet/seccomp'

/** The folder of Localhost profiles, from the environment or kubelet's own. */
const rootFolder = (given: string | undefined): string => {
  const root = given ?? process.env['SECCOMP_LOCALHOST_ROOT'] ?? KUBELET_ROOT
  if (isAbsolute(root)) return root
  const name = given === undefined ? 'SECCOMP_LOCALHOST_ROOT' : 'localhostRoot'
  throw new SeccompError('ERR_USAGE', `${name} is the absolute path of a folder, not ${found(root)}`)
}

/**
 * Opens a Localhost profile and gives the descriptor to `read`. A link may lead from one place of the folder to another,
 * as in a mounted ConfigMap; what it leads to counts, and that is looked up for the descriptor itself, so that nobody can
 * exchange a folder for a link in between.
 *
 * @param path relative and without `..`, as `referenceOf` has checked
 * @throws SeccompError ERR_PROFILE_NOT_FOUND, ERR_PROFILE_UNREADABLE; ERR_USAGE for a root that is no absolute path.
 */
export const withLocalhostFile = <T>(
  path: string,
  root: string | undefined,
  read: (fd: number, path: string) => T,
): T => {
  const folder = rootFolder(root)
  const whole = join(folder, path)
  let fd: number | undefined
  try {
    const real = realpathSync(folder)
    requireBelow(real, realpathSync(whole), whole)
    // Asked before opening, since opening a device can do something, and a FIFO would have us wait.
    requireFile(whole)
    fd = openSync(whole, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    requireBelow(real, openedPath(fd, whole), whole)
    return read(fd, whole)
  } catch (error) {
    throw error instanceof SeccompError ? error : notOpened(path, folder, error as NodeJS.ErrnoException)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Where the open file lies. Only Linux tells for a descriptor; elsewhere the path is asked once more. */
const openedPath = (fd: number, path: string): string =>
  process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${fd}`) : realpathSync(path)

const requireBelow = (folder: string, file: string, path: string): void => {
  if (file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return
  throw new SeccompError(
    'ERR_PROFILE_UNREADABLE',
    `${quote(path, LONGEST_PATH)} leads out of the folder of Localhost profiles, to ${quote(file, LONGEST_PATH)}; ` +
      'put the profile itself there, not a link',
  )
}

const requireFile = (path: string): void => {
  const stats = statSync(path)
  if (stats.isFile()) return
  throw new SeccompError(
    'ERR_PROFILE_UNREADABLE',
    `${quote(path, LONGEST_PATH)} is ${stats.isDirectory() ? 'a folder' : 'no regular file'}; a Localhost profile is a file`,
  )
}

const LONGEST_PATH = 300

const notOpened = (path: string, folder: string, cause: NodeJS.ErrnoException): SeccompError =>
  cause.code === 'ENOENT' || cause.code === 'ENOTDIR'
    ? new SeccompError(
        'ERR_PROFILE_NOT_FOUND',
        `there is no Localhost profile ${quote(path, LONGEST_PATH)} below ${quote(folder, LONGEST_PATH)}: put the file ` +
          'there, or name another folder in SECCOMP_LOCALHOST_ROOT',
        { cause },
      )
    : new SeccompError(
        'ERR_PROFILE_UNREADABLE',
        `can't read the Localhost profile ${quote(path, LONGEST_PATH)} below ${quote(folder, LONGEST_PATH)}: ${cause.message}`,
        { cause },
      )
