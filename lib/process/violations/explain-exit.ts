import { seccompExit } from './seccomp-exit.ts'

/**
 * Why a program that ended was ended, if its filter did it.
 * @param code as in the 'exit' event, or `status` of spawnSync
 * @param signal as there
 * @returns one sentence for people; undefined when no filter had a part in it, as far as the ending tells. A call that
 * was answered with an errno is the program's own to report.
 * @example child.on('exit', (code, signal) => console.log(explainExit(code, signal) ?? 'its own end'))
 */
export const explainExit = (code: number | null, signal: string | null): string | undefined =>
  seccompExit(code, signal)?.message
