/** What it means when a program under a filter ended. */

/** SIGSYS is 31 on every architecture that Node runs on under Linux but MIPS; a shell adds 128 to it. */
const SHELL_SIGSYS = 128 + 31

const WHICH_CALL = "the kernel's log names the call ('dmesg | grep type=1326', as root)"

/**
 * Why a program that ended was ended, if its filter did it.
 * @param code as in the 'exit' event, or `status` of spawnSync
 * @param signal as there
 * @returns one sentence for people; undefined when no filter had a part in it, as far as the ending tells. A call that
 * was answered with an errno is the program's own to report.
 * @example child.on('exit', (code, signal) => console.log(explainExit(code, signal) ?? 'its own end'))
 */
export const explainExit = (code: number | null, signal: string | null): string | undefined => {
  if (signal === 'SIGSYS')
    return `killed by its filter (SIGSYS) for a call that its profile doesn't let it make; ${WHICH_CALL}`
  if (code === SHELL_SIGSYS)
    return `a command that it ran was killed by the filter, for 159 is a shell's word for SIGSYS; ${WHICH_CALL}`
  return undefined
}
