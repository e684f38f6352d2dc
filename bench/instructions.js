/** What the kernel runs: sizes, instructions executed for each call, calls that its action cache takes. */
import { run } from '../out/bpf/interpreter.js'
import { ALLOW, actionOf } from '../out/bpf/verdict.js'
import { cacheableCalls } from '../out/filter/cacheable.js'
import { nameOf } from '../out/syscalls/numbers.js'
import { mean } from './statistics.js'

const NUMBERS = 600
const none = [0n, 0n, 0n, 0n, 0n, 0n]

/** Instructions executed on the native architecture, for calls that are allowed with all arguments zero. */
export const executed = (program, policy) => {
  const { audit } = policy.architectures[0]
  const runs = Array.from({ length: NUMBERS }, (_, nr) =>
    run(program, { arch: audit, nr, args: none, instructionPointer: 0n }, 'little'),
  )
  const allowed = runs.filter(({ verdict }) => actionOf(verdict) === 'ALLOW').map(({ path }) => path.length)
  return { mean: mean(allowed), max: Math.max(...allowed) }
}

/** Calls, on every architecture and at every operand of the profile, that run longer in `program` than in `other`. */
export const longerThan = (program, other, policy) => {
  const longer = []
  for (const { arch, audit, calls } of policy.architectures) {
    const base = arch === 'x32' ? 0x40000000 : 0
    for (let nr = base; nr < base + NUMBERS; nr++) {
      const rules = calls.find(({ number }) => number === nr)?.rules ?? []
      for (const args of argumentsAt(rules)) {
        const call = { arch: audit, nr, args, instructionPointer: 0n }
        const here = run(program, call, 'little').path.length
        const there = run(other, call, 'little').path.length
        if (here > there) longer.push({ arch, name: nameOf(arch, nr) ?? `#${nr}`, args, here, there })
      }
    }
  }
  return longer
}

function* argumentsAt(rules) {
  yield none
  for (const { conditions } of rules)
    for (const { index, value, valueTwo } of conditions)
      for (const operand of [value - 1n, value, value + 1n, valueTwo, value | (1n << 32n)])
        yield none.with(index, BigInt.asUintN(64, operand))
}

/** Calls allowed outright that the kernel's cache takes, and how many there are, on the two architectures it has. */
export const cached = (program, policy) => {
  const counts = { taken: 0, allowed: 0 }
  for (const { arch, audit, calls } of policy.architectures) {
    if (arch === 'x32') continue
    const allowed = calls.filter(
      ({ rules }) => rules[0].conditions.length === 0 && rules[0].verdict === ALLOW,
    )
    const taken = new Set(cacheableCalls(program, audit, NUMBERS))
    counts.allowed += allowed.length
    counts.taken += allowed.filter(({ number }) => taken.has(number)).length
  }
  return counts
}
