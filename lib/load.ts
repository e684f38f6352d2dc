import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ProfileError, SeccompError } from './errors.ts'
import { withLocalhostFile } from './load/localhost.ts'
import { found, quote } from './profile/found.ts'
import { lineCounter } from './profile/json/text-position.ts'
import { type Reference, referenceOf, type SeccompProfileField } from './profile/kubernetes.ts'
import { parseProfile, parseProfileText } from './profile/parse.ts'
import { findPreset } from './profile/presets/index.ts'
import { presetNames } from './profile/presets/names.ts'
import { suggest } from './profile/suggest.ts'
import type { Profile } from './profile/types.ts'

/** From what people have, a profile's name or file, to a checked {@link Profile}. */

/**
 * What a profile is named by: a preset, a path, a `file:` URL (text or URL), the document itself, or what Kubernetes
 * calls it (`RuntimeDefault`, `Unconfined`, `localhost/PATH`, or the field `seccompProfile`).
 */
export type ProfileSource = string | URL | SeccompProfileField | object

/** Where profiles are looked for. */
export interface LoadOptions {
  /**
   * The folder of Localhost profiles, an absolute path; default: SECCOMP_LOCALHOST_ROOT of the environment, else
   * kubelet's /var/lib/kubelet/seccomp.
   */
  readonly localhostRoot?: string
}

/** How much of a path a message shows. */
const LONGEST_PATH = 300
/** Docker's default has 13 kB; a file three hundred times that size is no profile, and reading it would take seconds. */
const LARGEST = 4 * 1024 * 1024

/**
 * Load a profile: a preset (`docker-default`, `unconfined`), a path, a `file:` URL, a document as an object, or
 * Kubernetes' words: `RuntimeDefault`, `Unconfined`, `localhost/PATH`, `{ type: 'Localhost', localhostProfile: PATH }`.
 * Such a name wins over a file called the same; write `./unconfined` for the file.
 * @throws SeccompError ERR_PROFILE_NOT_FOUND when it is neither preset nor file; ERR_PROFILE_UNREADABLE when the file
 * can't be read, isn't a regular file, is larger than 4 MiB, or is a Localhost profile that leads out of its folder;
 * ERR_USAGE for another kind of value.
 * @throws ProfileError with every issue, with line and column, when the document breaks the format.
 * @example const profile = await loadProfile('profile.json')
 */
export const loadProfile = async (source: ProfileSource, options: LoadOptions = {}): Promise<Profile> => {
  const place = locate(source)
  if (typeof place !== 'string') return profileAt(place, options)
  return parseBytes(await readFile(place).catch((error: unknown) => fail(place, error)), place)
}

/**
 * {@link loadProfile}, at once.
 * @example const profile = loadProfileSync('docker-default')
 */
export const loadProfileSync = (source: ProfileSource, options: LoadOptions = {}): Profile => {
  const place = locate(source)
  if (typeof place !== 'string') return profileAt(place, options)
  let bytes: Buffer
  try {
    bytes = readFileSync(place)
  } catch (error) {
    return fail(place, error)
  }
  return parseBytes(bytes, place)
}

/** The path to read, the profile if no file is needed, or what Kubernetes' words lead to. */
const locate = (source: ProfileSource): string | { readonly profile: Profile } | Reference => {
  if (source instanceof URL) return pathOf(source)
  const reference = referenceOf(source)
  if (reference) return reference
  if (typeof source === 'object' && source !== null) return { profile: parseProfile(source) }
  if (typeof source !== 'string')
    throw new SeccompError(
      'ERR_USAGE',
      `a profile is a preset's name, a path, a URL or an object, not ${found(source)}`,
    )
  const profile = findPreset(source)
  if (profile) return { profile }
  return source.startsWith('file:') && URL.canParse(source) ? pathOf(new URL(source)) : source
}

const profileAt = (place: { readonly profile: Profile } | Reference, options: LoadOptions): Profile => {
  if ('profile' in place) return place.profile
  if ('preset' in place) return findPreset(place.preset)!
  const { bytes, path } = readLocalhost(place.localhost, options)
  return parseBytes(bytes, path)
}

/**
 * The bytes of a Localhost profile, and the path of its file.
 * @throws SeccompError as {@link loadProfile} does.
 */
