// verify() and probe() by a user without any privilege; null where that user can't reach the native programs.
import { accessSync, constants } from 'node:fs'
import { nativeProgram } from '../../../out/kernel/native-program.js'
import { probe, verify } from '../../../out/testing/index.js'

const path = nativeProgram('canary', 'this test')
if (process.getuid() === 0) {
  process.setgroups([])
  process.setgid(65534)
  process.setuid(65534)
}
const reaches = () => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const profile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [
    { names: ['getppid'], action: 'SCMP_ACT_TRACE', errnoRet: 9 },
    { names: ['uname'], action: 'SCMP_ACT_NOTIFY' },
  ],
}

const answer = async () => {
  const { agrees, questions } = await verify('docker-default')
  const results = await probe(profile, ['getppid', 'uname', 'getuid'])
  return {
    uid: process.getuid(),
    agrees,
    questions,
    outcomes: results.map(({ outcome }) => outcome.kind),
    value: Number(results[2].outcome.value),
  }
}
console.log(JSON.stringify(reaches() ? await answer() : null))
