import { formatVerdict } from '../../policy/format.ts'
import type { Results } from './check.ts'
import { explain, place, title } from './report.ts'

/** The results in the Test Anything Protocol, version 14 (testanything.org). */
export const formatTap = (all: Results): string => {
  const points = all.results.map((result, index) => {
    const { holds, verdict, arch } = result.outcome
    const point = `${holds ? 'ok' : 'not ok'} ${index + 1} - ${plain(title(result))}\n`
    if (holds) return point
    const diagnostics = {
      message: explain(all, result).join('\n'),
      at: place(all.source, result),
      expected: result.expectation.verdict.text,
      actual: formatVerdict(verdict, arch),
    }
    // JSON's texts are YAML's.
    const lines = Object.entries(diagnostics).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
    return `${point}  ---\n${lines.join('')}  ...\n`
  })
  return `TAP version 14\n1..${points.length}\n${points.join('')}`
}

/** A # would begin a directive. */
const plain = (text: string): string => text.replace(/[\\#]/g, '\\$&')
