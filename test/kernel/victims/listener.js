// listener.js FILTER_HEX OPTIONS_JSON: takes a filter with a listener, then a second one; tells what the descriptor is and
// what every thread has.
import { readlinkSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { installListener } from '../../../out/kernel/listener.js'
import { processStatus } from '../../../out/kernel/status.js'

const [filter, options = '{}'] = process.argv.slice(2)
await Promise.all(Array.from({ length: 8 }, () => access('/')))
const take = () => {
  try {
    return readlinkSync(`/proc/self/fd/${installListener(Buffer.from(filter, 'hex'), JSON.parse(options))}`)
  } catch ({ name, code, errno, message }) {
    return { name, code, errno, message }
  }
}
const before = processStatus()
const [first, second] = [take(), take()]
console.log(JSON.stringify({ first, second, before, after: processStatus() }))
