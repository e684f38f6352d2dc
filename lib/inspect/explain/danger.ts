import { evaluate } from '../../policy/evaluate.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import { dockerDefault } from '../../profile/presets/docker-default.ts'
import { blockedCalls } from '../../profile/presets/docker-default-blocked.ts'
import { type ArchitectureName, architecture } from '../../syscalls/architectures.ts'
import { constantsOf } from '../../syscalls/constants.ts'
import type { Inquiry } from './inquiry.ts'
import { isMade } from './verdict-words.ts'

let sentences: ReadonlyMap<string, string> | undefined

/**
 * Why Docker's default profile denies a call, as a sentence; undefined for calls that it allows to everyone.
 * @example dangerOf('userfaultfd') // 'userfaultfd lets a program stop the kernel inside a memory access, …'
 */
export const dangerOf = (syscall: string): string | undefined => {
  sentences ??= new Map(
    blockedCalls.map(({ name, reason, when }) => [
      name,
      `${name}${when ? `, ${when},` : ''} ${reason.replace(/; newer than the profile$|: answers ENOSYS$/, '')}.`,
    ]),
  )
  return sentences.get(syscall)
}

/**
 * Requests of ioctl that Docker's default allows, and other sandboxes deny (CVE-2017-5226, CVE-2023-1523): the terminal
 * outlives the sandbox.
 */
const requests: Readonly<Record<string, string>> = {
  TIOCSTI:
    'ioctl with TIOCSTI types into the terminal as its user would, and so into a shell outside the sandbox.',
  TIOCLINUX:
    'ioctl with TIOCLINUX can paste into the virtual console, and so type into a shell outside the sandbox.',
}

/** The same, for a call with arguments only where they are what Docker's default or another sandbox denies. */
export const dangerOfCall = ({ syscall, arch, number, args }: Inquiry): string | undefined => {
  if (syscall === 'ioctl' && args) return dangerOfRequest(args[1]!, arch)
  const danger = syscall && dangerOf(syscall)
  const hasCondition = blockedCalls.some(({ name, when }) => name === syscall && when)
  if (!danger || !args || !hasCondition) return danger
  const target = { arch, kernel: { major: 99, minor: 0 }, capabilities: [] }
  const call = { arch: architecture(arch).audit, nr: number, args, instructionPointer: 0n }
  return isMade(evaluate(resolvePolicy(dockerDefault, target, 'safe'), call)) ? undefined : danger
}

const dangerOfRequest = (request: bigint, arch: ArchitectureName): string | undefined => {
  const known = constantsOf('ioctl', 1, arch)?.values
  const name = Object.keys(requests).find((each) => known?.get(each) === BigInt.asUintN(32, request))
  return name && requests[name]
}
