// CommonJS that has the words of an ES module.
const { readFileSync } = require('node:fs')

const attempt = async () => {
  await undefined
  return readFileSync(process.argv[1]).length > 0 && 'import and export'
}
attempt().then(
  (found) => process.send({ found }, () => process.disconnect()),
  ({ code }) => process.send({ found: code }, () => process.disconnect()),
)
