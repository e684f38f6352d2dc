import { SeccompError } from '../../../errors.ts'
import { requireList } from '../../../given.ts'
import { parseProfile } from '../../parse.ts'
import { didYouMean } from '../../suggest.ts'
import type { Condition, Profile, Rule } from '../../types.ts'
import { jitlessMemory, libraries, memory } from './memory.ts'
import { type Grant, type PromiseName, promiseNames } from './promise.ts'
import { promises, withImplied } from './promises.ts'
import { refusals } from './refused.ts'

/** How a Node program is put under its promises. */
export interface NodeProfileOptions {
  /** The filter is in force before Node starts (spawn, `seccomp run`): adds the promise `startup`. */
  readonly startup?: boolean
  /** For Node under --jitless: nothing is executable that wasn't from the start; with `startup`, files may be. */
  readonly jitless?: boolean
}

const EACCES = 13

/**
 * The profile of a Node program that makes these promises: what they take is allowed, everything else fails with an error
 * that JavaScript can catch. A promise brings those it implies; `run` is always among them. For x86_64 and aarch64.
 *
 * @throws SeccompError ERR_UNKNOWN_NAME for a promise that there isn't.
 * @example
 * nodeProfile(['fsRead', 'netServer']) // for apply() in a running Node
 * nodeProfile(['fsRead', 'netServer'], { startup: true }) // for spawn('node', …)
 */
export const nodeProfile = (names: readonly PromiseName[], options: NodeProfileOptions = {}): Profile =>
  parseProfile(nodeDocument(names, options), { source: 'nodeProfile' })

/** The same, not yet checked. */
export const nodeDocument = (
  names: readonly PromiseName[],
  { startup = false, jitless = false }: NodeProfileOptions = {},
): Profile => {
  requireList("nodeProfile takes a list of promises, such as ['fsRead']", names)
  const unknown = names.find((name) => !promiseNames.includes(name))
  if (unknown !== undefined) {
    const meant = didYouMean(unknown, promiseNames) || `; there are ${promiseNames.join(', ')}`
    throw new SeccompError('ERR_UNKNOWN_NAME', `no promise is called '${unknown}'${meant}`)
  }
  const kept = withImplied(startup ? ['startup', ...names] : names)
  const given = [
    ...(jitless ? jitlessMemory : memory).map((grant) => ({ grant, promise: 'run' })),
    ...(kept.includes('startup') ? [{ grant: libraries, promise: 'startup' }] : []),
    ...kept.flatMap((promise) => promises[promise].grants.map((grant) => ({ grant, promise }))),
  ]
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EACCES,
    syscalls: [...allowing(given), ...refusing(given.map(({ grant }) => grant))],
  }
}

interface Given {
  readonly grant: Grant
  readonly promise: string
}

/** A call that some grant gives whatever its arguments needs no other rule; nor does a form that was given before. */
const allowing = (given: readonly Given[]): readonly Rule[] => {
  const always = new Set<string>()
  for (const { grant } of given)
    if (grant.forms.length === 0) for (const name of grant.names) always.add(name)
  const said = new Set<string>()
  return given.flatMap(({ grant: { why, names, forms }, promise }) =>
    (forms.length === 0 ? [[]] : forms).flatMap((args) => {
      const fresh = names.filter((name) => {
        const key = `${name} ${args.map(keyOf).join()}`
        const counts = (args.length === 0 || !always.has(name)) && !said.has(key)
        said.add(key)
        return counts
      })
      if (fresh.length === 0) return []
      return [{ names: fresh, action: 'SCMP_ACT_ALLOW', args, comment: `${promise}: ${why}` } as const]
    }),
  )
}

const keyOf = ({ index, op, value, valueTwo }: Condition): string => `${index} ${op} ${value} ${valueTwo}`

/** Where some form of a call is allowed, the others get the default: runtimes keep no rule beside conditional ones. */
const refusing = (given: readonly Grant[]): readonly Rule[] => {
  const allowed = new Set(given.flatMap(({ names }) => names))
  return refusals.flatMap(({ why, names, errno }) => {
    const fresh = names.filter((name) => !allowed.has(name))
    if (fresh.length === 0) return []
    return [{ names: fresh, action: 'SCMP_ACT_ERRNO', errnoRet: errno, args: [], comment: why } as const]
  })
}
