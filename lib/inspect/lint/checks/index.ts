import type { Check } from '../finding.ts'
import { argumentWidthCheck } from './argument-width.ts'
import { cancelledConditions } from './cancelled-conditions.ts'
import { clone3 } from './clone3.ts'
import { enosys } from './enosys.ts'
import { essentialCalls } from './essential-calls.ts'
import { ioUring } from './io-uring.ts'
import { kernelVersion } from './kernel-version.ts'
import { killThread } from './kill-thread.ts'
import { neverFires } from './never-fires.ts'
import { otherArchitectures } from './other-architectures.ts'
import { otherProcesses } from './other-processes.ts'
import { overlappingRules } from './overlapping-rules.ts'
import { socketcall } from './socketcall.ts'
import { terminalInput } from './terminal-input.ts'
import { unknownCalls } from './unknown-calls.ts'

/** Every check, ways past a filter first, then what breaks programs, then what a profile says in vain. */
export const checks: readonly Check[] = [
  ioUring,
  socketcall,
  otherArchitectures,
  cancelledConditions,
  argumentWidthCheck,
  otherProcesses,
  terminalInput,
  clone3,
  essentialCalls,
  enosys,
  killThread,
  unknownCalls,
  neverFires,
  overlappingRules,
  kernelVersion,
]
