import { type Issue, printable, SeccompError } from '../errors.ts'

/**
 * A text that is no program. All issues at once, each with its line and column.
 * @example for (const { line, message } of error.issues) console.log(`${line}: ${message}`)
 */
export class AssemblyError extends SeccompError {
  readonly issues: readonly Issue[]
  readonly source: string | undefined

  constructor(issues: readonly Issue[], source?: string) {
    const where = ({ line, column }: Issue): string => printable(`${source ?? 'program'}:${line}:${column}`)
    super('ERR_FILTER_INVALID', issues.map((issue) => `${where(issue)}: ${issue.message}`).join('\n'))
    this.issues = issues
    this.source = source
  }
}
