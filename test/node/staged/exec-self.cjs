// exec-self.cjs PROFILE_JSON: executes itself anew under the profile, and tries to open a file then.
const { readFileSync } = require('node:fs')
const { execSelf } = require('seccomp')

console.log('began')
execSelf(JSON.parse(process.argv[2]))
try {
  console.log(readFileSync(__filename).length)
} catch ({ code }) {
  console.log(code)
}
