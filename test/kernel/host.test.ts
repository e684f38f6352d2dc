import { release } from 'node:os'
import { describe, expect, test } from 'vitest'
import { architectureOfCpu, capabilitiesAfterExec, hostTarget } from '../../lib/kernel/host.ts'
import { type ProcessStatus, processStatus } from '../../lib/kernel/status.ts'
import { dockerCapabilities } from '../../lib/syscalls/capabilities.ts'
import { launch } from './launch.ts'
import { allowing, native } from './programs.ts'
import { canFilter } from './victims.ts'

const heldBy = (uid: number, sets: Partial<ProcessStatus['capabilities']>): ProcessStatus => ({
  pid: 1,
  uid,
  capabilities: { permitted: [], effective: [], bounding: [], ambient: [], ...sets },
  threads: [],
})

test('architectureOfCpu tells the byte orders apart', () => {
  expect(architectureOfCpu('x64', 'LE')).toBe('x86_64')
  expect(architectureOfCpu('ppc64', 'LE')).toBe('ppc64le')
  expect(architectureOfCpu('ppc64', 'BE')).toBe('ppc64')
  expect(() => architectureOfCpu('x64', 'BE')).toThrow(
    expect.objectContaining({ code: 'ERR_TARGET_INVALID' }),
  )
  expect(() => architectureOfCpu('z80', 'LE')).toThrow(/z80/)
})

describe('capabilitiesAfterExec', () => {
  test('leaves root what both its permitted and its bounding set have', () => {
    const root = heldBy(0, { permitted: ['CAP_KILL', 'CAP_BPF'], bounding: ['CAP_KILL', 'CAP_SETUID'] })
    expect(capabilitiesAfterExec(root)).toEqual(['CAP_KILL'])
  })
  test('leaves an ordinary user the ambient set, whatever it holds now', () => {
    const user = heldBy(1000, {
      permitted: ['CAP_KILL', 'CAP_BPF'],
      effective: ['CAP_BPF'],
      ambient: ['CAP_KILL'],
    })
    expect(capabilitiesAfterExec(user)).toEqual(['CAP_KILL'])
  })
})

describe.runIf(canFilter)('hostTarget', () => {
  test('is this machine', () => {
    const { arch, kernel } = hostTarget()
    expect(arch).toBe(native)
    expect(release().startsWith(`${kernel.major}.${kernel.minor}`)).toBe(true)
  })

  test("counts no capability beyond Docker's fourteen, unless asked to", () => {
    const { permitted, bounding } = processStatus().capabilities
    const docker = hostTarget().capabilities
    expect(dockerCapabilities).toEqual(expect.arrayContaining([...docker]))
    const all = hostTarget({ capabilities: 'process' }).capabilities
    expect(all).toEqual(expect.arrayContaining([...docker]))
    if (process.getuid!() === 0) expect(all).toEqual(permitted.filter((name) => bounding.includes(name)))
  })

  test('tells what a program that is started really has', () => {
    const { stdout } = launch(allowing(1), 'cat', { args: ['/proc/self/status'] })
    const mask = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(stdout)![1]}`)
    const bits = [...mask.toString(2)].filter((bit) => bit === '1').length
    expect(hostTarget({ capabilities: 'process' }).capabilities).toHaveLength(bits)
  })

  test('tells what this process has as it is', () => {
    expect(hostTarget({ runs: 'self', capabilities: 'process' }).capabilities).toEqual(
      processStatus().capabilities.effective,
    )
  })
})
