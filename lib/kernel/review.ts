import type { CompileOptions } from '../filter/compile.ts'
import { type Diff, type DiffOptions, diff as diffFor } from '../inspect/diff/diff.ts'
import type { Subject } from '../inspect/diff/side.ts'
import { type LintReport, lint as lintFor } from '../inspect/lint/lint.ts'
import { missingPart } from './compile.ts'

/**
 * Every call that two profiles or filters answer differently, for this machine where the options don't say otherwise.
 * @throws what `diff` of `seccomp/core` throws; ERR_UNSUPPORTED_PLATFORM where this machine can't tell a part of the
 * target that is left open (not Linux).
 * @example diff('docker-default', await loadProfile('profile.json')).differences.map(({ name }) => name)
 */
export const diff = (one: Subject, other: Subject, options: DiffOptions = {}): Diff =>
  diffFor(one, other, options, missingPart(options))

/**
 * Known holes and traps of a profile or filter, for this machine where the options don't say otherwise.
 * @throws what `lint` of `seccomp/core` throws; ERR_UNSUPPORTED_PLATFORM as {@link diff}.
 * @example lint(await loadProfile('profile.json')).findings
 */
export const lint = (subject: Subject, options: CompileOptions = {}): LintReport =>
  lintFor(subject, options, missingPart(options))
