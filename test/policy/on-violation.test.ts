import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import { actionOf, dataOf, type Verdict, verdict } from '../../lib/bpf/verdict.ts'
import { compile, compilePolicy } from '../../lib/filter/compile.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { onViolation, violationModes } from '../../lib/policy/on-violation.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { syscallNames } from '../../lib/syscalls/numbers.ts'
import { callsAt, profiles } from '../arbitrary.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const
const policyOf = (profile: string | object): Policy => compile(profile, target).policy
const call = (name: string, ...args: string[]): Call => parseCall(name, args, 'x86_64')

/** What a caller sees of a verdict where the handler is there. */
const withHandler = (each: Verdict): Verdict =>
  actionOf(each) === 'TRAP' ? verdict('ERRNO', dataOf(each)) : each

const NO_SUCH_CALL = verdict('ERRNO', 38)

const resolved = (profile: Profile): Policy | undefined => {
  try {
    return resolvePolicy(profile, makeTarget(target))
  } catch {
    return undefined // Rules that contradict each other.
  }
}

describe('onViolation', () => {
  test('in every mode answers each call of any policy as documented, and compiles to what is proved', () => {
    let seen = 0
    fc.assert(
      fc.property(profiles, (profile) => {
        const policy = resolved(profile)
        if (!policy) return
        const changed = Object.fromEntries(violationModes.map((mode) => [mode, onViolation(policy, mode)]))
        for (const each of fc.sample(callsAt(policy), 25)) {
          const before = evaluate(policy, each)
          const [errno, kill, trap, log] = violationModes.map((mode) => evaluate(changed[mode]!, each))
          expect(withHandler(trap!)).toBe(errno)
          if (['ALLOW', 'LOG'].includes(actionOf(before))) {
            expect([errno, kill, log]).toEqual([before, before, before])
            continue
          }
          seen++
          if (before === NO_SUCH_CALL) expect([before, verdict('KILL_PROCESS')]).toContain(kill)
          else expect([kill, log]).toEqual([verdict('KILL_PROCESS'), verdict('LOG')])
          // Only on a foreign architecture the end stays the end.
          if (actionOf(before) === 'ERRNO') expect(errno).toBe(before)
          else if (errno !== policy.foreignVerdict) expect(errno).toBe(verdict('ERRNO', 1))
        }
        for (const mode of violationModes) compilePolicy(changed[mode]!)
      }),
      { numRuns: 30 },
    )
    expect(seen).toBeGreaterThan(100)
  })

  test("Docker's default trapped is the same with the action swapped, but where no handler could answer", () => {
    const [errno, trap] = [policyOf('docker-default'), onViolation(policyOf('docker-default'), 'trap')]
    const kept: string[] = []
    for (const name of syscallNames('x86_64').keys()) {
      const [before, after] = [evaluate(errno, call(name)), evaluate(trap, call(name))]
      if (actionOf(before) !== 'ERRNO') expect(after, name).toBe(before)
      else if (after === before) kept.push(name)
      else expect(after, name).toBe(verdict('TRAP', dataOf(before)))
    }
    // It has a rule of its own with ENOSYS; others are newer than the profile.
    expect(kept).toContain('clone3')
    for (const name of kept) expect(evaluate(errno, call(name)), name).toBe(NO_SUCH_CALL)
    expect(evaluate(trap, call('clone', 'CLONE_NEWUSER'))).toBe(verdict('TRAP', 1))
    expect(trap.foreignVerdict).toBe(errno.foreignVerdict)
  })

  test('leaves the error number to what libc and libuv call where SIGSYS is blocked, whatever the default', () => {
    const trap = onViolation(policyOf({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 13 }), 'trap')
    const refused = verdict('ERRNO', 13)
    for (const name of ['execve', 'rt_sigreturn', 'rt_sigprocmask', 'futex', 'madvise', 'gettid', 'read'])
      expect(evaluate(trap, call(name)), name).toBe(refused)
    for (const flags of ['CLONE_VM|CLONE_THREAD', '0x1200011', '0x11'])
      expect(evaluate(trap, call('clone', flags)), flags).toBe(refused)
    for (const flags of ['CLONE_VM|CLONE_VFORK|SIGCHLD', 'CLONE_NEWUSER', '0'])
      expect(evaluate(trap, call('clone', flags)), flags).toBe(verdict('TRAP', 13))
    expect(evaluate(trap, call('openat'))).toBe(verdict('TRAP', 13))
  })

  test('takes error number 0, a lie about success, to no handler', () => {
    const rule = { names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 0 }
    const trap = onViolation(policyOf({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [rule] }), 'trap')
    expect(evaluate(trap, call('mkdir'))).toBe(verdict('ERRNO', 0))
  })

  test('takes a rule with ENOSYS for no violation, and the default of Podman for one', () => {
    const rule = { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS' }
    const document = { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38, syscalls: [rule] }
    const names = ['clone3', 'mount']
    const actions = (document: object): string[] => {
      const kill = onViolation(policyOf(document), 'kill')
      return names.map((name) => actionOf(evaluate(kill, call(name))))
    }
    expect(actions({ ...document, defaultErrnoRet: 1 })).toEqual(['ERRNO', 'KILL_PROCESS'])
    expect(actions({ ...document, syscalls: [] })).toEqual(['KILL_PROCESS', 'KILL_PROCESS'])
  })

  test('refuses a mode that there is not', () => {
    expect(() => onViolation(policyOf('docker-default'), 'warn' as never)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE' }),
    )
  })
})
