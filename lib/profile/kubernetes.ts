import { SeccompError } from '../errors.ts'
import { found } from './found.ts'

/**
 * The words that Kubernetes has for what a container runs under: `seccompProfile` of a securityContext (core/v1,
 * SeccompProfile), and the values of the annotation that it replaced (`seccomp.security.alpha.kubernetes.io/pod`).
 */

/** `seccompProfile` as in a pod's securityContext. */
export interface SeccompProfileField {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost'
  /** For `Localhost` alone: a file's path, relative to the folder of profiles (kubelet's `<root-dir>/seccomp`). */
  readonly localhostProfile?: string
}

/** What such words lead to: a preset, or a file below the folder of profiles. */
export type Reference = { readonly preset: string } | { readonly localhost: string }

/** The runtime here is Docker's in its reading: its default is what `RuntimeDefault` means. */
const RUNTIME_DEFAULT: Reference = { preset: 'docker-default' }
const UNCONFINED: Reference = { preset: 'unconfined' }

const words: ReadonlyMap<string, Reference> = new Map([
  ['RuntimeDefault', RUNTIME_DEFAULT],
  ['Unconfined', UNCONFINED],
  ['runtime/default', RUNTIME_DEFAULT],
  ['docker/default', RUNTIME_DEFAULT],
])

const LOCALHOST = 'localhost/'

/**
 * What a source names in Kubernetes' words; undefined for one that is in other words.
 * @throws SeccompError ERR_USAGE for a field that Kubernetes would refuse: an unknown type, `localhostProfile` missing or
 * too much, a path that is absolute or has `..` in it.
 * @example referenceOf({ type: 'Localhost', localhostProfile: 'profiles/audit.json' })
 * @example referenceOf('localhost/profiles/audit.json')
 */
export const referenceOf = (source: unknown): Reference | undefined => {
  if (typeof source === 'string')
    return source.startsWith(LOCALHOST) ? localhost(source.slice(LOCALHOST.length)) : words.get(source)
  return isField(source) ? referenceOfField(source) : undefined
}

/** Whether a source asks for no filter: `unconfined`, in whichever words. */
export const isUnconfined = (source: unknown): boolean => {
  if (source === 'unconfined') return true
  const reference = referenceOf(source)
  return reference !== undefined && 'preset' in reference && reference.preset === 'unconfined'
}

/** A profile has no key `type`, and this has no rules. */
const isField = (source: unknown): source is Readonly<Record<string, unknown>> =>
  typeof source === 'object' &&
  source !== null &&
  ('type' in source || 'localhostProfile' in source) &&
  !('defaultAction' in source)

const referenceOfField = (field: Readonly<Record<string, unknown>>): Reference => {
  const { type, localhostProfile, ...others } = field
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw usage(`a seccompProfile has type and localhostProfile, and no ${found(unknown)}`)
  if (type === 'Localhost') {
    if (typeof localhostProfile === 'string') return localhost(localhostProfile)
    throw usage(`a seccompProfile of type Localhost names its file in localhostProfile`)
  }
  const reference = type === 'RuntimeDefault' || type === 'Unconfined' ? words.get(type) : undefined
  if (!reference)
    throw usage(`the type of a seccompProfile is RuntimeDefault, Unconfined or Localhost, not ${found(type)}`)
  if (localhostProfile !== undefined && localhostProfile !== null)
    throw usage(`localhostProfile goes with the type Localhost, not with ${type as string}`)
  return reference
}

const localhost = (path: string): Reference => {
  if (path === '' || path.startsWith('/') || path.split('/').includes('..') || path.includes('\0'))
    throw usage(`a Localhost profile's path is relative and without '..', not ${found(path)}`)
  return { localhost: path }
}

const usage = (message: string): SeccompError => new SeccompError('ERR_USAGE', message)
