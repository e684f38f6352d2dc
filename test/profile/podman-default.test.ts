import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { actionOf, dataOf } from '../../lib/bpf/verdict.ts'
import { SeccompError } from '../../lib/errors.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfile, parseProfileText } from '../../lib/profile/parse.ts'
import { podmanDefault } from '../../lib/profile/presets/podman-default.ts'
import type { Rule } from '../../lib/profile/types.ts'
import { architecture } from '../../lib/syscalls/architectures.ts'
import { isKnownSyscall, numberOf } from '../../lib/syscalls/numbers.ts'
import { sharedData } from '../shared-data.ts'
import { comparePolicies, hosts } from './same-policies.ts'

const file = sharedData('profiles/podman-default.json')
if (!file)
  console.warn('skipped: the comparison with Podman, ../shared/data/profiles/podman-default.json is absent')

describe.skipIf(!file)("podman-default against Podman's own profile (needs ../shared/data)", () => {
  const theirs = file ? parseProfileText(readFileSync(file, 'utf8')) : podmanDefault

  test('has the same default and the same sub-architectures of each host', () => {
    const { syscalls: _a, ...frame } = podmanDefault
    const { syscalls: _b, ...theirFrame } = theirs
    expect(frame).toEqual(theirFrame)
  })

  test('resolves to the same policy on every architecture, with every set of capabilities, on every kernel', () => {
    const compared = [...comparePolicies(podmanDefault, theirs)]
    expect(compared.filter(({ same }) => !same)).toEqual([])
    expect(compared.length).toBeGreaterThan(hosts.length * 2)
  })

  test('would be told apart if any one of its rules were missing', () => {
    const noticed = (missing: Rule): boolean => {
      const syscalls = podmanDefault.syscalls.filter((rule) => rule !== missing)
      try {
        for (const { same } of comparePolicies({ ...podmanDefault, syscalls }, theirs)) if (!same) return true
        return false
      } catch (error) {
        // Without the rule for socketcall, on x86 the rules for socket are rules for it, and contradict each other.
        return error instanceof SeccompError && error.code === 'ERR_POLICY_CONFLICT'
      }
    }
    const unnoticed = podmanDefault.syscalls.filter((rule) => !noticed(rule))
    expect(unnoticed.map(({ comment }) => comment)).toEqual([])
  })
})

describe('podman-default', () => {
  const answer = (capabilities: readonly string[], name: string, ...args: readonly bigint[]): string => {
    const policy = resolvePolicy(podmanDefault, makeTarget({ arch: 'x86_64', kernel: '6.18', capabilities }))
    const call = {
      arch: architecture('x86_64').audit,
      nr: numberOf('x86_64', name)!,
      instructionPointer: 0n,
      args,
    }
    const verdict = evaluate(policy, call)
    return actionOf(verdict) === 'ERRNO' ? `errno ${dataOf(verdict)}` : actionOf(verdict)
  }

  test.for([
    ['io_uring_setup, unnamed', [], 'io_uring_setup', [], 'errno 38'],
    ['unshare', [], 'unshare', [], 'ALLOW'],
    ['swapon', ['CAP_SYS_ADMIN'], 'swapon', [], 'errno 1'],
    ['chroot without CAP_SYS_CHROOT', [], 'chroot', [], 'errno 1'],
    ['chroot with it', ['CAP_SYS_CHROOT'], 'chroot', [], 'ALLOW'],
    ['a netlink socket to the audit system', [], 'socket', [16n, 3n, 9n], 'errno 22'],
    ['another netlink socket', [], 'socket', [16n, 3n, 0n], 'ALLOW'],
    ['perf_event_open with CAP_SYS_ADMIN alone', ['CAP_SYS_ADMIN'], 'perf_event_open', [], 'errno 38'],
    ['perf_event_open with CAP_PERFMON alone', ['CAP_PERFMON'], 'perf_event_open', [], 'errno 1'],
  ] as const)('answers %s', ([, capabilities, name, args, expected]) => {
    expect(answer(capabilities, name, ...args)).toBe(expected)
  })

  test('names only calls that some architecture has, and tells with every rule what it is for', () => {
    const names = podmanDefault.syscalls.flatMap((rule) => rule.names)
    expect(names.filter((name) => !isKnownSyscall(name))).toEqual([])
    expect(podmanDefault.syscalls.filter(({ comment }) => !comment)).toEqual([])
  })

  test('is a profile like any other to the parser, which changes nothing in it', () => {
    expect(parseProfile(podmanDefault)).toEqual(podmanDefault)
    expect(Object.isFrozen(podmanDefault.syscalls[0]!.names)).toBe(true)
  })
})
