/**
 * `seccomp`: everything. Importing it loads no native code, and works on any platform; what needs Linux throws
 * ERR_UNSUPPORTED_PLATFORM when it is called.
 */
export * from './core.ts'
export { compile, compileStack } from './kernel/compile.ts'
export { type LiveFilter, readFilters, type ThreadFilters } from './kernel/dump.ts'
export { KernelError, ThreadSyncError } from './kernel/errors.ts'
export { explain, summarize } from './kernel/explain.ts'
export type { FilterFlag } from './kernel/flags.ts'
export { type HostOptions, hostTarget } from './kernel/host.ts'
export { type InstallOptions, installFilter } from './kernel/install.ts'
export type { KilledCall } from './kernel/killed-call.ts'
export { installListener } from './kernel/listener.ts'
export { diff, lint } from './kernel/review.ts'
export {
  type CapabilitySets,
  type ProcessStatus,
  processStatus as status,
  type SeccompMode,
  type ThreadStatus,
} from './kernel/status.ts'
export { type Answer, type KernelSupport, kernelSupport, type NotificationSizes } from './kernel/support.ts'
export { type LoadOptions, loadProfile, loadProfileSync, type ProfileSource } from './load.ts'
export { type Applied, type ApplyOptions, apply } from './process/apply.ts'
export { drop } from './process/drop.ts'
export { type ExecSelfOptions, execSelf } from './process/exec-self.ts'
export { fork } from './process/fork.ts'
export { NotEnforcedError } from './process/not-enforced-error.ts'
export { type Finding, PreflightError } from './process/preflight/finding.ts'
export type { Consequence } from './process/preflight/needs.ts'
export { preflight } from './process/preflight/preflight.ts'
export { readSituation, type Situation } from './process/preflight/situation.ts'
export { exec } from './process/spawn/exec.ts'
export { execFile } from './process/spawn/exec-file.ts'
export { execFileSync, execSync } from './process/spawn/exec-sync.ts'
export type { SeccompOptions, WithSeccomp } from './process/spawn/options.ts'
export { spawn } from './process/spawn/spawn.ts'
export { spawnSync } from './process/spawn/spawn-sync.ts'
export { type AppliedToThread, unsafeApplyToThread } from './process/unsafe-apply-to-thread.ts'
export { type ViolationEventMap, ViolationEvents, violations } from './process/violations/events.ts'
export { explainExit } from './process/violations/explain-exit.ts'
export type { EndedBySeccomp, SeccompExit } from './process/violations/seccomp-exit.ts'
