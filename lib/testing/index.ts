/**
 * `seccomp/testing`: have the kernel itself show that a profile is enforced.
 */
export { type Canary, canaryOf } from './canary.ts'
export { expect } from './expect.ts'
export {
  type CallOptions,
  type DenyOptions,
  type MatcherResult,
  type SeccompMatchers,
  seccompMatchers,
} from './matchers.ts'
export {
  type ProbeCall,
  type ProbeOptions,
  type ProbeOutcome,
  type ProbeResult,
  probe,
} from './probe.ts'
export type { Exempt } from './questions.ts'
export type { RunOptions } from './run-under.ts'
export type { TestTarget } from './subject.ts'
export type { Difference } from './tally.ts'
export type { TestArgument, TestValue } from './test-argument.ts'
export { type ArchitectureReport, type Verification, type VerifyOptions, verify } from './verify.ts'
