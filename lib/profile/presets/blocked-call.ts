/** The shape of a table of blocked calls, and the words to write one with. */

/** What has to be so for the profile to allow a call that it otherwise blocks. Several keys: any one of them. */
export interface Opening {
  /** The narrowest capability whose holder may make the call. CAP_SYS_ADMIN may open it too. */
  readonly capability?: string
  /** From this kernel on, everyone may. */
  readonly minKernel?: string
  /** On hosts of these architectures (Docker's spelling), everyone may. */
  readonly arches?: readonly string[]
  /** Blocked only so: "with …". Every other use is allowed. */
  readonly when?: string
}

/** One call that the profile blocks. */
export interface BlockedCall extends Opening {
  /** As the kernel's tables have it. */
  readonly name: string
  /** What the call does that a sandbox shouldn't let through. Completes "blocked because it …". */
  readonly reason: string
}

/** Calls that are blocked for kindred reasons. */
export interface BlockedGroup {
  readonly title: string
  readonly calls: readonly BlockedCall[]
}

/** Calls that the profile blocks unless `opening` holds. */
export const blocked = (
  opening: Opening,
  reasons: Readonly<Record<string, string>>,
): readonly BlockedCall[] => Object.entries(reasons).map(([name, reason]) => ({ name, reason, ...opening }))

/** Calls that nothing in the profile opens. */
export const always = (reasons: Readonly<Record<string, string>>): readonly BlockedCall[] =>
  blocked({}, reasons)

/** Calls for holders of `capability`. */
export const unless = (
  capability: string,
  reasons: Readonly<Record<string, string>>,
): readonly BlockedCall[] => blocked({ capability }, reasons)

/** A group of the table. */
export const group = (title: string, ...calls: readonly (readonly BlockedCall[])[]): BlockedGroup => ({
  title,
  calls: calls.flat(),
})
