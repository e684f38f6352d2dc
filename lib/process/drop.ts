import { access } from 'node:fs'
import type { Filter } from '../filter/compile.ts'
import type { ProfileSource } from '../load.ts'
import { nodeProfile } from '../profile/presets/node/profile.ts'
import type { PromiseName } from '../profile/presets/node/promise.ts'
import { type Applied, type ApplyOptions, applyFilters, filtersFor } from './apply.ts'
import { noteWarmPool, poolMustStartNow } from './preflight/this-process.ts'

/**
 * Gives up what a profile refuses, for this process, all its threads and children, for good; as often as there is less to
 * be done: start wide, drop later. Filters stack, so that what was given up once stays so, whatever a later profile says.
 *
 * As {@link apply}, and where no thread can begin afterwards it first starts those of libuv's pool, which else could not.
 * Load what is needed before: modules that aren't loaded yet are files to be opened. A profile that lets no file be
 * opened closes /proc as well, so that after it only the kernel's own word (all threads, or none) tells of each thread.
 *
 * @param what promises to keep, everything else being given up; or what `apply` takes
 * @throws as `apply` does; SeccompError ERR_UNKNOWN_NAME for a promise that there isn't.
 * @example
 * drop(['fsRead', 'netServer'])   // no programs, no writing
 * const plan = readFileSync('plan.json')
 * drop(['netServer'])             // no files either
 */
export const drop = (
  what: readonly PromiseName[] | ProfileSource | Filter | readonly Filter[],
  options: ApplyOptions = {},
): Applied => {
  const filters = filtersFor(arePromises(what) ? nodeProfile(what) : what, options)
  return applyFilters(filters, options, () => {
    if (!poolMustStartNow(filters.map(({ policy }) => policy))) return
    // libuv starts all of them at the first use, and comes back when they run (src/threadpool.c).
    access('/', () => {})
    noteWarmPool()
  })
}

const arePromises = (what: unknown): what is readonly PromiseName[] =>
  Array.isArray(what) && what.length > 0 && what.every((name) => typeof name === 'string')
