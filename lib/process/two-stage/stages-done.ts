/** What stage two left in this process, held against what the kernel says. */
import { SeccompError } from '../../errors.ts'
import { handedOver } from '../../kernel/handed-over.ts'
import { processStatus, type ThreadStatus } from '../../kernel/status.ts'
import type { SeccompOptions } from '../spawn/options.ts'
import { DONE, type Done } from './order.ts'

/** undefined in a process that wasn't started in two stages. */
export const stagesDone = (): Done | undefined =>
  (process as unknown as Readonly<Record<symbol, Done | undefined>>)[DONE]

/**
 * Nothing, where each thread has the filters that were there after stage two.
 * @throws SeccompError ERR_NOT_ENFORCED otherwise.
 */
export const requireDone = ({ filters }: Done): void => {
  const threads = ownThreads()
  const lacking = threads.find(
    (thread) => thread.mode !== 'filter' || (thread.filters !== null && thread.filters < filters),
  )
  if (lacking)
    throw new SeccompError(
      'ERR_NOT_ENFORCED',
      `stage two has been here, and yet thread ${lacking.tid} (${lacking.comm}) is without its filters`,
    )
}

/** None where the filters have closed /proc: stage two has read the state of each thread, and nothing takes a filter off. */
const ownThreads = (): readonly ThreadStatus[] => {
  try {
    return processStatus().threads
  } catch (error) {
    if (!handedOver()) throw error
    return []
  }
}

/** What is asked for by a name or a path, in words that stay the same; null for a document or a filter. */
export const requestOf = (
  seccomp: unknown,
  { as, capabilities, kernel, onViolation, noNewPrivileges }: SeccompOptions,
): string | null => {
  if (!(typeof seccomp === 'string' || seccomp instanceof URL)) return null
  return JSON.stringify([
    `${seccomp}`,
    currentFolder(),
    as,
    capabilities,
    kernel,
    onViolation,
    noNewPrivileges,
  ])
}

/** null for one that was removed. */
const currentFolder = (): string | null => {
  try {
    return process.cwd()
  } catch {
    return null
  }
}
