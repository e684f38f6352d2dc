import { describeTarget } from '../../export/describe.ts'
import { decisionAsData } from '../../inspect/decision.ts'
import { wrap } from '../../inspect/wrap.ts'
import { formatVerdict } from '../../policy/format.ts'
import { explainOutcome } from '../explain-outcome.ts'
import { formatTestCall } from '../test-argument.ts'
import type { Result, Results } from './check.ts'

/** What came of a file of expectations, for people. The other forms are junit.ts and tap.ts. */
export const formatResults = ({ subject, source, askedKernel, results }: Results): string => {
  const failed = results.filter(({ outcome }) => !outcome.holds)
  const where = `${subject.name} for ${describeTarget(subject.policies[0]!)}`
  const count = (number: number): string => `${number} expectation${number === 1 ? '' : 's'}`
  const details = failed.map((result) => {
    const lines = explain({ subject, source }, result).map((line) => wrapped(line, '  '))
    return `${wrapped(`not so: ${title(result)}`)}${lines.join('')}\n`
  })
  const sum = failed.length
    ? `${failed.length} of ${count(results.length)} ${failed.length === 1 ? "doesn't" : "don't"} hold`
    : `${count(results.length)} ${results.length === 1 ? 'holds' : 'hold'}`
  return `${details.join('')}${sum}${askedKernel ? '; this kernel was asked as well' : ''}\n${wrapped(where)}`
}

const wrapped = (text: string, first = ''): string =>
  `${wrap(text.split(' '), { first, indent: `${first}  ` })}\n`

/** One expectation in a line: `socket(AF_VSOCK, …): ERRNO(EPERM)`. */
export const title = ({ expectation: { call, args, arch, verdict } }: Result): string =>
  `${formatTestCall(call, args)}${arch ? ` on ${arch}` : ''}: ${verdict.text}`

/** Where an expectation stands: `expectations.yaml:7:5`. */
export const place = (source: string, { expectation: { at } }: Result): string =>
  `${source}:${at.line}:${at.column}`

/** Why an expectation doesn't hold: a call, what it gets, the rule that decided, and where it was expected. */
export const explain = (
  { subject, source }: Pick<Results, 'subject' | 'source'>,
  result: Result,
): string[] => [
  ...explainOutcome(result.outcome, subject),
  `expected at ${place(source, result)}`,
  ...(result.expectation.why === undefined ? [] : [`because ${result.expectation.why}`]),
]

/** The results as data that prints as JSON. */
export const resultsAsData = (all: Results): object => {
  const { subject, source, askedKernel, results } = all
  const { target, as } = subject.policies[0]!
  const failed = results.filter(({ outcome }) => !outcome.holds).length
  return {
    holds: failed === 0,
    profile: subject.name,
    expectations: source,
    target: { ...target, as },
    askedKernel,
    total: results.length,
    failed,
    results: results.map((result) => resultAsData(all, result)),
  }
}

const resultAsData = (all: Results, result: Result): object => {
  const { expectation, outcome } = result
  const { decision, call, arch, name, verdict, holds } = outcome
  return {
    holds,
    title: title(result),
    ...(expectation.why !== undefined && { why: expectation.why }),
    at: expectation.at,
    expected: expectation.verdict.text,
    // A call that gets something else; where all get what is expected, one of those.
    call: { name, architecture: arch, ...call },
    verdict: formatVerdict(verdict, arch),
    ...decisionAsData(decision),
    ...(outcome.kernel !== undefined && { kernel: outcome.kernel }),
    ...(!holds && { explanation: explain(all, result) }),
  }
}
