/** JSON pointers (RFC 6901): `/syscalls/3/names/0`, with `~` as `~0` and `/` as `~1` inside a key. */

/** A key of an object, or an index of an array. */
export type PathStep = string | number

/** The pointer for a path; the empty path is `''`, the whole document. */
export const toPointer = (path: readonly PathStep[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** The keys and indices of a pointer, as text. */
export const fromPointer = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
