import type { Filter } from '../filter/compile.ts'
import { requireObject } from '../given.ts'
import { formatVerdict } from '../policy/format.ts'
import { architecture } from '../syscalls/architectures.ts'

/**
 * A filter as JSON, for other programs: the target, the instructions as four numbers each (`struct sock_filter`), every
 * verdict that it can give by value and name, what it costs, how it was proved, and the warnings with their positions.
 * @example await writeFile('filter.json', formatJson(filter))
 */
export const formatJson = (filter: Filter): string => {
  requireObject('formatJson takes a filter, such as compile() gives', filter, 'policy')
  const { policy, instructions, proof } = filter
  const { arch, kernel, capabilities } = policy.target
  const document = {
    target: { arch, kernel: `${kernel.major}.${kernel.minor}`, capabilities },
    as: policy.as,
    byteOrder: architecture(arch).endian,
    architectures: policy.architectures.map((each) => each.arch),
    flags: policy.flags,
    verdicts: verdictsOf(filter).map((value) => ({ value, name: formatVerdict(value, arch) })),
    stats: { ...filter.stats, paths: proof.paths, cells: proof.cells },
    proof: proof.result,
    warnings: policy.warnings,
    instructions: instructions.map(({ code, jt, jf, k }) => ({ code, jt, jf, k })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const verdictsOf = ({ policy }: Filter): number[] => {
  const all = [
    policy.defaultVerdict,
    policy.foreignVerdict,
    ...policy.architectures.flatMap(({ above, calls }) => [
      ...(above ? [above.verdict] : []),
      ...calls.flatMap(({ rules }) => rules.map(({ verdict }) => verdict)),
    ]),
  ]
  return [...new Set(all)].sort((a, b) => a - b)
}
