import { SeccompError } from '../errors.ts'
import { found } from '../profile/found.ts'

/** What `docker run --security-opt …` says, as far as seccomp goes. */
export interface SecurityOptions {
  /** The profile of `seccomp=…`. */
  readonly profile: string | undefined
  readonly noNewPrivileges: boolean
}

/**
 * Reads options in Docker's spelling (docs.docker.com/reference/cli/docker/container/run, "--security-opt"); it takes `:`
 * for `=` as well. `seccomp=builtin` is Docker's name for its own default.
 * @throws SeccompError ERR_USAGE for anything else: an option that is ignored would be a hole.
 */
export const parseSecurityOptions = (options: readonly string[]): SecurityOptions => {
  let profile: string | undefined
  let noNewPrivileges = false
  for (const option of options) {
    const [, key, value] = /^([^=:]*)(?:[=:](.*))?$/s.exec(option)!
    if (key === 'seccomp' && value) {
      if (profile !== undefined && profile !== value)
        throw new SeccompError('ERR_USAGE', twice(profile, value))
      profile = value
    } else if (key === 'no-new-privileges' && (value === undefined || value === 'true'))
      noNewPrivileges = true
    else throw new SeccompError('ERR_USAGE', unknown(option, key!))
  }
  return { profile: profile === 'builtin' ? 'docker-default' : profile, noNewPrivileges }
}

const twice = (one: string, other: string): string =>
  `two profiles are named, ${found(one)} and ${found(other)}; name one`

const unknown = (option: string, key: string): string => {
  if (key === 'no-new-privileges')
    return 'no-new-privileges is always set with a filter and can not be switched off'
  return `--security-opt ${found(option)} is not for us: seccomp=PROFILE and no-new-privileges are`
}
