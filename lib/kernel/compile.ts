import { type CompileOptions, compile as compileFor, type Filter } from '../filter/compile.ts'
import { hostTarget } from './host.ts'

/**
 * Profile → filter, for this machine where the options don't say otherwise.
 * @param profile a profile, a document as Docker, Podman or the OCI write it, or a preset's name
 * @param options the target, and how faithfully to compile
 * @throws what `compile` of `seccomp/core` throws; ERR_UNSUPPORTED_PLATFORM where this machine can't tell a part of
 * the target that is left open (not Linux).
 * @example compile('docker-default').instructions.length
 */
export const compile = (profile: object | string, options: CompileOptions = {}): Filter => {
  const complete =
    options.arch !== undefined && options.kernel !== undefined && options.capabilities !== undefined
  return compileFor(profile, options, complete ? undefined : hostTarget())
}
