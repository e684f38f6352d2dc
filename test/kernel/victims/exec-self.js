// exec-self.js PROFILE_JSON [OPTIONS_JSON]: asks to be executed anew under a profile, and tells what it is afterwards;
// how often it began goes to standard error. With a channel it tells there, waits for a message and tells that.
import { readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs'
import { execSelf } from '../../../out/process/exec-self.js'

const [profile, options = '{}'] = process.argv.slice(2)
writeSync(2, 'began\n')

const attempt = (use) => {
  try {
    return use()
  } catch (error) {
    return error.code
  }
}
let failure
try {
  execSelf(JSON.parse(profile), JSON.parse(options))
} catch ({ name, code, message }) {
  failure = { name, code, message }
}
const links = readdirSync('/proc/self/fd').map((fd) => attempt(() => readlinkSync(`/proc/self/fd/${fd}`)))
const found = {
  failure,
  pid: process.pid,
  argv: process.argv.slice(1, 2),
  execArgv: process.execArgv,
  ours: Object.keys(process.env).filter((name) => name.startsWith('SECCOMP_STAGE')),
  filters: [
    ...new Set(
      readdirSync('/proc/self/task').map((tid) =>
        Number(/^Seccomp_filters:\s(\d+)$/m.exec(readFileSync(`/proc/self/task/${tid}/status`, 'utf8'))?.[1]),
      ),
    ),
  ],
  rings: links.filter((link) => link?.includes('io_uring')).length,
  memfds: links.filter((link) => link?.includes('memfd')).length,
}
if (!process.send) console.log(JSON.stringify(found))
else {
  process.send({ ...found, map: new Map([['kept', 1]]) })
  process.once('message', (message) => process.send({ message }, () => process.disconnect()))
}
