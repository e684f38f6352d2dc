import type { Results } from './check.ts'
import { explain, title } from './report.ts'

/** The results as JUnit's XML, as CI systems read it: one test suite, one test case an expectation. */
export const formatJunit = (all: Results): string => {
  const { subject, source, results } = all
  const failed = results.filter(({ outcome }) => !outcome.holds).length
  const counts = `tests="${results.length}" failures="${failed}" errors="0"`
  const cases = results.map((result) => {
    const { at } = result.expectation
    const attributes = `name="${xml(title(result))}" classname="${xml(subject.name)}" file="${xml(source)}" line="${at.line}"`
    if (result.outcome.holds) return `    <testcase ${attributes}/>\n`
    const [message, ...rest] = explain(all, result).map(xml)
    return `    <testcase ${attributes}>
      <failure message="${message}">${[message, ...rest].join('\n')}</failure>
    </testcase>
`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="seccomp" ${counts}>
  <testsuite name="${xml(`${subject.name}: ${source}`)}" ${counts}>
${cases.join('')}  </testsuite>
</testsuites>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 has no way to write most control characters, nor half a surrogate pair. */
const xml = (text: string): string =>
  text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (mark) => entities[mark]!)
