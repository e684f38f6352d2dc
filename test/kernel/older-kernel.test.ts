import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verdict } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { scratch } from '../cli/scratch.ts'
import { bin } from '../cli/seccomp.ts'
import { launch } from './launch.ts'
import { answering, native, withoutMkdir } from './programs.ts'
import { canFilter, type Ending, hex } from './victims.ts'

/** A filter in force plays an older kernel: it answers some questions of seccomp(2) as that one would. */
interface Answer {
  readonly operation: number
  readonly flags?: number
  readonly errno: number
}
const olderKernel = (...answers: readonly Answer[]): Uint8Array =>
  compile(
    {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: answers.map(({ operation, flags, errno }) => ({
        names: ['seccomp'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: errno,
        args: [operation, ...(flags === undefined ? [] : [flags])].map((value, index) => ({
          index,
          op: 'SCMP_CMP_EQ',
          value,
        })),
      })),
    },
    { arch: native, kernel: '6.18', capabilities: 'none' },
  ).bytes

const SET_MODE_FILTER = 1
const GET_ACTION_AVAIL = 2
const FLAG_LOG = 2
const EINVAL = 22
const EOPNOTSUPP = 95

const logging = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_LOG' }] }
const logFlag = {
  defaultAction: 'SCMP_ACT_ALLOW',
  flags: ['SECCOMP_FILTER_FLAG_LOG'],
  syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }],
}

/** `seccomp run` of a command that leaves a mark, on such a kernel. */
const runOn = (kernel: Uint8Array, profile: object): Ending & { ran: boolean } => {
  const cwd = scratch({ 'p.json': JSON.stringify(profile) })
  const args = [bin, 'run', '--profile', 'p.json', '--', 'sh', '-c', ': > marker']
  const ending = launch(kernel, process.execPath, { args, cwd })
  return { ...ending, ran: existsSync(join(cwd, 'marker')) }
}

describe.runIf(canFilter)('seccomp run on a kernel that lacks', () => {
  test('nothing, runs the command', () => {
    for (const profile of [logging, logFlag])
      expect(runOn(olderKernel(), profile)).toMatchObject({ status: 0, stderr: '', ran: true })
  })

  test('an action of the filter, names it and runs nothing', () => {
    const kernel = olderKernel({ operation: GET_ACTION_AVAIL, errno: EOPNOTSUPP })
    expect(runOn(kernel, logging)).toMatchObject({
      status: 78,
      stdout: '',
      stderr: expect.stringMatching(
        /^seccomp: seccomp: EOPNOTSUPP: this kernel lacks the action \w+ .*nothing was run\n$/,
      ),
      ran: false,
    })
  })

  test('the question which actions there are, takes those of Linux 3.5 for granted and no other', () => {
    const kernel = olderKernel({ operation: GET_ACTION_AVAIL, errno: EINVAL })
    // KILL_PROCESS is what foreign architectures get.
    expect(runOn(kernel, logging)).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/lacks the action (LOG|KILL_PROCESS) \(Linux 4\.14\)/),
      ran: false,
    })
  })

  test("a flag of the profile's, names it and runs nothing", () => {
    const kernel = olderKernel({ operation: SET_MODE_FILTER, flags: FLAG_LOG, errno: EINVAL })
    expect(runOn(kernel, logFlag)).toMatchObject({
      status: 78,
      stdout: '',
      stderr: expect.stringMatching(/lacks SECCOMP_FILTER_FLAG_LOG \(Linux 4\.14\).*nothing was run\n$/),
      ran: false,
    })
    expect(runOn(kernel, logging)).toMatchObject({ status: 0, stderr: '', ran: true })
  })
})

describe.runIf(canFilter)('spawn on a kernel that lacks an action of the filter', () => {
  test('starts nothing, and the error names it', () => {
    const module = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)
    const script = `import(${module}).then(({ spawnSync }) => {
      try {
        console.log(String(spawnSync('echo', ['ran'], { seccomp: ${JSON.stringify(logging)} }).stdout))
      } catch ({ code, message }) {
        console.log(JSON.stringify({ code, message }))
      }
    })`
    const kernel = olderKernel({ operation: GET_ACTION_AVAIL, errno: EOPNOTSUPP })
    const spawned = (on: Uint8Array): string => launch(on, process.execPath, { args: ['-e', script] }).stdout
    expect(spawned(olderKernel())).toBe('ran\n\n')
    expect(JSON.parse(spawned(kernel))).toEqual({
      code: 'ERR_KERNEL_UNSUPPORTED',
      message: expect.stringContaining('lacks the action'),
    })
  })
})

describe.runIf(canFilter)('where a filter in force says of the next one that it is installed', () => {
  const impostor = answering({ seccomp: verdict('ERRNO', 0) })

  test('the command is not run', () => {
    expect(runOn(impostor, logging)).toMatchObject({
      status: 78,
      stdout: '',
      stderr: expect.stringMatching(/in the kernel's place.*nothing was run\n$/),
      ran: false,
    })
  })

  test('installFilter throws', () => {
    const victim = join(import.meta.dirname, 'victims/install.js')
    const { status, stdout } = launch(impostor, process.execPath, { args: [victim, hex(withoutMkdir)] })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      failure: {
        code: 'ERR_KERNEL',
        message: expect.stringContaining('success in the place of the kernel'),
      },
      main: 'done',
    })
  })
})
