import { evaluate } from '../../policy/evaluate.ts'
import { resolvePolicy } from '../../policy/rules.ts'
import { dockerDefault } from '../../profile/presets/docker-default.ts'
import { blockedCalls } from '../../profile/presets/docker-default-blocked.ts'
import { architecture } from '../../syscalls/architectures.ts'
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

/** The same, for a call with arguments only where they are what Docker's default denies. */
export const dangerOfCall = ({ syscall, arch, number, args }: Inquiry): string | undefined => {
  const danger = syscall && dangerOf(syscall)
  const hasCondition = blockedCalls.some(({ name, when }) => name === syscall && when)
  if (!danger || !args || !hasCondition) return danger
  const policy = resolvePolicy(
    dockerDefault,
    { arch, kernel: { major: 99, minor: 0 }, capabilities: [] },
    'safe',
  )
  const call = { arch: architecture(arch).audit, nr: number, args, instructionPointer: 0n }
  return isMade(evaluate(policy, call)) ? undefined : danger
}