export const readLocalhost = (
  profile: string,
  { localhostRoot }: LoadOptions = {},
): { readonly bytes: Buffer; readonly path: string } =>
  withLocalhostFile(profile, localhostRoot, (fd, path) => ({ bytes: readDescriptor(fd, path), path }))

const pathOf = (url: URL): string => {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new SeccompError(
      'ERR_USAGE',
      `${found(url.href)} isn't a file: URL of this machine; download the profile first`,
      {
        cause: error,
      },
    )
  }
}

/** Should a FIFO take the file's place after `stat`, opening it must not wait for a writer. Windows has neither. */
const HOW = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

const readFile = async (path: string): Promise<Buffer> => {
  // Asked before opening too, since opening a device can do something (rewind a tape, start a watchdog).
  checkKind(path, await stat(path))
  const file = await open(path, HOW)
  try {
    checkKind(path, await file.stat())
    const chunks: Buffer[] = []
    // One byte more than is allowed tells; files of /proc don't know their size.
    for await (const chunk of file.createReadStream({ end: LARGEST, autoClose: false })) chunks.push(chunk)
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

const readFileSync = (path: string): Buffer => {
  checkKind(path, statSync(path))
  const fd = openSync(path, HOW)
  try {
    return readDescriptor(fd, path)
  } finally {
    closeSync(fd)
  }
}

const readDescriptor = (fd: number, path: string): Buffer => {
  checkKind(path, fstatSync(fd))
  const chunks: Buffer[] = []
  for (let size = 0, count = 1; count > 0 && size <= LARGEST; size += count) {
    const chunk = Buffer.allocUnsafe(64 * 1024)
    count = readSync(fd, chunk)
    chunks.push(chunk.subarray(0, count))
  }
  return Buffer.concat(chunks)
}

/** A directory passes: reading it fails with EISDIR, which says it best. */
const checkKind = (path: string, stats: Stats): void => {
  checkSize(path, stats.size)
  if (stats.isFile() || stats.isDirectory()) return
  const kind = stats.isFIFO() ? 'a FIFO' : stats.isSocket() ? 'a socket' : 'a device'
  throw new SeccompError(
    'ERR_PROFILE_UNREADABLE',
    `${quote(path, LONGEST_PATH)} is ${kind}; a profile is read from a regular file`,
  )
}

const checkSize = (path: string, size: number): void => {
  if (size > LARGEST)
    throw new SeccompError(
      'ERR_PROFILE_UNREADABLE',
      `${quote(path, LONGEST_PATH)} is larger than ${LARGEST >> 20} MiB, far more than any profile; is it the right file?`,
    )
}

/** The profile that a file holds. */
export const parseBytes = (bytes: Buffer, path: string): Profile => {
  checkSize(path, bytes.length)
  const text = bytes.toString('utf8')
  if (isUtf8(bytes)) return parseProfileText(text, { source: path })
  const { line, column } = lineCounter(text)(Math.max(0, text.indexOf('\ufffd')))
  const utf16 = /^(?:\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2))
  const message = utf16 ? "is UTF-16 (PowerShell's > writes that); save it as UTF-8" : 'the text is not UTF-8'
  throw new ProfileError([{ pointer: '', line, column, message }], path)
}

const fail = (path: string, error: unknown): never => {
  if (error instanceof SeccompError) throw error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR')
    throw new SeccompError('ERR_PROFILE_NOT_FOUND', notFound(path), { cause: error })
  throw new SeccompError(
    'ERR_PROFILE_UNREADABLE',
    `can't read the profile ${quote(path, LONGEST_PATH)}: ${message}`,
    {
      cause: error,
    },
  )
}

/** What engines call their own default, which for Docker is our preset. */
const DEFAULT_NAMES = /^(?:docker|default|builtin|moby|runtime[-/]?default)$/i

const notFound = (path: string): string => {
  if (/^\s*[{[]/.test(path))
    return `no file is called ${quote(path, LONGEST_PATH)}; JSON text goes to parseProfileText`
  if (/[\\/.]/.test(path)) return `no such profile file: ${quote(path, LONGEST_PATH)}`
  const meant = DEFAULT_NAMES.test(path) ? 'docker-default' : suggest(path, presetNames)
  const help = meant ? `did you mean "${meant}"?` : `presets are ${presetNames.join(', ')}`
  return `neither a preset nor a file is called ${quote(path, LONGEST_PATH)}; ${help}`
}
