/**
 * `seccomp/core`: the pure half. No file, no kernel, no native code: runs on any OS and in a browser.
 *
 * @example
 * import { compile, parseProfileText } from 'seccomp/core'
 * const filter = compile(parseProfileText(json), { arch: 'aarch64', kernel: '6.1', capabilities: 'docker' })
 */
export { type LearnedProfile, type LearnOptions, profileFromCalls, type SeenCall } from './audit/learn.ts'
export type { AuditLine, AuditRecord } from './audit/line.ts'
export { parseAuditLine } from './audit/parse-line.ts'
export { type AuditCount, type AuditFilter, type AuditOptions, AuditSummary } from './audit/summary.ts'
export type { ByteOrder, Call } from './bpf/data.ts'
export { decode, encode } from './bpf/encode.ts'
export type { Instruction, Program } from './bpf/instruction.ts'
export type { Run } from './bpf/interpreter.ts'
export { type Action, actionOf, dataOf, type Verdict, verdict } from './bpf/verdict.ts'
export { type ErrorCode, type Issue, ProfileError, SeccompError } from './errors.ts'
export { formatC } from './export/c.ts'
export { formatJson } from './export/json.ts'
export { formatPfc } from './export/pfc.ts'
export type { CallCounts } from './filter/call-counts.ts'
export { type CompileOptions, compile, type Filter } from './filter/compile.ts'
export { type Proof, type ProveOptions, prove, proveStack } from './filter/prove/prove.ts'
export type { Range } from './filter/prove/ranges.ts'
export { compileStack } from './filter/stack.ts'
export type { Stats } from './filter/stats.ts'
export { type AssembleOptions, assembleText } from './inspect/assemble-text.ts'
export { AssemblyError } from './inspect/assembly-error.ts'
export { parseCall } from './inspect/call.ts'
export { type Decision, decide, formatDecision } from './inspect/decision.ts'
export {
  type Diff,
  type Difference,
  type DiffOptions,
  diff,
  type Gap,
  type GatedChange,
} from './inspect/diff/diff.ts'
export { type DiffStyle, formatDiff } from './inspect/diff/format.ts'
export type { Subject } from './inspect/diff/side.ts'
export { type DisassembleOptions, disassemble, disassembleLines, type Line } from './inspect/disassemble.ts'
export { formatExplanation } from './inspect/explain/format.ts'
export { formatSummary } from './inspect/explain/format-summary.ts'
export type { ExplanationStyle } from './inspect/explain/layout.ts'
export { type GroupSummary, type ProfileSummary, summarize } from './inspect/explain/summary.ts'
export type {
  Advice,
  CallExplanation,
  Case as ExplainedCase,
  Change as ExplainedChange,
  IdleRule,
} from './inspect/explain/types.ts'
export { explain, type Question } from './inspect/explain.ts'
export { formatReading } from './inspect/identify/format.ts'
export { type IdentifyOptions, type Identity, identify } from './inspect/identify/identify.ts'
export type { Reading } from './inspect/identify/reading.ts'
export type { MinimumKernel } from './inspect/lint/checks/kernel-version.ts'
export type { Check as LintCheck, Finding as LintFinding, Severity } from './inspect/lint/finding.ts'
export { formatLint } from './inspect/lint/format.ts'
export { type LintReport, lint } from './inspect/lint/lint.ts'
export type { Paint } from './inspect/paint.ts'
export { promisesFor } from './inspect/promises-for.ts'
export { type Restriction, type Restrictions, restrictionsOf } from './inspect/restrictions.ts'
export { simulate } from './inspect/simulate.ts'
export type { Violation } from './inspect/violation.ts'
export { type Allowed, type Changes, type Denied, extend } from './policy/compose/extend.ts'
export { profileFor } from './policy/compose/native.ts'
export { intersect, union } from './policy/compose/union-intersect.ts'
export { type ComposeWarning, composeWarnings } from './policy/compose/warnings.ts'
export { evaluate } from './policy/evaluate.ts'
export { formatVerdict } from './policy/format.ts'
export { type OnViolation, onViolation } from './policy/on-violation.ts'
export type { Faithfulness, Policy, Warning } from './policy/policy.ts'
export { resolvePolicy } from './policy/rules.ts'
export { makeTarget, type Target, type TargetOptions } from './policy/target.ts'
export {
  type Argument,
  arg,
  errno,
  type Outcome,
  ProfileBuilder,
  type ProfileStart,
  profile,
  type RuleOptions,
  type RulePart,
} from './profile/build.ts'
export { formatProfile } from './profile/format.ts'
export type { SeccompProfileField } from './profile/kubernetes.ts'
export { parseProfile, parseProfileText } from './profile/parse.ts'
export { positionOf } from './profile/positions.ts'
export { findPreset } from './profile/presets/index.ts'
export { presetNames } from './profile/presets/names.ts'
export { type NodePreset, nodePresets } from './profile/presets/node/presets.ts'
export { type NodeProfileOptions, nodeProfile } from './profile/presets/node/profile.ts'
export type { Grant, NodePromise, PromiseName } from './profile/presets/node/promise.ts'
export { promises as nodePromises } from './profile/presets/node/promises.ts'
export type { ActionName, Condition, Gate, OperatorName, Position, Profile, Rule } from './profile/types.ts'
export { type ArchitectureName, architectures } from './syscalls/architectures.ts'
export { type Constants, constantsOf, formatArgument, parseConstant } from './syscalls/constants.ts'
export { groupOf, type SyscallGroup, syscallGroups } from './syscalls/groups.ts'
export { nameOf, numberOf } from './syscalls/numbers.ts'
