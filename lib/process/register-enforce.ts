/** What `seccomp/register` does with a profile. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { processStatus } from '../kernel/status.ts'
import { isUnconfined } from '../profile/kubernetes.ts'
import { applyFilters, filtersFor } from './apply.ts'
import { execSelf } from './exec-self.ts'
import { isFatal, preflight } from './preflight/preflight.ts'
import { ownSituation } from './preflight/this-process.ts'
import { refusesReading } from './two-stage/two-stage.ts'

/**
 * Puts the profile in force: in this process, where Node survives that and can still read its program; else by executing
 * it anew in two stages, which is how a Node with io_uring open gets rid of it.
 *
 * @param inherit whether Node children shall load `seccomp/register` too
 * @param url of `seccomp/register`, as it was loaded
 * @throws what `execSelf` and `apply` throw.
 */
export const enforce = (profile: string, inherit: boolean, url: string): void => {
  if (isUnconfined(profile)) return
  const filters = filtersFor(profile, {})
  // Under such a profile no other Node can start.
  const closed = filters.some(({ policy }) => refusesReading(policy))
  const { fromOptions, fromText } = withoutRegister(fileURLToPath(url))
  const execArgv = fromOptions(process.execArgv)
  const nodeOptions = fromText(process.env['NODE_OPTIONS'] ?? '')
  const environment = (count: number): Environment =>
    inherit && !closed
      ? {
          SECCOMP_ENFORCED: `${count} ${profile}`,
          NODE_OPTIONS: [nodeOptions, `--import ${url}`].join(' ').trim(),
        }
      : { SECCOMP_ENFORCED: undefined, SECCOMP_PROFILE: undefined, NODE_OPTIONS: nodeOptions || undefined }

  if (closed || preflight(filters, ownSituation()).some(isFatal)) {
    const before = processStatus().threads[0]?.filters ?? 0
    // One more for stage one, and at least one for the profile.
    execSelf(profile, { execArgv, env: { ...process.env, ...environment(before + 2) } })
    return
  }
  const applied = applyFilters(filters, {})
  process.execArgv.splice(0, process.execArgv.length, ...execArgv)
  for (const [name, value] of Object.entries(environment(applied.threads[0]?.filters ?? 1)))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}

type Environment = Readonly<Record<string, string | undefined>>

/** Takes `--import seccomp/register`, however it was written, out of Node's options. */
const withoutRegister = (
  path: string,
): { fromOptions(options: readonly string[]): string[]; fromText(text: string): string } => {
  const { resolve } = createRequire(`${process.cwd()}/`)
  const isRegister = (specifier: string): boolean => {
    try {
      return resolve(specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier) === path
    } catch {
      return false
    }
  }
  return {
    fromOptions: (options) =>
      options.filter((option, index) => {
        if (option === '--import') return !isRegister(options[index + 1] ?? '')
        if (option.startsWith('--import=')) return !isRegister(option.slice('--import='.length))
        return !(options[index - 1] === '--import' && isRegister(option))
      }),
    fromText: (text) =>
      text
        .replace(/--import[= ]+(?:"((?:[^"\\]|\\.)*)"|(\S+))/g, (all, quoted?: string, plain?: string) =>
          isRegister(quoted?.replace(/\\(.)/g, '$1') ?? plain!) ? '' : all,
        )
        .trim(),
  }
}
