// unprivileged.js FILTER_HEX: an ordinary user asks for a filter without no_new_privs.

import { installFilter } from '../../../out/kernel/install.js'
import { processStatus } from '../../../out/kernel/status.js'
import { kernelSupport } from '../../../out/kernel/support.js'

kernelSupport() // loads the addon while its folder can be read
if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(1000)
  process.setuid(1000)
}
const filter = Buffer.from(process.argv[2], 'hex')
const attempt = (noNewPrivileges) => {
  try {
    installFilter(filter, { noNewPrivileges })
    return 'done'
  } catch (error) {
    return { name: error.name, code: error.code, errno: error.errno, syscall: error.syscall }
  }
}
const { uid } = processStatus()
const { noNewPrivileges: alreadySet } = processStatus().threads[0]
console.log(JSON.stringify({ uid, alreadySet, without: attempt(false), with: attempt(true) }))
