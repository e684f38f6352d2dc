import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { BlockedCall } from '../../lib/profile/presets/blocked-call.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import {
  blockedCalls,
  blockedGroups,
  formerlyBlocked,
} from '../../lib/profile/presets/docker-default-blocked.ts'
import { architectures, findArchitecture } from '../../lib/syscalls/architectures.ts'
import { syscallNames } from '../../lib/syscalls/numbers.ts'
import { allowedOn, dockersFourteen, everyCapability } from './docker-default-gates.ts'

/** The table of blocked calls in Docker's seccomp documentation, by name. */
const documented =
  `acct add_key bpf clock_adjtime clock_settime clone create_module delete_module finit_module get_kernel_syms
  get_mempolicy init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind mount move_pages
  name_to_handle_at nfsservctl open_by_handle_at perf_event_open personality pivot_root process_vm_readv
  process_vm_writev ptrace query_module quotactl reboot request_key set_mempolicy setns settimeofday stime swapon
  swapoff sysfs _sysctl umount umount2 unshare uselib userfaultfd ustat vm86 vm86old`.split(/\s+/)

const reasons: ReadonlyMap<string, BlockedCall> = new Map(blockedCalls.map((call) => [call.name, call]))

/** The calls a program on `host` can name: the host's own and those of its sub-architectures. */
const callsOn = (scmp: string): ReadonlySet<string> => {
  const row = dockerDefault.archMap?.find(({ architecture }) => architecture === scmp)
  const names = [scmp, ...(row?.subArchitectures ?? [])].map((name) => findArchitecture(name)!.name)
  return new Set(names.flatMap((name) => [...syscallNames(name).keys()]))
}

/** Every call that isn't free to every process, and where. */
const withheld = new Map<string, Set<string>>()
for (const { scmp, docker } of architectures)
  for (const capabilities of [[], dockersFourteen])
    for (const kernel of ['4.4', '6.18']) {
      const { always } = allowedOn(dockerDefault, { arch: docker, kernel, capabilities })
      for (const name of callsOn(scmp))
        if (!always.has(name)) withheld.set(name, (withheld.get(name) ?? new Set()).add(docker))
    }

const amd64 = (capabilities: readonly string[], kernel = '4.4') =>
  allowedOn(dockerDefault, { arch: 'amd64', kernel, capabilities })

describe('the reasons of docker-default', () => {
  test('cover every call of every architecture that the profile keeps from some process, and no other', () => {
    expect([...reasons.keys()].sort()).toEqual([...withheld.keys()].sort())
  })

  test('are one a call, and one sentence each, fit to follow "blocked because it"', () => {
    expect(reasons.size).toBe(blockedCalls.length)
    const odd = blockedCalls.filter(({ reason }) => !/^[a-z].{20,}[^.]$/.test(reason) || /\. /.test(reason))
    expect(odd).toEqual([])
  })

  test('name a capability that truly opens the call, and one wherever one does', () => {
    const wrong = blockedCalls.filter(({ name, capability, arches }) => {
      if (arches) return capability !== undefined
      const openers = everyCapability.filter((one) => amd64([one]).always.has(name))
      return capability === undefined ? openers.length > 0 : !openers.includes(capability)
    })
    expect(wrong).toEqual([])
    // The narrowest: CAP_SYS_ADMIN only where nothing less will do.
    const wide = blockedCalls.filter(
      ({ name, capability }) =>
        capability === 'CAP_SYS_ADMIN' &&
        everyCapability.some((one) => one !== capability && amd64([one]).always.has(name)),
    )
    expect(wide).toEqual([])
  })

  test('name the kernel from which a call is free, wherever there is one', () => {
    const free = [...reasons.keys()].filter(
      (name) => amd64([], '6.18').always.has(name) && !amd64([], '4.4').always.has(name),
    )
    expect(blockedCalls.filter(({ minKernel }) => minKernel).map(({ name }) => name)).toEqual(free)
    for (const { name, minKernel } of blockedCalls)
      if (minKernel) expect(amd64([], minKernel).always.has(name)).toBe(true)
  })

  test('name the hosts on which a call is free, wherever there are some', () => {
    const free = new Map<string, string[]>()
    for (const { docker } of architectures) {
      const { always } = allowedOn(dockerDefault, { arch: docker, kernel: '4.4', capabilities: [] })
      for (const name of reasons.keys())
        if (always.has(name)) free.set(name, [...(free.get(name) ?? []), docker])
    }
    const named = blockedCalls.flatMap(({ name, arches }) => (arches ? [[name, [...arches].sort()]] : []))
    expect(Object.fromEntries(named)).toEqual(
      Object.fromEntries([...free].map(([name, hosts]) => [name, hosts.sort()])),
    )
  })

  test('say when a call is blocked, wherever its arguments decide', () => {
    const conditional = blockedCalls.filter(({ when }) => when).map(({ name }) => name)
    expect(conditional.sort()).toEqual([...amd64([]).sometimes].sort())
  })

  test('say "newer than the profile" of those with a number above all that the profile names', () => {
    const numbers = syscallNames('x86_64')
    const newest = Math.max(...[...amd64([]).always].map((name) => numbers.get(name) ?? 0))
    const newer = [...reasons.keys()].filter((name) => (numbers.get(name) ?? 0) > newest)
    const said = blockedCalls.filter(({ reason }) => reason.includes('newer than the profile'))
    expect(said.map(({ name }) => name).sort()).toEqual(newer.sort())
  })
})

describe("the table of blocked calls in Docker's documentation", () => {
  test("has each of its calls in ours, or in the list of those that today's profile allows", () => {
    const allowed = formerlyBlocked.map(({ name }) => name)
    expect(documented.filter((name) => !reasons.has(name)).sort()).toEqual(allowed.sort())
  })

  test.each(formerlyBlocked)('lists $name, which is allowed to everyone today', ({ name }) => {
    expect(amd64([]).always.has(name)).toBe(true)
  })

  test.each(['ptrace', 'process_vm_readv', 'process_vm_writev'])(
    'lists %s, allowed from Linux 4.8 on',
    (name) => {
      expect(amd64(dockersFourteen, '4.4').always.has(name)).toBe(false)
      expect(amd64(dockersFourteen, '4.8').always.has(name)).toBe(true)
    },
  )
})

test('docs/docker-default.md is what tools/gen-docker-default-doc.js makes of the table', async () => {
  const tool = new URL('../../tools/gen-docker-default-doc.js', import.meta.url).href
  const { render } = (await import(tool)) as { render: (table: object) => string }
  const page = readFileSync(new URL('../../docs/docker-default.md', import.meta.url), 'utf8')
  expect(page).toBe(render({ blockedGroups, formerlyBlocked }))
})
