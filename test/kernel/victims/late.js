// late.js HOW: after files are closed, what functions give that nobody has called before. As a program imports it.
import { openSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { AuditSummary, apply, compile, diff, fork, lint, profile, SeccompError, violations } from 'seccomp'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' }
// A Node of 22 or newer holds an io_uring, with which it can't live under node:compute.
const closed = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    {
      names: ['open', 'openat', 'openat2', 'stat', 'lstat', 'newfstatat', 'statx', 'readlink', 'access'],
      action: 'SCMP_ACT_ERRNO',
      errno: 'EACCES',
    },
  ],
}
const codeOf = (run) => {
  try {
    run()
  } catch (error) {
    return error instanceof SeccompError || error.syscall ? error.code : String(error)
  }
}
const answers = () => ({
  file: codeOf(() => openSync(import.meta.filename)),
  instructions: compile('docker-default', target).stats.instructions,
  same: diff('docker-default', 'docker-default', target).differences.length,
  findings: lint('docker-default', target).findings.length > 0,
  unknown: codeOf(() => compile('no-such-preset', target)),
  built: profile({ default: 'SCMP_ACT_ALLOW' }).deny('mkdir').build().syscalls.length,
  line: new AuditSummary().add('nothing').kind,
})

const ways = {
  apply: () => {
    apply(closed)
    console.log(JSON.stringify(answers()))
  },
  'apply in a Worker': () => {
    new Worker(import.meta.filename, { workerData: 'apply' }).once('message', (theirs) => {
      console.log(JSON.stringify([answers(), theirs]))
    })
  },
  'apply beside a Worker': () => {
    const worker = new Worker(import.meta.filename, { workerData: 'wait' })
    worker.once('message', () => {
      apply(closed)
      worker.once('message', (theirs) => {
        console.log(JSON.stringify(theirs))
        worker.unref()
      })
      worker.postMessage('now')
    })
  },
  fork: () => {
    const options = { seccomp: 'node:compute', seccompOptions: { onViolation: 'trap' } }
    fork(import.meta.filename, ['child'], options).on('message', (theirs) =>
      console.log(JSON.stringify(theirs)),
    )
  },
  child: () => {
    const denied = []
    violations.on('violation', ({ name }) => denied.push(name))
    const theirs = answers()
    violations.drain()
    process.send({ ...theirs, denied: [...new Set(denied)] })
    process.disconnect()
  },
}
if (isMainThread) ways[process.argv[2]]()
else if (workerData === 'apply') {
  apply(closed)
  parentPort.postMessage(answers())
} else {
  parentPort.once('message', () => parentPort.postMessage(answers()))
  parentPort.postMessage('ready')
}
