/** What is to be run, read from arguments as Node's child_process reads them. */

import { SeccompError } from '../../errors.ts'
import { childProcess } from '../../kernel/builtins.ts'

/** A program and its argument list. */
export interface Command {
  /** After the shell, if one is asked for. */
  readonly file: string
  readonly argv0: string
  readonly args: readonly string[]
}

type Options = Readonly<Record<string, unknown>>

/** The options among `(file, args?, options?)`. */
export const optionsAmong = (args: unknown, options: unknown): unknown =>
  Array.isArray(args) || args === undefined || args === null ? options : args

/** The argument list among them. */
export const listAmong = (args: unknown): readonly string[] => (Array.isArray(args) ? args : [])

/**
 * Reads the command.
 * @throws Node's own TypeError for what Node would refuse as well, where handing it to the launcher would hide it.
 */
export const readCommand = (file: unknown, args: readonly string[], options: Options): Command => {
  const { shell, argv0 } = options
  const odd =
    !isText(file) ||
    file === '' ||
    someNul(args) ||
    !(shell === undefined || shell === null || typeof shell === 'boolean' || isText(shell)) ||
    !(argv0 === undefined || argv0 === null || isText(argv0))
  // Where file is in order, what Node gets in its place can't be executed, should it find nothing to refuse.
  if (odd)
    return refusedByNode(() =>
      childProcess().spawnSync((isText(file) && file !== '' ? '/dev/null' : file) as string, args, options),
    )
  if (!shell) return { file, argv0: argv0 ?? file, args }
  const name = typeof shell === 'string' ? shell : '/bin/sh'
  return { file: name, argv0: argv0 ?? name, args: ['-c', [file, ...args].join(' ')] }
}

export const isText = (value: unknown): value is string => typeof value === 'string' && !hasNul(value)

export const hasNul = (value: unknown): boolean => typeof value === 'string' && value.includes('\0')

/** As quick as it gets, for every spawn asks. */
const someNul = (args: readonly unknown[]): boolean => {
  for (const arg of args) if (hasNul(arg)) return true
  return false
}

/** Has Node throw its own error for arguments that it refuses. */
export const refusedByNode = (call: () => unknown): never => {
  call()
  throw new SeccompError('ERR_USAGE', 'an argument is invalid; nothing was run')
}
