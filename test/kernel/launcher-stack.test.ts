import { type StdioOptions, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verdict } from '../../lib/bpf/verdict.ts'
import { sealedMemfd } from '../../lib/kernel/memfd.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { launcherCommand, launcherPath, parseLaunchFailure } from '../../lib/process/spawn/launcher.ts'
import { run } from './launch.ts'
import { allowing, answering, assemble, EPERM, withoutMkdir } from './programs.ts'
import { canFilter, type Ending } from './victims.ts'

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'seccomp-stack-'))
})
afterAll(() => rmSync(scratch, { recursive: true }))

/** Runs a program under all of these, first to last; what it did to the status descriptor too, if one is given. */
const launchUnder = (
  filters: readonly Uint8Array[],
  file: string,
  args: string[],
  status?: number,
): Ending => {
  const descriptors = filters.map((filter) => sealedMemfd('test filter', filter))
  const given = status === undefined ? descriptors : [...descriptors, status]
  try {
    const command = launcherCommand({
      filterFd: filters.map((_, index) => 3 + index),
      ...(status === undefined ? {} : { statusFd: 3 + filters.length }),
      file,
      args,
    })
    return run(command.path, command.args, { stdio: ['ignore', 'pipe', 'pipe', ...given] as StdioOptions })
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}

/** mkdir(2) answers this errno, under either of its names. */
const mkdirAnswers = (errno: number): Uint8Array =>
  answering({ mkdir: verdict('ERRNO', errno), mkdirat: verdict('ERRNO', errno) })

describe.runIf(canFilter)('several filters in the launcher', () => {
  test('are all in force before the program starts', () => {
    const own = processStatus().threads[0]!.filters
    const filters = [
      withoutMkdir,
      answering({ getdents64: EPERM }),
      answering({ nanosleep: EPERM, clock_nanosleep: EPERM }),
    ]
    const { status, stdout } = launchUnder(filters, 'cat', ['/proc/self/status'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^Seccomp:\t2$/m)
    if (own !== null) expect(stdout).toMatch(new RegExp(`^Seccomp_filters:\t${own + 3}$`, 'm'))
    for (const [file, argument] of [
      ['mkdir', join(scratch, 'never')],
      ['ls', scratch],
      ['sleep', '0.01'],
    ] as const) {
      expect(launchUnder(filters, file, [argument]).status, file).not.toBe(0)
      expect(launchUnder([allowing(1), allowing(2)], file, [argument]).status, file).toBe(0)
    }
  })

  test('are installed in their order: of two errnos the last one answers', () => {
    const made = (...errnos: number[]): string =>
      launchUnder(errnos.map(mkdirAnswers), process.execPath, [
        '-p',
        `try { fs.mkdirSync(${JSON.stringify(join(scratch, 'never'))}) } catch (error) { error.code }`,
      ]).stdout
    expect(made(71, 95)).toBe('ENOTSUP\n')
    expect(made(95, 71)).toBe('EPROTO\n')
  })

  test('are read before the first one can forbid it', () => {
    const mute = answering({ read: EPERM, pread64: EPERM, close: EPERM })
    // The launcher reads nothing to say its version.
    expect(launchUnder([mute, mute, allowing(4096)], launcherPath(), ['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('seccomp launcher'),
    })
  })

  test('leave the program no descriptor', () => {
    const plain = run('ls', ['/proc/self/fd'], { stdio: ['ignore', 'pipe', 'pipe'] })
    const { stdout } = launchUnder([allowing(1), allowing(2), allowing(3)], 'ls', ['/proc/self/fd'])
    expect(stdout).toBe(plain.stdout)
  })

  test('may be 64', () => {
    const filters = Array<Uint8Array>(64).fill(allowing(1))
    expect(launchUnder(filters, 'true', [])).toMatchObject({ status: 0, stderr: '' })
    expect(launchUnder([...filters, allowing(1)], 'true', [])).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('1 to 64 descriptors'),
    })
  })
})

describe.runIf(canFilter)('several filters in the launcher run nothing, with 78,', () => {
  const kernelRefuses = 'the kernel refuses the filter'
  const many = (count: number): Uint8Array[] => Array<Uint8Array>(count).fill(allowing(4096))
  const noRoom = 'the kernel has no room for the filter (it takes 32768 translated instructions in all)'

  test.each<[string, Uint8Array[], string]>([
    [
      'when a later one is empty',
      [allowing(1), new Uint8Array(0)],
      'filter 2 of 2: the filter is empty: Invalid argument',
    ],
    [
      'when the kernel refuses a later one',
      [withoutMkdir, allowing(2), assemble([[0x20, 0, 0, 0]])],
      `filter 3 of 3: ${kernelRefuses}: Invalid argument`,
    ],
    [
      'when one forbids the next',
      [answering({ seccomp: EPERM }), withoutMkdir],
      `filter 2 of 2: ${kernelRefuses}: Operation not permitted`,
    ],
    [
      'when one answers for the kernel that the next is installed',
      [answering({ seccomp: verdict('ERRNO', 0) }), withoutMkdir],
      "filter 2 of 2: a filter that is already in force answers in the kernel's place: Operation not permitted",
    ],
    [
      'when together they are too much for the kernel',
      many(8),
      `filter 8 of 8: ${noRoom}: Cannot allocate memory`,
    ],
    [
      'when together they are more than the kernel could ever take',
      many(9),
      'filter 9 of 9: the filters have more than 32768 instructions in all: Argument list too long',
    ],
  ])('%s', (_, filters, words) => {
    expect(launchUnder(filters, 'echo', ['ran'])).toEqual({
      status: 78,
      signal: null,
      stdout: '',
      stderr: `seccomp: ${words}; nothing was run\n`,
    })
  })

  test('when a descriptor is named twice', () => {
    const filter = sealedMemfd('once', allowing(1))
    const { path, args } = launcherCommand({ filterFd: [3, 3], file: 'echo', args: ['ran'] })
    try {
      const { status, stdout, stderr } = spawnSync(path, args, {
        stdio: ['ignore', 'pipe', 'pipe', filter],
        encoding: 'utf8',
        timeout: 30_000,
      })
      expect({ status, stdout, stderr }).toEqual({
        status: 78,
        stdout: '',
        stderr: "seccomp: filter 2 of 2: the filter can't be read: Bad file descriptor; nothing was run\n",
      })
    } finally {
      closeSync(filter)
    }
  })

  test('and tell the status descriptor which stage it was', () => {
    const path = join(scratch, 'status')
    const status = openSync(path, 'w+')
    try {
      const ending = launchUnder([answering({ seccomp: EPERM }), withoutMkdir], 'echo', ['ran'], status)
      expect(ending).toMatchObject({ status: 78, stdout: '', stderr: '' })
      expect(parseLaunchFailure(readFileSync(path))).toEqual({ stage: 'install', errno: 1 })
    } finally {
      closeSync(status)
    }
  })
})

describe.runIf(canFilter)('a list of descriptors that is none', () => {
  test.each(['3,', ',3', '3,,4', '3,2', '3;4', '3, 4', '3,x', '3,99999999999'])('is refused: %j', (list) => {
    expect(run(launcherPath(), [list, '0', '1', '-', 'true', 'true'])).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('FILTER_FD must be 1 to 64 descriptors'),
    })
  })

  test('has none in common with the status descriptor', () => {
    expect(run(launcherPath(), ['3,4', '0', '1', '4', 'true', 'true'])).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('STATUS_FD'),
    })
  })
})
