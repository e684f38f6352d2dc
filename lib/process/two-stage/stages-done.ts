/** What stage two left in this process, held against what the kernel says. */
import { SeccompError } from '../../errors.ts'
import { processStatus } from '../../kernel/status.ts'
import { DONE, type Done } from './order.ts'

/** undefined in a process that wasn't started in two stages. */
export const stagesDone = (): Done | undefined =>
  (process as unknown as Readonly<Record<symbol, Done | undefined>>)[DONE]

/**
 * Nothing, where each thread has the filters that were there after stage two.
 * @throws SeccompError ERR_NOT_ENFORCED otherwise.
 */
export const requireDone = ({ filters }: Done): void => {
  const { threads } = processStatus()
  const lacking = threads.find(
    (thread) => thread.mode !== 'filter' || (thread.filters !== null && thread.filters < filters),
  )
  if (lacking)
    throw new SeccompError(
      'ERR_NOT_ENFORCED',
      `stage two has been here, and yet thread ${lacking.tid} (${lacking.comm}) is without its filters`,
    )
}
