import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { processStatus } from '../../lib/kernel/status.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import { scratch } from '../cli/scratch.ts'
import { type Result, seccomp } from '../cli/seccomp.ts'
import { native } from './programs.ts'
import { canFilter } from './victims.ts'

/** Profiles beyond one filter's 4096 instructions, put in force by `seccomp run`, and asked of the kernel. */

const addon = JSON.stringify(join(import.meta.dirname, '../../build/Release/raw_syscall.node'))
const EPERM = 1
const EBADF = 9
const EINVAL = 22
const EPROTO = 71
const STEP = 7

const equals = (index: number, value: number | bigint): object[] => [{ index, op: 'SCMP_CMP_EQ', value }]
const valuesFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, place) => first + place * STEP)

/** ioctl(-1, request) is EBADF to the kernel, whatever the request; no prctl(2) option is as high as these. */
const requests = valuesFrom(0x10_0000, 2500)
const options = valuesFrom(0x20_0000, 2500)
/** What Node itself asks of a terminal, a pipe or a socket. */
const nodesOwn = [0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451]

/** docker-default, but ioctl is allowed for a list alone, and prctl fails with EPROTO for another. */
const profile = {
  ...dockerDefault,
  syscalls: [
    ...dockerDefault.syscalls.map((rule) => ({
      ...rule,
      names: rule.names.filter((name) => name !== 'ioctl' && name !== 'prctl'),
    })),
    ...[...nodesOwn, ...requests].map((request) => ({
      names: ['ioctl'],
      action: 'SCMP_ACT_ALLOW',
      args: equals(1, request),
    })),
    ...options.map((option) => ({
      names: ['prctl'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: EPROTO,
      args: equals(0, option),
    })),
    { names: ['prctl'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, op: 'SCMP_CMP_LT', value: 0x20_0000 }] },
  ].filter(({ names }) => names.length > 0),
}

/** Operands as text where they are bigint. */
const written = (document: object): string =>
  JSON.stringify(document, (_, part) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part))

/** Asks the kernel for the errno of each call, and tells which are not what they should be. */
const asking = (calls: readonly (readonly [expected: number, number, ...number[]])[]): string =>
  `const { syscall } = require(${addon})
   const wrong = ${JSON.stringify(calls)}.filter(([expected, ...call]) => syscall(...call).errno !== expected)
   const status = require('node:fs').readFileSync('/proc/self/status', 'utf8')
   console.log(JSON.stringify({ wrong, filters: /^Seccomp_filters:\\s(\\d+)$/m.exec(status)?.[1] }))`

/** A script of this size doesn't fit in an argument. */
const runScript = (cwd: string, script: string): Promise<Result> => {
  writeFileSync(join(cwd, 'script.cjs'), script)
  return seccomp(['run', '--profile', 'large.json', '--', process.execPath, 'script.cjs'], { cwd })
}

describe.runIf(canFilter)('seccomp run, given a profile of 5000 conditions,', () => {
  test('enforces all of it, by several filters', { timeout: 120_000 }, async () => {
    const [ioctl, prctl, unshare, getpid] = ['ioctl', 'prctl', 'unshare', 'getpid'].map((name) =>
      numberOf(native, name),
    ) as [number, number, number, number]
    const calls = [
      ...requests.map((request) => [EBADF, ioctl, -1, request] as const),
      ...requests.map((request) => [EPERM, ioctl, -1, request + 1] as const),
      ...options.map((option) => [EPROTO, prctl, option] as const),
      ...options.map((option) => [EPERM, prctl, option + 3] as const),
      [EPERM, ioctl, -1, 0xffff_ffff],
      [EINVAL, prctl, 0xf_ffff],
      [EPERM, unshare, 0],
      [0, getpid],
    ] as const
    const cwd = scratch({ 'large.json': written(profile) })
    const { code, stdout, stderr } = await runScript(cwd, asking(calls))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { wrong, filters } = JSON.parse(stdout)
    expect(wrong).toEqual([])
    if (filters !== undefined)
      expect(Number(filters)).toBeGreaterThan(processStatus().threads[0]!.filters! + 1)
  })

  test('shows by the unfiltered answers that the filters gave them', async () => {
    const { code, stdout } = await seccomp([
      'run',
      '--profile=unconfined',
      '--',
      process.execPath,
      '-e',
      asking([
        [EBADF, numberOf(native, 'ioctl')!, -1, requests[1]! + 1],
        [EINVAL, numberOf(native, 'prctl')!, options[1]!],
        [EINVAL, numberOf(native, 'prctl')!, options[1]! + 3],
      ]),
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).wrong).toEqual([])
  })
})

describe.runIf(canFilter)('seccomp run, given a profile beyond all filters of a process,', () => {
  test('says how large it is and runs nothing', { timeout: 120_000 }, async () => {
    // Two words to compare, and constants of 2^31 and above, which take two of the kernel's instructions.
    const syscalls = valuesFrom(0x9000_0000, 6000).map((word) => ({
      names: ['mmap'],
      action: 'SCMP_ACT_ERRNO',
      args: equals(1, (BigInt(word) << 32n) | BigInt(word)),
    }))
    const cwd = scratch({ 'large.json': written({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }) })
    const { code, stdout, stderr } = await seccomp(
      ['run', '--profile', 'large.json', '--', 'touch', 'marker'],
      { cwd },
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^seccomp: the profile takes \d+ filters, \d{5} instructions .* 32768 .*\n$/)
    expect(existsSync(join(cwd, 'marker'))).toBe(false)
  })
})
