const { readFileSync } = require('node:fs')

try {
  module.exports = readFileSync('/etc/passwd').length > 0
} catch (error) {
  module.exports = error.code
}
