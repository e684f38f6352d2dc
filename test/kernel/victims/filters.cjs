// filters.cjs: tells how many filters it is under.
const status = require('node:fs').readFileSync('/proc/self/status', 'utf8')
const count = Number(/Seccomp_filters:\t(\d+)/.exec(status)?.[1])
if (process.send) process.send(count)
else console.log(count)
