import { SeccompError } from '../../errors.ts'
import type { Gate, Rule } from '../../profile/types.ts'
import { architectures } from '../../syscalls/architectures.ts'
import { kernelAtLeast, parseKernel, type Target } from '../target.ts'

/** More cases than this are too many to write a profile for. */
const MOST_CASES = 512

/** `includes` and `excludes` of a rule. */
export type Gates = Pick<Rule, 'includes' | 'excludes'>

/**
 * Everything that the gates of some rules can see of a target, as a few cases with one example each: two targets of
 * one case open the same gates. Gates ask about capabilities, the kernel's version and the native architecture, each on
 * its own, so the cases form a grid.
 */
export interface Cases {
  readonly examples: readonly Target[]
  /**
   * The gates that are open in the given cases and no other, each pair a rule's: any of them. With `mayOverlap` two of
   * them may be open at once, which keeps them simpler.
   */
  gatesFor(cases: ReadonlySet<number>, mayOverlap: boolean): Gates[]
}

/**
 * The cases that the gates of `rules` distinguish.
 * @throws SeccompError ERR_TARGET_INVALID when they are more than a profile can spell out.
 */
export const casesOf = (rules: readonly Rule[], names: readonly string[]): Cases => {
  if (!rules.some(({ includes, excludes }) => includes ?? excludes)) return ungated
  const axes = axesOf(rules.flatMap(({ includes, excludes }) => [includes ?? {}, excludes ?? {}]))
  const count = axes.reduce((product, { size }) => product * size, 1)
  if (count > MOST_CASES)
    throw new SeccompError(
      'ERR_TARGET_INVALID',
      `the gates on ${names.join(', ')} make ${count} cases, more than a profile can spell out: ` +
        'resolve the profiles for one target first, with profileFor(profile, target)',
    )
  const grid = Array.from({ length: count }, (_, index) => {
    let rest = index
    return axes.map(({ size }) => {
      const step = rest % size
      rest = Math.floor(rest / size)
      return step
    })
  })
  return {
    examples: grid.map((steps) =>
      axes.reduce((target, axis, i) => axis.example(target, steps[i]!), anyTarget),
    ),
    gatesFor: (cases, mayOverlap) =>
      cover(grid, axes, cases, mayOverlap).map((cube) =>
        gatesOf(axes.map((axis, i) => axis.gates(cube[i]!))),
      ),
  }
}

const anyTarget: Target = { arch: 'x86_64', kernel: { major: 0, minor: 0 }, capabilities: [] }

const ungated: Cases = { examples: [anyTarget], gatesFor: () => [{}] }

/** One thing that gates ask about: in how many steps, a target for a step, and gates for some of the steps. */
interface Axis {
  readonly size: number
  /** Whether only neighbouring steps can stand in one gate. */
  readonly isOrdered: boolean
  example(target: Target, step: number): Target
  gates(steps: ReadonlySet<number>): Gates
}

const axesOf = (gates: readonly Gate[]): Axis[] => [
  ...[...new Set(gates.flatMap(({ caps = [] }) => caps))].map(capabilityAxis),
  kernelAxis([...new Set(gates.flatMap(({ minKernel }) => minKernel ?? []))]),
  architectureAxis(gates.flatMap(({ arches }) => (arches ? [arches] : []))),
]

const capabilityAxis = (name: string): Axis => ({
  size: 2,
  isOrdered: false,
  example: (target, step) => (step ? { ...target, capabilities: [...target.capabilities, name] } : target),
  gates: (steps) => {
    if (steps.size === 2) return {}
    return steps.has(1) ? { includes: { caps: [name] } } : { excludes: { caps: [name] } }
  },
})

/** Step 0 is before the oldest version that a gate names. */
const kernelAxis = (versions: readonly string[]): Axis => {
  const sorted = versions.toSorted((a, b) => (kernelAtLeast(parseKernel(a), parseKernel(b)) ? 1 : -1))
  return {
    size: sorted.length + 1,
    isOrdered: true,
    example: (target, step) => (step ? { ...target, kernel: parseKernel(sorted[step - 1]!) } : target),
    gates: (steps) => {
      const from = sorted[Math.min(...steps) - 1]
      const until = sorted[Math.max(...steps)]
      return {
        ...(from !== undefined && { includes: { minKernel: from } }),
        ...(until !== undefined && { excludes: { minKernel: until } }),
      }
    },
  }
}

/** A step for all architectures that the same gates name; the last one for those that none names. */
const architectureAxis = (lists: readonly (readonly string[])[]): Axis => {
  const groups = new Map<string, string[]>()
  for (const name of new Set(lists.flat())) {
    const key = lists.map((list) => Number(list.includes(name))).join('')
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  const unnamed = architectures.filter(({ docker }) => !lists.flat().includes(docker))
  const steps = [...groups.values(), ...(unnamed.length ? [unnamed.map(({ docker }) => docker)] : [])]
  return {
    size: steps.length,
    isOrdered: false,
    example: (target, step) => ({
      ...target,
      arch: architectures.find(({ docker }) => docker === steps[step]![0])!.name,
    }),
    gates: (chosen) => {
      if (chosen.size === steps.length) return {}
      const named = (keep: boolean): string[] => steps.filter((_, i) => chosen.has(i) === keep).flat()
      return unnamed.length && chosen.has(steps.length - 1)
        ? { excludes: { arches: named(false) } }
        : { includes: { arches: named(true) } }
    },
  }
}

/** All of several gates at once. */
const gatesOf = (parts: readonly Gates[]): Gates => {
  const join = (gates: readonly Gate[]): Gate | undefined => {
    const caps = gates.flatMap((gate) => gate.caps ?? [])
    const all: Gate = Object.assign({}, ...gates, caps.length ? { caps } : {})
    return Object.keys(all).length ? all : undefined
  }
  const includes = join(parts.flatMap((part) => part.includes ?? []))
  const excludes = join(parts.flatMap((part) => part.excludes ?? []))
  return { ...(includes && { includes }), ...(excludes && { excludes }) }
}

type Cube = readonly ReadonlySet<number>[]

/** Few cubes of the grid that together are the given cases: each grown from a case until it would leave them. */
const cover = (
  grid: readonly (readonly number[])[],
  axes: readonly Axis[],
  cases: ReadonlySet<number>,
  mayOverlap: boolean,
): Cube[] => {
  const inside = (cube: Cube): number[] =>
    [...grid.keys()].filter((index) => cube.every((steps, axis) => steps.has(grid[index]![axis]!)))
  const covered = new Set<number>()
  const cubes: Cube[] = []
  for (const index of cases) {
    if (covered.has(index)) continue
    const fits = (cube: Cube): boolean =>
      inside(cube).every((each) => cases.has(each) && (mayOverlap || !covered.has(each)))
    let cube: Cube = grid[index]!.map((step) => new Set([step]))
    for (const [axis, { size, isOrdered }] of axes.entries()) {
      const seed = grid[index]![axis]!
      const tryStep = (step: number): boolean => {
        const grown = cube.with(axis, new Set([...cube[axis]!, step]))
        if (!fits(grown)) return false
        cube = grown
        return true
      }
      for (let step = seed + 1; step < size; step++) if (!tryStep(step) && isOrdered) break
      for (let step = seed - 1; step >= 0; step--) if (!tryStep(step) && isOrdered) break
    }
    for (const each of inside(cube)) covered.add(each)
    cubes.push(cube)
  }
  return cubes
}
