import { describe, expect, test } from 'vitest'
import type { Call } from '../../lib/bpf/data.ts'
import type { Program } from '../../lib/bpf/instruction.ts'
import { run } from '../../lib/bpf/interpreter.ts'
import { ALLOW, KILL_PROCESS, type Verdict, verdict } from '../../lib/bpf/verdict.ts'
import { compilePolicy } from '../../lib/filter/compile.ts'
import { resolvePolicy } from '../../lib/policy/rules.ts'
import type { Profile } from '../../lib/profile/types.ts'
import { type ArchitectureName, architecture, X32_BIT } from '../../lib/syscalls/architectures.ts'
import { argumentWidth } from '../../lib/syscalls/arguments.ts'
import { nameOf } from '../../lib/syscalls/numbers.ts'
import { opened } from './opponent.ts'
import { engineProfile, engineProfiles, noData } from './profiles.ts'
import { loadedBy } from './runtime-program.ts'

const { libseccomp, skip } = opened()
const three: ArchitectureName[] = ['x86_64', 'x86', 'x32']
const none = [0n, 0n, 0n, 0n, 0n, 0n]

/** Numbers 0 to 600 of the three architectures and of one that isn't listed, at arguments where verdicts turn. */
function* calls(profile: Profile): Generator<Call> {
  const operands = profile.syscalls.flatMap((rule) =>
    rule.args.flatMap(({ value, valueTwo }) => [value, valueTwo]),
  )
  const corners = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n]
  const near = [...new Set(operands)].flatMap((v) => [v - 1n, v, v + 1n, v | (1n << 32n), v | (1n << 63n)])
  const values = [...new Set([...corners, ...near.map((v) => BigInt.asUintN(64, v))])]
  const tested = new Map<string, Set<number>>()
  for (const { names, args } of profile.syscalls)
    for (const name of names)
      tested.set(name, new Set([...(tested.get(name) ?? []), ...args.map(({ index }) => index)]))
  for (const arch of [...three, 'aarch64'] as const)
    for (let n = 0; n <= 600; n++) {
      const nr = arch === 'x32' ? n + X32_BIT : n
      const at = (args: readonly bigint[]): Call => ({
        arch: architecture(arch).audit,
        nr,
        args,
        instructionPointer: 0x7f0000001000n,
      })
      yield at(none)
      yield at(none.map(() => 2n ** 64n - 1n))
      for (const index of tested.get(nameOf(arch, nr) ?? '') ?? [])
        for (const value of values) yield at(none.with(index, value))
      if (arch === 'x86' && n === 102) for (let call = 0n; call < 25n; call++) yield at(none.with(0, call))
    }
}

interface Difference {
  readonly call: Call
  readonly theirs: Verdict
  readonly ours: Verdict
}

const differences = (
  theirs: Program,
  ours: Program,
  profile: Profile,
): { count: number; all: Difference[] } => {
  const all: Difference[] = []
  let count = 0
  for (const call of calls(profile)) {
    count++
    const difference = {
      call,
      theirs: run(theirs, call, 'little').verdict,
      ours: run(ours, call, 'little').verdict,
    }
    if (difference.theirs !== difference.ours) all.push(difference)
  }
  return { count, all }
}

/** An architecture that isn't listed: the runtimes end one thread, `safe` the process. */
const isForeign = ({ call, theirs, ours }: Difference): boolean =>
  !three.some((name) => architecture(name).audit === call.arch) &&
  theirs === verdict('KILL_THREAD') &&
  ours === KILL_PROCESS

/** `safe` answers as the runtimes answer the same call with the bits gone that the kernel doesn't read. */
const isTruncation = ({ call, theirs, ours }: Difference, runtime: Program): boolean => {
  const name = nameOf('x86_64', call.nr)
  if (call.arch !== architecture('x86_64').audit || !name) return false
  const read = call.args.map((value, i) =>
    argumentWidth(name, i, 'x86_64') === 32 ? value & 0xffffffffn : value,
  )
  return (
    read.some((value, i) => value !== call.args[i]) &&
    theirs !== ours &&
    run(runtime, { ...call, args: read }, 'little').verdict === ours
  )
}

describe.skipIf(skip || noData)(`verdicts at the corners of the engines' profiles${skip || noData}`, () => {
  for (const name of engineProfiles) {
    for (const runtime of ['crun', 'runc'] as const)
      test(`${name} as ${runtime}: those of what ${runtime} loads`, () => {
        const { profile, target } = engineProfile(libseccomp, name, three)
        const ours = compilePolicy(resolvePolicy(profile, target, runtime)).instructions
        const { count, all } = differences(loadedBy(libseccomp, runtime, profile, target, 2), ours, profile)
        expect(count).toBeGreaterThan(5000)
        expect(all).toEqual([])
      })

    test(`${name} as safe: runc's, but for truncated arguments and foreign architectures`, () => {
      const { profile, target } = engineProfile(libseccomp, name, three)
      const ours = compilePolicy(resolvePolicy(profile, target, 'safe')).instructions
      const runtime = loadedBy(libseccomp, 'runc', profile, target, 2)
      const { all } = differences(runtime, ours, profile)
      const foreign = all.filter(isForeign)
      const truncated = all.filter((each) => isTruncation(each, runtime))
      expect(foreign.length).toBeGreaterThan(1000)
      expect(truncated.length).toBeGreaterThan(0)
      expect(all.length).toBe(foreign.length + truncated.length)
    })
  }

  test('safe closes what runc leaves open: AF_VSOCK with a bit above the int that the kernel reads', () => {
    const { profile, target } = engineProfile(libseccomp, 'moby-default', three)
    const ours = compilePolicy(resolvePolicy(profile, target, 'safe')).instructions
    const runtime = loadedBy(libseccomp, 'runc', profile, target, 2)
    const call = {
      arch: architecture('x86_64').audit,
      nr: 41,
      args: none.with(0, 0x100000028n),
      instructionPointer: 0n,
    }
    expect(run(runtime, call, 'little').verdict).toBe(ALLOW)
    expect(run(ours, call, 'little').verdict).toBe(verdict('ERRNO', 1))
  })
})
