import { actionSince, flagSince } from '../../../bpf/since.ts'
import { type Action, actionOf } from '../../../bpf/verdict.ts'
import type { Policy } from '../../../policy/policy.ts'
import { type KernelVersion, kernelAtLeast, parseKernel } from '../../../policy/target.ts'
import type { Check } from '../finding.ts'
import { defaultPosition } from '../subject.ts'

/** The oldest kernel that runs a profile as it is meant, and what asks for it. */
export interface MinimumKernel {
  readonly kernel: KernelVersion
  /** Actions and flags that older kernels lack. */
  readonly because: readonly string[]
}

/** The oldest kernel on which every action and flag of a policy means what it says (seccomp(2)). */
export const minimumKernel = ({
  architectures,
  defaultVerdict,
  foreignVerdict,
  flags,
}: Policy): MinimumKernel => {
  const verdicts = architectures.flatMap(({ calls, above }) => [
    ...calls.flatMap(({ rules }) => rules.map(({ verdict }) => verdict)),
    ...(above ? [above.verdict] : []),
  ])
  const actions = new Set<Action>([defaultVerdict, foreignVerdict, ...verdicts].map(actionOf))
  const needs = [
    ...[...actions].map((action) => ({ name: action as string, kernel: parseKernel(actionSince[action]) })),
    ...flags.map((flag) => ({ name: flag as string, kernel: parseKernel(flagSince[flag]) })),
  ]
  const kernel = needs.map((need) => need.kernel).reduce((a, b) => (kernelAtLeast(a, b) ? a : b))
  return {
    kernel,
    because: needs.filter((need) => kernelAtLeast(need.kernel, kernel)).map(({ name }) => name),
  }
}

/** Node 20's own minimum (BUILDING.md): whoever runs this package has it. */
const NODE: KernelVersion = { major: 4, minor: 18 }

export const kernelVersion: Check = {
  name: 'kernel-version',
  finds: "actions or flags that the target's kernel lacks, or that need one newer than Node does (4.18)",
  severity: 'error',
  attack:
    'An older kernel kills a process at an action that it does not know, and refuses a filter with such a flag.',
  remedy: 'Run it on that kernel or a newer one, or use older actions and no such flag.',
  *run({ source, kernel: target }) {
    if (!source) return
    const { kernel, because } = minimumKernel(source.exact)
    const tooOld = target !== undefined && !kernelAtLeast(target, kernel)
    if (!tooOld && kernelAtLeast(NODE, kernel)) return
    yield {
      message:
        `${because.join(' and ')} ${because.length > 1 ? 'need' : 'needs'} Linux ${kernel.major}.${kernel.minor}` +
        (tooOld ? `; the target has ${target.major}.${target.minor}` : ''),
      severity: tooOld ? 'error' : 'note',
      positions: [defaultPosition(source.profile)],
    }
  },
}
