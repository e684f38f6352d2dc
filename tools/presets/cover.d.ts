/** One Node's record, as trace.js and record.js make it; forms are calls as `openat(,,0x80000,0)`. */
export interface Recorded {
  readonly node: string
  readonly arch: string
  readonly libc: string
  readonly startup: readonly string[]
  readonly children: readonly string[]
  readonly work: Readonly<Record<string, readonly string[]>>
}
export interface Gap {
  readonly where: string
  readonly form: string
  readonly promises: readonly string[]
}
/** The parts of the package that are asked. */
export interface Library {
  readonly [name: string]: unknown
}
export const uncovered: (recorded: Recorded, library: Library) => readonly Gap[]
export const readRecorded: () => readonly Recorded[]
