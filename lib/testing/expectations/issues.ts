import { type Issue, printable, SeccompError } from '../../errors.ts'

/** A file of expectations that can't be tested. All issues at once, in the order of the file. */
export class ExpectationsError extends SeccompError {
  readonly issues: readonly Issue[]
  /** The file's name. */
  readonly source: string

  constructor(issues: readonly Issue[], source: string) {
    const sorted = [...issues].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    )
    super(
      'ERR_EXPECTATIONS_INVALID',
      sorted
        .map(({ line, column, pointer, message }) => {
          const place = `${source}:${line}:${column}${pointer && ` ${pointer}`}`
          return `${printable(place)}: ${message}`
        })
        .join('\n'),
    )
    this.issues = sorted
    this.source = source
  }
}
