import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { callOf, wordsOf } from '../../lib/bpf/data.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { type Action, verdict } from '../../lib/bpf/verdict.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import type { Policy } from '../../lib/policy/policy.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import { makeTarget } from '../../lib/policy/target.ts'
import { parseProfile } from '../../lib/profile/parse.ts'
import { type ArchitectureName, architecture } from '../../lib/syscalls/architectures.ts'
import { sharedData } from '../shared-data.ts'

/** libseccomp's own regression suite as data: profiles with, for ranges of calls, the verdict it expects. */
interface SuiteTest {
  readonly name: string
  readonly profile: SuiteProfile
  readonly cases: readonly SuiteCase[]
}
interface SuiteProfile {
  readonly default: string
  readonly archs?: readonly string[]
  readonly rules?: readonly SuiteRule[]
  /** Filters that the suite builds apart and merges: one policy an architecture. */
  readonly perArch?: Readonly<Record<string, readonly SuiteRule[]>>
}
interface SuiteRule {
  readonly action: string
  readonly syscall: string | number
  readonly args: readonly { arg: number; op: string; a: string; b?: string }[]
}
interface SuiteCase {
  readonly line: number
  readonly arch: ArchitectureName
  readonly nr: readonly [number, number]
  readonly args: readonly (readonly [string, string] | null)[]
  readonly expect: string
}

const file = sharedData('conformance/libseccomp-2.6.1.x86_64.json')
const suite: SuiteTest[] = file ? JSON.parse(readFileSync(file, 'utf8')) : []

const split = (text: string): { action: string; data: number } => {
  const [, action, data] = /^(\w+)(?:\((\d+)\))?$/.exec(text)!
  return { action: action!, data: Number(data ?? 0) }
}

const document = (fallback: string, archs: readonly string[], rules: readonly SuiteRule[]): object => {
  const { action, data } = split(fallback)
  return {
    defaultAction: `SCMP_ACT_${action}`,
    ...(data ? { defaultErrnoRet: data } : {}),
    architectures: archs.map((name) => `SCMP_ARCH_${name.toUpperCase()}`),
    syscalls: rules.map((rule) => ({
      names: [typeof rule.syscall === 'number' ? `#${rule.syscall >>> 0}` : rule.syscall],
      action: `SCMP_ACT_${split(rule.action).action}`,
      errnoRet: split(rule.action).data,
      args: rule.args.map(({ arg, op, a, b }) => ({
        index: arg,
        op: `SCMP_CMP_${op}`,
        value: BigInt(a),
        ...(b === undefined ? {} : { valueTwo: BigInt(b) }),
      })),
    })),
  }
}

/** Policies without runc's ENOSYS stub: `crun` is libseccomp as it stands. */
const policiesOf = ({ default: fallback, archs, rules, perArch }: SuiteProfile): Policy[] =>
  (perArch
    ? Object.entries(perArch).map(([arch, own]) => ({ archs: [arch], rules: own }))
    : [{ archs: archs!, rules: rules! }]
  ).map((part) =>
    resolvePolicy(
      parseProfile(document(fallback, part.archs, part.rules)),
      makeTarget({ arch: part.archs[0]!, kernel: '6.18', capabilities: 'none' }),
      'crun',
    ),
  )

/** The suite's ranges, every value of each, as the original expands them. */
function* callsOf({ arch, nr, args }: SuiteCase): Generator<{ nr: number; args: bigint[] }> {
  const ranges = [nr.map((n) => BigInt(n >>> 0)), ...args.map((range) => (range ?? ['0', '0']).map(BigInt))]
  const values = ranges.map(([from, to]) =>
    Array.from({ length: Number(to! - from!) + 1 }, (_, i) => from! + BigInt(i)),
  )
  const walk = function* (place: number, chosen: bigint[]): Generator<bigint[]> {
    if (place === values.length) yield chosen
    else for (const value of values[place]!) yield* walk(place + 1, [...chosen, value])
  }
  for (const [number, ...rest] of walk(0, [])) yield { nr: Number(number), args: rest }
  expect(architecture(arch)).toBeDefined()
}

describe.skipIf(!file)(
  `libseccomp's regression suite${file ? '' : ' (skipped: ../shared/data is not here)'}`,
  () => {
    let cases = 0
    test.each(suite.map((each) => [each.name, each] as const))('%s', (_, { profile, cases: lines }) => {
      const filters = policiesOf(profile).map((policy) => compilePolicy(policy))
      for (const line of lines) {
        const { audit, endian } = architecture(line.arch)
        const filter =
          filters.find(({ policy }) => policy.architectures.some(({ arch }) => arch === line.arch)) ??
          filters[0]!
        const { action, data } = split(line.expect)
        const wanted = verdict((action === 'KILL' ? 'KILL_THREAD' : action) as Action, data)
        for (const { nr, args } of callsOf(line)) {
          const call = callOf(wordsOf({ arch: audit, nr, args, instructionPointer: 0n }))
          const found = {
            oracle: evaluate(filter.policy, call),
            filter: run(filter.instructions, call, endian).verdict,
          }
          if (found.oracle !== wanted || found.filter !== wanted)
            expect({ line, call, ...found }).toEqual({ line, call, oracle: wanted, filter: wanted })
          cases++
        }
      }
    })

    test('is the whole suite: 7,808 cases', () => {
      expect(cases).toBe(7808)
    })
  },
)
