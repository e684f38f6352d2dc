import type { PromiseName } from '../../lib/profile/presets/node/promise.ts'

/**
 * What an attempt to get out of a preset is, and words to list them with. Each would, without a filter, fail for its
 * arguments or do nothing worth noting: nothing is mapped at address 1, there is no descriptor -1, and no process 0x7fffffff.
 */

/** The kernel's own entry, int 0x80 with i386's numbers, and x32's numbers on the kernel's own. */
export type Door = 'native' | 'int80' | 'x32'

/** An argument; text is a pointer to that path. */
export type Argument = number | bigint | string

export interface Attempt {
  readonly door: Door
  readonly call: string
  /** Where it isn't the one that the table has for the call. */
  readonly number?: bigint
  readonly args: readonly Argument[]
  /** By which promises, any of them, this very call is permitted; none: by no promise. */
  readonly permittedBy: readonly PromiseName[]
  /** Refused under `jitless` alone. */
  readonly jitless?: true
}

type Row = readonly [call: string, ...args: readonly Argument[]]

/** Rows that only these promises permit. */
export const unless =
  (...permittedBy: readonly PromiseName[]) =>
  (...rows: readonly Row[]): readonly Attempt[] =>
    rows.map(([call, ...args]) => ({ door: 'native', call, args, permittedBy }))

/** Rows that nothing permits. */
export const never: (...rows: readonly Row[]) => readonly Attempt[] = unless()

/** The same call with each of the values. */
export const each = <Value>(values: readonly Value[], row: (value: Value) => Row): readonly Row[] =>
  values.map(row)

/** Bits that a filter compares where the kernel, which takes an int, doesn't look. */
export const HIGH = 1n << 32n

/** The process that starts the one that attempts: this one. */
export const PARENT: number = process.pid
/** A process number that Linux never gives (its largest is 2^22). */
export const NOBODY = 0x7fffffff
/** An address where nothing is. */
export const NOWHERE = 1
/** The current folder, in place of a descriptor: openat(2). */
export const AT_FDCWD = -100
