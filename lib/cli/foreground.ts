import { type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { exitCodes } from './exit-codes.ts'

/** How a command ended: its exit code, or the signal that ended it. */
export type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals }

/** Signals that ask a program to do something: what is sent to us is meant for the command. */
const forwarded: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
]
/** What the keyboard sends. */
const keyboard: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/**
 * Runs a program in our place: its signals are those we get, and we wait for its end.
 * @throws the error of spawn(2), when the program was never started.
 */
export const runInForeground = (
  path: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Ending> =>
  new Promise((resolve, reject) => {
    const listeners = forwarded.map((signal) => {
      const forward = (): void => {
        if (!(keyboard.includes(signal) && ownsTerminal())) child.kill(signal)
      }
      process.on(signal, forward)
      return (): void => void process.off(signal, forward)
    })
    const stop = (): void => {
      for (const off of listeners) off()
    }
    const child = spawn(path, args, options)
    child.once('error', (error) => {
      stop()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      stop()
      resolve(signal ? { signal } : { code: code! })
    })
  })

/**
 * Whether we are the terminal's foreground job. Then the terminal sends Ctrl-C to the command itself (it shares our process
 * group), and many programs take a second one for "at once". Fields 5, 7 and 8 of proc_pid_stat(5).
 */
const ownsTerminal = (): boolean => {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [processGroup, terminal, foreground] = [fields[2], fields[4], fields[5]]
    return terminal !== '0' && processGroup === foreground
  } catch {
    return isatty(0)
  }
}

/** The exit code that a shell would give. */
export const exitCodeOfEnding = (ending: Ending): number =>
  'code' in ending ? ending.code : exitCodes.signal + constants.signals[ending.signal]
