// Workloads that look into the program and at the machine.
import { join } from 'node:path'
import { scratch } from './surroundings.js'

export const inspector = async () => {
  const { close, open, url } = await import('node:inspector')
  return () => {
    open(0, '127.0.0.1')
    const address = url()
    close()
    if (!address) throw Object.assign(new Error('the inspector did not start'), { code: 'NO_INSPECTOR' })
    return address.startsWith('ws:')
  }
}

/** The sampling profiler, in the process itself. */
export const profiler = async () => {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  return async () => {
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
    // By its own clock, for the machine may be busy with others; asked now and then, for that is a call.
    const begin = process.cpuUsage()
    for (let n = 0; n % 10_000 || process.cpuUsage(begin).user < 200_000; n++) Math.sqrt(n)
    const { profile } = await session.post('Profiler.stop')
    // Of some two hundred, the thread itself takes the first and the last, and one for each time V8 throws code away.
    if (profile.samples.length < 20)
      throw Object.assign(new Error('the profile is empty'), { code: 'NO_SAMPLES' })
    return true
  }
}

/** Everything that the os module tells. */
export const osInfo = async () => {
  const os = await import('node:os')
  return () =>
    [
      ...[os.cpus().length, os.availableParallelism(), os.freemem(), os.totalmem(), os.uptime() > 0],
      ...[os.loadavg().length, os.hostname().length, os.release().length, os.version().length],
      ...[os.userInfo().uid >= 0, os.getPriority() < 20, Object.keys(os.networkInterfaces()).length],
      ...[process.getgroups().length >= 0],
    ].every(Boolean)
}

export const report = () => {
  process.report.directory = scratch()
  return async () => {
    process.report.excludeNetwork = false
    const { header } = process.report.getReport()
    const file = process.report.writeReport('report.json')
    if (!file) throw Object.assign(new Error('the report was not written'), { code: 'NO_REPORT' })
    return [header.nodejsVersion === process.version, file]
  }
}

export const heapSnapshot = async () => {
  const { writeHeapSnapshot } = await import('node:v8')
  return () => writeHeapSnapshot(join(scratch(), 'heap.heapsnapshot')).length > 0
}
