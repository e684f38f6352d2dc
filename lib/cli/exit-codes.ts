/** What the command's exit codes mean; env(1), timeout(1) and the shell use 125 to 127 and 128+n alike. */
export const exitCodes = {
  done: 0,
  /** The question has an answer, and it is no. */
  no: 1,
  /** Bad usage or a bad profile; nothing was run. */
  usage: 2,
  /** Asked to enforce, could not; nothing was run (EX_CONFIG of sysexits.h). */
  notEnforced: 78,
  /** A failure of our own. */
  failure: 125,
  cannotExecute: 126,
  notFound: 127,
  /** Plus the number of the signal. */
  signal: 128,
} as const

export const exitCodeHelp = `
Exit codes:
    0  done
    1  the answer is no (differs, not enforceable here)
    2  bad usage or bad profile; nothing was run
   78  asked to enforce a filter, could not; nothing was run
  125  a failure of seccomp itself
  126  run: the command can't be executed
  127  run: the command isn't found
  otherwise, for run: the command's own, or 128+n when signal n ended it

Set SECCOMP_DEBUG=1 to see where an error comes from.`
