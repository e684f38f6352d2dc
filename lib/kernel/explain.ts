import type { CompileOptions } from '../filter/compile.ts'
import { type ProfileSummary, summarize as summarizeFor } from '../inspect/explain/summary.ts'
import type { CallExplanation } from '../inspect/explain/types.ts'
import { explain as explainFor, type Question } from '../inspect/explain.ts'
import { missingPart } from './compile.ts'

/**
 * Why a call gets what it gets, on this machine where the options don't say otherwise: the verdict, the rule that
 * decides, the rules that name it without effect, what would change the answer, and what to ask for.
 * @param profile a profile, a document as Docker, Podman or the OCI write it, or a preset's name
 * @param question a call's name, or `{ name, args }`, arguments as numbers or names of constants
 * @throws what `explain` of `seccomp/core` throws; ERR_UNSUPPORTED_PLATFORM where this machine can't tell a part of the
 * target that is left open (not Linux).
 * @example console.log(formatExplanation(explain('docker-default', { name: 'socket', args: ['AF_VSOCK'] })))
 */
export const explain = (
  profile: object | string,
  question: string | Question,
  options: CompileOptions = {},
): CallExplanation => explainFor(profile, question, options, missingPart(options))

/**
 * A profile as a whole, on this machine where the options don't say otherwise: how many calls of each group it allows,
 * denies, or decides by their arguments.
 * @throws as {@link explain}.
 * @example console.log(formatSummary(summarize('docker-default')))
 */
export const summarize = (
  profile: object | string,
  options: CompileOptions & { readonly callArch?: string } = {},
): ProfileSummary => summarizeFor(profile, options, missingPart(options))
