// violations-refused.cjs [signal]: what onViolation: 'trap' doesn't go together with; or, told so, the end by a SIGSYS that
// somebody sends.
const { isMainThread, parentPort, Worker } = require('node:worker_threads')

const profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES' }],
}
const attempt = (use) => {
  try {
    use()
    return 'done'
  } catch (error) {
    return `${error.code}: ${error.message}`
  }
}

const main = async ([signal]) => {
  const { apply, violations } = await import('../../../dist/index.js')
  if (!isMainThread) return parentPort.postMessage(attempt(() => violations.on('violation', () => {})))
  const trap = () => attempt(() => apply(profile, { onViolation: 'trap' }))
  const listener = () => {}
  process.on('SIGSYS', listener)
  const beside = trap()
  process.off('SIGSYS', listener)
  const applied = trap()
  const after = attempt(() => process.on('SIGSYS', listener))
  const again = trap()
  const inWorker = await new Promise((resolve) => new Worker(__filename).once('message', resolve))
  console.log(JSON.stringify({ beside, applied, after, again, inWorker }))
  if (signal) {
    process.kill(process.pid, 'SIGSYS')
    console.log('alive')
  }
}
main(process.argv.slice(2))
