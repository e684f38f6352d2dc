import type { Call } from '../bpf/data.ts'
import { requireObject } from '../given.ts'
import { holds } from '../policy/evaluate.ts'
import { memory } from '../profile/presets/node/memory.ts'
import type { Grant, PromiseName } from '../profile/presets/node/promise.ts'
import { promises, withImplied } from '../profile/presets/node/promises.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'
import { argumentWidth } from '../syscalls/arguments.ts'
import { nameCall } from './call-text.ts'

/** Promises of Node are for these; a program that keeps to them is refused all others. */
const architectures: readonly (ArchitectureName | undefined)[] = ['x86_64', 'aarch64']

/**
 * The promises of which each lets a program make this very call, arguments and all; of those that imply one another the
 * smallest. Empty where none does.
 * @example promisesFor(parseCall('openat', ['AT_FDCWD', '0', 'O_RDONLY'], 'x86_64')) // ['fsRead']
 */
export const promisesFor = (call: Call): readonly PromiseName[] => {
  requireObject('promisesFor takes a call, such as parseCall() gives', call, 'args')
  const { arch, name } = nameCall(call)
  if (!arch || name === undefined || !architectures.includes(arch)) return []
  const gives = ({ names, forms }: Grant): boolean =>
    names.includes(name) &&
    (forms.length === 0 ||
      forms.some((conditions) =>
        conditions.every((condition) =>
          holds(
            { ...condition, width: argumentWidth(name, condition.index, arch) },
            call.args[condition.index]!,
          ),
        ),
      ))
  const giving = (Object.keys(promises) as PromiseName[]).filter(
    (promise) => promises[promise].grants.some(gives) || (promise === 'run' && memory.some(gives)),
  )
  // Only who starts under a filter promises `startup`; a program that runs and wants the same promises something else.
  const running = giving.filter((promise) => promise !== 'startup')
  const all = running.length > 0 ? running : giving
  return all.filter(
    (promise) => !withImplied([promise]).some((other) => other !== promise && all.includes(other)),
  )
}
