/**
 * Every failure of this package is a {@link SeccompError}: a stable `code`, data fields, and a message that says
 * what to do. Codes are API; messages may be reworded.
 */

/** The stable codes, one a kind of failure. */
export type ErrorCode =
  | 'ERR_PROFILE_INVALID' // the document breaks the format; `issues` lists every place
  | 'ERR_PROFILE_NOT_FOUND' // no such file or preset
  | 'ERR_PROFILE_UNREADABLE' // the file exists but can't be read
  | 'ERR_TARGET_INVALID' // unknown architecture, kernel version or capability; or a needed one is missing
  | 'ERR_POLICY_CONFLICT' // two rules give one condition different actions, or a composition would be wider than asked
  | 'ERR_UNKNOWN_SYSCALL' // a name in a rule stricter than the default that no architecture knows
  | 'ERR_UNKNOWN_NAME' // a syscall, constant or verdict a caller named that doesn't exist
  | 'ERR_MIXED_BYTE_ORDER' // architectures of both byte orders in one filter
  | 'ERR_FILTER_TOO_LARGE' // more instructions than the kernel accepts
  | 'ERR_FILTER_INVALID' // bytes that are no filter the kernel would accept
  | 'ERR_FILTER_UNPROVED' // the compiler's own output disagrees with the policy: a bug of ours, never loaded
  | 'ERR_UNSUPPORTED_PLATFORM' // not Linux, or an architecture without a binary
  | 'ERR_BINDING_NOT_FOUND' // the native part is missing
  | 'ERR_KERNEL' // the kernel refused; `errno` and `syscall` say how
  | 'ERR_KERNEL_UNSUPPORTED' // this kernel lacks an action or flag the filter needs
  | 'ERR_THREAD_SYNC' // a thread can't take the filter; `tid` and `comm` name it
  | 'ERR_PREFLIGHT' // this running process can't live under the filter; `findings` lists why, nothing was installed
  | 'ERR_CANNOT_START' // the filter refuses execve, and all that could tell of it; nothing was started
  | 'ERR_NOT_ENFORCED' // installed, yet a thread doesn't have it; `threads` names those
  | 'ERR_NOT_PERMITTED' // this process may not look; the message names the capability, or the filter in its way
  | 'ERR_EXPECTATIONS_INVALID' // a file of expectations breaks its format; `issues` lists every place
  | 'ERR_USAGE' // a bad argument from the caller

/**
 * The base class of everything this package throws on purpose.
 * @example try { compile(profile) } catch (error) { if (error instanceof SeccompError) console.log(error.code) }
 */
export class SeccompError extends Error {
  /** Stable, for programs. */
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A key or a file name may hold anything; in a message it must not break the line or command the terminal. */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** One place where a profile breaks the format. */
export interface Issue {
  /** RFC 6901 JSON pointer; `''` is the whole document. */
  readonly pointer: string
  /** 1-based, when the profile was read from text. */
  readonly line?: number
  readonly column?: number
  /** What is wrong and what would be right, one sentence. */
  readonly message: string
}

/**
 * A profile that breaks the format. All issues at once, in document order.
 * @example for (const { line, column, message } of error.issues) console.log(`${line}:${column} ${message}`)
 */
export class ProfileError extends SeccompError {
  readonly issues: readonly Issue[]
  /** File name or preset, where known. */
  readonly source: string | undefined

  constructor(issues: readonly Issue[], source?: string) {
    const where = (issue: Issue): string =>
      `${source ?? 'profile'}${issue.line === undefined ? '' : `:${issue.line}:${issue.column}`}`
    super(
      'ERR_PROFILE_INVALID',
      issues
        .map((issue) => `${printable(`${where(issue)}: ${issue.pointer || '(document)'}`)}: ${issue.message}`)
        .join('\n'),
    )
    this.issues = issues
    this.source = source
  }
}
