/**
 * `seccomp/testing`: have the kernel itself show that a profile is enforced.
 */
export { type Canary, canaryOf } from './canary.ts'
