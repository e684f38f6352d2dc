import { op, type Program } from '../bpf/instruction.ts'
import { ALLOW, type Verdict } from '../bpf/verdict.ts'
import type { Range } from '../filter/prove/ranges.ts'
import { type ArchitectureName, architecture } from '../syscalls/architectures.ts'
import { syscallNames } from '../syscalls/numbers.ts'
import { type Difference, diff } from './diff/diff.ts'
import { isEveryNumber } from './diff/numbers.ts'

/** Calls of one architecture that get something else than ALLOW. */
export interface Restriction {
  readonly verdict: Verdict
  /** Calls that get it whatever their arguments, in the order of their names. */
  readonly always: readonly string[]
  /** Calls that get it for some arguments. */
  readonly sometimes: readonly string[]
  /** Numbers without a name that get it. */
  readonly numbers: readonly Range[]
}

/** What filters let one architecture's programs do. */
export interface Restrictions {
  readonly arch: ArchitectureName
  /** How many calls the architecture has, and how many of them are allowed whatever their arguments. */
  readonly calls: number
  readonly allowed: number
  /** By verdict, the most common one first. */
  readonly restrictions: readonly Restriction[]
  /** Other architectures whose programs this machine may run: what all their calls get; undefined where calls differ. */
  readonly others: readonly { readonly arch: ArchitectureName; readonly verdict: Verdict | undefined }[]
  /** Instructions that couldn't be followed: what comes of them isn't told above. */
  readonly gaps: number
}

const allowAll: Program = [{ code: op.RET_K, jt: 0, jf: 0, k: ALLOW }]

/**
 * What is left to a program under filters from anywhere, exactly: the difference from no filter at all.
 * @param programs in the order they are installed; the strictest verdict counts
 * @throws SeccompError ERR_FILTER_INVALID for a program that the kernel refuses; ERR_USAGE for one that is too entangled.
 * @example restrictionsOf([program], 'x86_64').restrictions.map(({ always }) => always.length)
 */
export const restrictionsOf = (programs: readonly Program[], arch: ArchitectureName): Restrictions => {
  const { differences, gaps } = diff([allowAll], programs, { arch })
  const here = differences.filter((each) => each.arch === arch)
  const names = [...syscallNames(arch).keys()]
  const touched = new Set(here.map(({ name }) => name))
  const byVerdict = new Map<Verdict, { always: Set<string>; sometimes: Set<string>; numbers: Range[] }>()
  for (const { verdicts, name, always, numbers } of here) {
    const verdict = verdicts[1]
    const group = byVerdict.get(verdict) ?? { always: new Set(), sometimes: new Set(), numbers: [] }
    byVerdict.set(verdict, group)
    if (name === undefined) group.numbers.push(...numbers)
    else group[always ? 'always' : 'sometimes'].add(name)
  }
  return {
    arch,
    calls: names.length,
    allowed: names.filter((name) => !touched.has(name)).length,
    restrictions: [...byVerdict]
      .map(([verdict, { always, sometimes, numbers }]) => ({
        verdict,
        always: [...always].sort(),
        sometimes: [...sometimes].sort(),
        numbers: [...numbers].sort((a, b) => a.low - b.low),
      }))
      .sort((a, b) => b.always.length + b.sometimes.length - a.always.length - a.sometimes.length),
    others: (compatible[arch] ?? []).map((other) => ({
      arch: other,
      verdict: onlyVerdict(
        other,
        differences.filter((each) => concerns(each, other)),
      ),
    })),
    gaps: gaps.length,
  }
}

/** What a kernel runs beside its own: CONFIG_IA32_EMULATION and CONFIG_X86_X32_ABI, CONFIG_COMPAT of arm64. */
const compatible: Partial<Record<ArchitectureName, readonly ArchitectureName[]>> = {
  x86_64: ['x86', 'x32'],
  aarch64: ['arm'],
}

/** Architecture words that all get the same are told as one. */
const concerns = ({ arch, audit }: Difference, other: ArchitectureName): boolean => {
  if (arch) return arch === other
  const word = architecture(other).audit
  return audit.some(({ low, high }) => low <= word && word <= high)
}

const onlyVerdict = (arch: ArchitectureName, differences: readonly Difference[]): Verdict | undefined => {
  if (differences.length === 0) return ALLOW
  const [verdict, ...others] = new Set(differences.map(({ verdicts }) => verdicts[1]))
  const numbers = differences.flatMap((each) => (each.always ? each.numbers : []))
  return others.length === 0 && isEveryNumber(arch, numbers) ? verdict : undefined
}
