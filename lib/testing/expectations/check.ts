import { type Issue, SeccompError } from '../../errors.ts'
import type { ProfileSource } from '../../load.ts'
import { checkCalls, type Outcome } from '../check-calls.ts'
import { type Subject, subjectOf, type TestTarget } from '../subject.ts'
import { ExpectationsError } from './issues.ts'
import type { Expectation, Expectations, Place } from './read.ts'

/** What came of a file of expectations. */
export interface Results {
  readonly subject: Subject
  /** The file's name. */
  readonly source: string
  readonly results: readonly Result[]
}

/** What came of one expectation. */
export interface Result {
  readonly expectation: Expectation
  readonly outcome: Outcome
}

/**
 * Asks a profile about every expectation of a file.
 * @param target what counts instead of the file's own target
 * @throws ExpectationsError with every issue of the file; what loading and compiling the profile throw.
 */
export const checkExpectations = (
  profile: ProfileSource,
  { source, expectations, issues, target: own }: Expectations,
  target: TestTarget = {},
): Results => {
  const subject = subjectOf(profile, { ...own, ...target })
  const found: Issue[] = [...issues]
  const results = expectations.flatMap((expectation): Result[] => {
    try {
      return [{ expectation, outcome: checkCalls(subject.policies, expectation, expectation.verdict) }]
    } catch (error) {
      if (!(error instanceof SeccompError)) throw error
      found.push({ ...placeOf(expectation, error), message: error.message })
      return []
    }
  })
  if (found.length) throw new ExpectationsError(found, source)
  return { subject, source, results }
}

const placeOf = ({ callAt, argsAt }: Expectation, { code }: SeccompError): Place =>
  code === 'ERR_UNKNOWN_NAME' ? callAt : argsAt
