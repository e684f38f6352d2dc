import { type CompileOptions, compile as compileFor, type Filter } from '../filter/compile.ts'
import { compileStack as compileStackFor } from '../filter/stack.ts'
import type { Target } from '../policy/target.ts'
import { hostTarget } from './host.ts'

/**
 * Profile → filter, for this machine where the options don't say otherwise.
 * @param profile a profile, a document as Docker, Podman or the OCI write it, or a preset's name
 * @param options the target, and how faithfully to compile
 * @throws what `compile` of `seccomp/core` throws; ERR_UNSUPPORTED_PLATFORM where this machine can't tell a part of
 * the target that is left open (not Linux).
 * @example compile('docker-default').instructions.length
 */
export const compile = (profile: object | string, options: CompileOptions = {}): Filter =>
  compileFor(profile, options, missingPart(options))

/**
 * Profile → as many filters as it takes, in the order to install them, for this machine where the options don't say
 * otherwise. One is enough for all but the largest profiles: the kernel takes 4096 instructions a filter.
 * @throws what `compileStack` of `seccomp/core` throws; ERR_UNSUPPORTED_PLATFORM as {@link compile}.
 * @example for (const filter of compileStack(profile)) installFilter(filter.bytes)
 */
export const compileStack = (profile: object | string, options: CompileOptions = {}): readonly Filter[] =>
  compileStackFor(profile, options, missingPart(options))

/** A complete target asks nothing of this machine, and so works on any. */
export const missingPart = ({ arch, kernel, capabilities }: CompileOptions): Target | undefined =>
  arch !== undefined && kernel !== undefined && capabilities !== undefined ? undefined : hostTarget()
