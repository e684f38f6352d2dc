import { SeccompError } from '../errors.ts'
import { found } from './found.ts'
import { readJson } from './json/read.ts'
import { readArchitectures, readArchMapEntry } from './parse/arch-map.ts'
import { Cursor, type Reader } from './parse/cursor.ts'
import { errnoReturn, readErrnoName, readErrnoNumber } from './parse/errno-return.ts'
import { IssueLog } from './parse/issue-log.ts'
import { actionNames, flagNames } from './parse/names.ts'
import { type Members, readObject } from './parse/object.ts'
import { readRule } from './parse/rule.ts'
import { listOf, oneOf, readText } from './parse/values.ts'
import { reportWrapper } from './parse/wrapper.ts'
import { positionOf, setDefaultPosition } from './positions.ts'
import type { Profile } from './types.ts'

/** What a caller may say about a profile. */
export interface ParseOptions {
  /** A file or preset name, to be named in messages. */
  readonly source?: string
}

/**
 * Check a profile given as an object: Docker's JSON, OCI's `linux.seccomp`, Podman's, or the form of 2016.
 * Numbers may be numbers, bigint, or text such as "0xff". A profile that this function returned is returned as it is.
 * The result is frozen.
 * @throws ProfileError with every issue, in document order, each with its JSON pointer.
 * @example parseProfile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' }] })
 * @see https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp
 */
export const parseProfile = (input: unknown, options: ParseOptions = {}): Profile => {
  if (isProfile(input)) return input
  return readWhole(input, new IssueLog(options.source))
}

/**
 * Check a profile given as JSON text. Integers are read exactly, whatever their size.
 * @throws ProfileError as {@link parseProfile}, with line and column; also for text that isn't JSON.
 * @example parseProfileText(await readFile('profile.json', 'utf8'), { source: 'profile.json' })
 */
export const parseProfileText = (text: string, options: ParseOptions = {}): Profile => {
  if (typeof text !== 'string')
    throw new SeccompError(
      'ERR_USAGE',
      `parseProfileText takes JSON text, not ${found(text)}; use parseProfile`,
    )
  const document = readJson(text, options.source)
  return readWhole(document.value, new IssueLog(options.source, document))
}

/** Whether this parser made `input`: only then it is frozen and has a place, that of a whole document. */
const isProfile = (input: unknown): input is Profile =>
  typeof input === 'object' && input !== null && Object.isFrozen(input) && positionOf(input)?.pointer === ''

const readWhole = (value: unknown, log: IssueLog): Profile => {
  const profile = readProfile(new Cursor(log, value))
  log.throwIfAny()
  // A reader gives nothing only after an issue.
  return profile!
}

const shape = {
  defaultAction: oneOf('an action', actionNames),
  defaultErrnoRet: readErrnoNumber,
  defaultErrno: readErrnoName,
  architectures: readArchitectures,
  archMap: listOf(readArchMapEntry),
  flags: listOf(
    oneOf(
      'a filter flag',
      flagNames,
      new Map([
        ['SECCOMP_FILTER_FLAG_NEW_LISTENER', 'SCMP_ACT_NOTIFY in a rule asks for the listener'],
        ['SECCOMP_FILTER_FLAG_TSYNC_ESRCH', 'who installs the filter sets it where it is needed'],
      ]),
    ),
  ),
  listenerPath: readText,
  listenerMetadata: readText,
  syscalls: listOf(readRule),
}

const readProfile: Reader<Profile> = (at) => {
  if (reportWrapper(at)) return undefined
  const members = readObject(at, 'a profile', shape)
  if (!members) return undefined
  // Docker takes a document without it as no filter at all; that must be said, not left out.
  members.require(
    '"defaultAction" is missing: what happens to calls without a rule, for instance SCMP_ACT_ERRNO?',
    'defaultAction',
  )
  const { values } = members
  const { defaultAction, flags, listenerPath, listenerMetadata, syscalls = [] } = values
  if (defaultAction === 'SCMP_ACT_NOTIFY')
    members
      .at('defaultAction')
      ?.report(
        "SCMP_ACT_NOTIFY can't be the default: the calls that hand over the listener would wait on it (runc refuses it too); give the calls to notify about a rule",
      )
  if (listenerMetadata && !listenerPath)
    members
      .at('listenerMetadata')
      ?.report('"listenerMetadata" is sent to the "listenerPath", which is missing', 'key')
  const defaultErrnoRet = errnoReturn(
    defaultAction,
    members.at('defaultErrnoRet'),
    members.at('defaultErrno'),
    { errnoRet: values.defaultErrnoRet, errno: values.defaultErrno },
  )
  const architectures = architecturesOf(members)
  if (defaultAction === undefined) return undefined
  const profile = at.mark({
    defaultAction,
    ...(defaultErrnoRet !== undefined && { defaultErrnoRet }),
    ...architectures,
    ...(flags && { flags }),
    ...(listenerPath && { listenerPath }),
    ...(listenerMetadata && { listenerMetadata }),
    syscalls: Object.freeze(syscalls),
  })
  return setDefaultPosition(profile, members.at('defaultAction')!.place('key'))
}

/**
 * Which architectures besides the native one the filter knows. An empty list says no more than none, and Docker writes
 * both; filled, they exclude each other (moby seccomp_linux.go).
 */
const architecturesOf = ({
  at,
  values,
}: Members<typeof shape>): Pick<Profile, 'architectures' | 'archMap'> => {
  const { architectures, archMap } = values
  if (architectures?.length && archMap?.length)
    at('architectures')?.report(
      '"architectures" and "archMap" exclude each other; keep "archMap" alone',
      'key',
    )
  if (archMap?.length) return { archMap }
  return architectures?.length ? { architectures } : {}
}
