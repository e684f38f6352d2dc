// fill.js FILTER_HEX: installs a filter on the main thread again and again, until the kernel takes no more; prints how
// often it did, and why it stopped.
import { installFilter } from '../../../out/kernel/install.js'

const filter = Buffer.from(process.argv[2], 'hex')
let installed = 0
try {
  for (;;) {
    installFilter(filter, { threads: 'calling' })
    installed++
  }
} catch (error) {
  console.log(JSON.stringify({ installed, errno: error.errno, message: error.message }))
}
