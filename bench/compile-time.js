/**
 * Compiling, ours with its proof and libseccomp's without, in turns; and how ours grows with the profile. The least of
 * many is taken, for whatever disturbs one only adds to it.
 */
import { assemblePolicy, compilePolicy } from '../out/filter/compile.js'
import { prove } from '../out/filter/prove/prove.js'
import { resolvePolicy } from '../out/policy/rules.js'
import { syscallNames } from '../out/syscalls/numbers.js'
import { target } from './policies.js'
import { time } from './statistics.js'

const WARM_UP = 250
const EACH = 8

/** Milliseconds from rules by name to a program, warm. */
export const compileTimes = (libseccomp, { resolve, opponent }, rounds) => {
  const compile = () => compilePolicy(resolve())
  for (let i = 0; i < WARM_UP; i++) compile()
  const ours = []
  const theirs = []
  for (let round = 0; round < rounds; round++) {
    ours.push(Math.min(...Array.from({ length: EACH }, () => time(compile))))
    const built = libseccomp.build(new Array(EACH).fill(opponent(2)))
    theirs.push(Math.min(...built.map(({ nanoseconds }) => nanoseconds)) / 1e6)
  }
  return { ours: Math.min(...ours), theirs: Math.min(...theirs) }
}

const SIZES = [10, 100, 1000, 4000]

/** Where a profile's conditions are: on one call, each on one of many calls, or in rules that many calls share. */
const shapes = {
  'one call': (n) => conditions(n).map((args) => ({ names: ['ioctl'], args })),
  'many calls': (n) =>
    conditions(n).map((args, i) => ({ names: [names[Math.floor((i * CALLS) / n)]], args })),
  'shared rules': (n) => {
    const shared = Math.ceil(n / CALLS)
    return conditions(shared).map((args) => ({ names: names.slice(0, Math.round(n / shared)), args }))
  },
}
const CALLS = 100
const names = [...syscallNames('x86_64').keys()].slice(0, CALLS)

/** Operands apart from each other, but for some in a row, as ioctl requests are. */
const conditions = (n) =>
  Array.from({ length: n }, (_, i) => {
    const value = BigInt(0x5401 + 3 * i - (i % 3 === 2 ? 2 : 0))
    return [{ index: 1, op: 'SCMP_CMP_EQ', value, valueTwo: 0n }]
  })

/** For each shape and size: milliseconds to compile and to prove (best of some), and instructions. */
export const scaleCurve = (repeat) =>
  Object.entries(shapes).flatMap(([shape, rules]) =>
    SIZES.map((size) => {
      const syscalls = rules(size).map((rule) => ({ ...rule, action: 'SCMP_ACT_ALLOW' }))
      const profile = { defaultAction: 'SCMP_ACT_ERRNO', syscalls }
      const best = { compile: Number.POSITIVE_INFINITY, prove: Number.POSITIVE_INFINITY }
      let instructions = 0
      for (let i = 0; i < Math.max(2, repeat / size); i++) {
        let policy
        let program
        const compile = time(() => {
          policy = resolvePolicy(profile, target, 'crun')
          program = assemblePolicy(policy)
        })
        best.compile = Math.min(best.compile, compile)
        best.prove = Math.min(
          best.prove,
          time(() => {
            const { result } = prove(program, policy)
            if (result !== 'proved') throw new Error(`${shape}, ${size} conditions: ${result}`)
          }),
        )
        instructions = program.length
      }
      return { shape, size, instructions, ...best }
    }),
  )

/** How much more a condition costs in the largest profile than in one a quarter of its size, beyond n log n. */
export const growth = (curve, shape) => {
  const cost = (size) => {
    const { compile, prove: proof } = curve.find((point) => point.shape === shape && point.size === size)
    return (compile + proof) / (size * Math.log(size))
  }
  return cost(4000) / cost(1000)
}
