import { whyGated } from '../../policy/resolve.ts'
import { type KernelVersion, kernelAtLeast, parseKernel, type Target } from '../../policy/target.ts'
import type { Gate, Rule } from '../../profile/types.ts'
import { architecture, architectures } from '../../syscalls/architectures.ts'
import { capabilities as everyCapability } from '../../syscalls/capabilities.ts'
import type { Change } from './types.ts'

/** A target near another, and how it differs. */
export interface OtherTarget extends Pick<Change, 'kind' | 'what' | 'capabilities'> {
  readonly target: Target
}

/** The nearest targets on which a rule's gates stand the other way. */
export const otherTargets = (rule: Rule, target: Target): readonly OtherTarget[] =>
  whyGated(rule, target) === undefined ? shutting(rule, target) : opening(rule, target)

const opening = ({ includes = {}, excludes = {} }: Rule, target: Target): readonly OtherTarget[] => {
  const docker = architecture(target.arch).docker
  if (excludes.arches?.includes(docker)) return []
  const steps = [
    withCapabilities(target, includes.caps?.filter((name) => !target.capabilities.includes(name)) ?? []),
    withoutCapabilities(target, excludes.caps?.filter((name) => target.capabilities.includes(name)) ?? []),
    fromKernel(target, includes),
    beforeKernel(target, excludes),
  ].filter((step) => step !== undefined)
  const hosts = includes.arches?.length && !includes.arches.includes(docker) ? includes.arches : [undefined]
  return hosts.flatMap((host) => {
    const all = host === undefined ? steps : [...steps, ...onHost(target, host)]
    return all.length ? [together(all, target)] : []
  })
}

/** Dropping all that a rule asks for, one thing at a time. */
const shutting = ({ includes = {}, excludes = {} }: Rule, target: Target): readonly OtherTarget[] =>
  [
    withoutCapabilities(target, includes.caps ?? []),
    ...(excludes.caps ?? []).map((name) => withCapabilities(target, [name])),
    beforeKernel(target, includes),
    fromKernel(target, excludes),
  ].filter((step) => step !== undefined)

const together = (steps: readonly OtherTarget[], target: Target): OtherTarget => ({
  kind: steps.at(-1)!.kind,
  what: steps.map(({ what }) => what).join(' and '),
  capabilities: steps.flatMap(({ capabilities }) => capabilities),
  target: Object.assign({ ...target }, ...steps.map((step) => changed(step.target, target))),
})

const changed = (to: Target, from: Target): Partial<Target> => ({
  ...(to.arch !== from.arch && { arch: to.arch }),
  ...(to.kernel !== from.kernel && { kernel: to.kernel }),
  ...(to.capabilities !== from.capabilities && { capabilities: to.capabilities }),
})

const withCapabilities = (target: Target, names: readonly string[]): OtherTarget | undefined =>
  names.length === 0
    ? undefined
    : {
        kind: 'capability',
        what: `with ${names.join(' and ')}`,
        capabilities: names,
        target: {
          ...target,
          capabilities: everyCapability.filter((name) => [...target.capabilities, ...names].includes(name)),
        },
      }

const withoutCapabilities = (target: Target, names: readonly string[]): OtherTarget | undefined =>
  names.length === 0
    ? undefined
    : {
        kind: 'capability',
        what: `without ${names.join(' or ')}`,
        capabilities: [],
        target: { ...target, capabilities: target.capabilities.filter((name) => !names.includes(name)) },
      }

const fromKernel = (target: Target, { minKernel }: Gate): OtherTarget | undefined => {
  if (minKernel === undefined || kernelAtLeast(target.kernel, parseKernel(minKernel))) return undefined
  const what = `on kernel ${minKernel} or newer`
  return { kind: 'kernel', what, capabilities: [], target: { ...target, kernel: parseKernel(minKernel) } }
}

const beforeKernel = (target: Target, { minKernel }: Gate): OtherTarget | undefined => {
  if (minKernel === undefined || !kernelAtLeast(target.kernel, parseKernel(minKernel))) return undefined
  const what = `on a kernel older than ${minKernel}`
  return {
    kind: 'kernel',
    what,
    capabilities: [],
    target: { ...target, kernel: justBelow(parseKernel(minKernel)) },
  }
}

const justBelow = ({ major, minor }: KernelVersion): KernelVersion =>
  minor > 0 ? { major, minor: minor - 1 } : { major: major - 1, minor: 99_999 }

const onHost = (target: Target, docker: string): readonly OtherTarget[] => {
  const host = architectures.find((each) => each.docker === docker)
  if (!host) return []
  return [
    {
      kind: 'architecture',
      what: `on ${host.name}`,
      capabilities: [],
      target: { ...target, arch: host.name },
    },
  ]
}
