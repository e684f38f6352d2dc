import { actionOf, type Verdict } from '../../bpf/verdict.ts'

/** Whether a call with this verdict is made; undefined, a verdict that hangs on arguments, is no yes. */
export const isMade = (verdict: Verdict | undefined): boolean =>
  verdict !== undefined && ['ALLOW', 'LOG'].includes(actionOf(verdict))
