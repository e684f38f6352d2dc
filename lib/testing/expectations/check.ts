import { type Issue, SeccompError } from '../../errors.ts'
import type { ProfileSource } from '../../load.ts'
import { type Checked, confirmedByKernel } from '../ask-about.ts'
import { checkCalls, type Outcome, samples } from '../check-calls.ts'
import { type Subject, subjectOf, type TestTarget } from '../subject.ts'
import { ExpectationsError } from './issues.ts'
import type { Expectation, Expectations, Place } from './read.ts'

/** What came of a file of expectations. */
export interface Results {
  readonly subject: Subject
  /** The file's name. */
  readonly source: string
  /** Whether this kernel was asked as well. */
  readonly askedKernel: boolean
  readonly results: readonly Result[]
}

/** What came of one expectation. */
export interface Result {
  readonly expectation: Expectation
  readonly outcome: Outcome
}

export interface CheckOptions {
  /** What counts instead of the file's own target. */
  readonly target?: TestTarget
  /** Ask this kernel as well. */
  readonly kernel?: boolean
}

/**
 * Asks a profile about every expectation of a file.
 * @throws ExpectationsError with every issue of the file; what loading and compiling the profile throw.
 */
export const checkExpectations = async (
  profile: ProfileSource,
  { source, expectations, issues, target: own }: Expectations,
  { target = {}, kernel = false }: CheckOptions = {},
): Promise<Results> => {
  const subject = subjectOf(profile, { ...own, ...target })
  const found: Issue[] = [...issues]
  const checked = expectations.flatMap((expectation): (Checked & Pick<Result, 'expectation'>)[] => {
    try {
      const all = [...samples(subject.policies, expectation)]
      const outcome = checkCalls(subject.policies, all, expectation.verdict)
      return [{ expectation, outcome, samples: all }]
    } catch (error) {
      if (!(error instanceof SeccompError)) throw error
      found.push({ ...placeOf(expectation, error), message: error.message })
      return []
    }
  })
  if (found.length) throw new ExpectationsError(found, source)
  const outcomes = kernel ? await confirmedByKernel(subject, checked) : checked.map(({ outcome }) => outcome)
  const results = checked.map(({ expectation }, index) => ({ expectation, outcome: outcomes[index]! }))
  return { subject, source, askedKernel: kernel, results }
}

const placeOf = ({ callAt, argsAt }: Expectation, { code }: SeccompError): Place =>
  code === 'ERR_UNKNOWN_NAME' ? callAt : argsAt
