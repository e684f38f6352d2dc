// Forked under node:compute: computes, and tells how what it isn't allowed went.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const attempt = (use) => {
  try {
    use()
    return 'done'
  } catch (error) {
    return error.code
  }
}
const answer = {
  sum: Array.from({ length: 1000 }, (_, index) => index).reduce((sum, each) => sum + each),
  read: attempt(() => readFileSync('/etc/passwd')),
  program: attempt(() => execFileSync('/bin/true')),
}
process.send(answer, () => process.disconnect())
