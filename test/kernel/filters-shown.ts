import { readFileSync } from 'node:fs'
import { processStatus } from '../../lib/kernel/status.ts'
import { canFilter, hasSysAdmin } from './victims.ts'

/** Why the kernel shows no filters here, or undefined. */
const whyNot = (): string | undefined => {
  if (!canFilter) return 'no filter can be installed'
  if (!hasSysAdmin) return 'CAP_SYS_ADMIN is missing'
  if (processStatus().threads[0]!.mode !== 'disabled') return 'these tests run under a filter themselves'
  const [inside, outside, count] = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)
  if (inside !== '0' || outside !== '0' || count !== '4294967295')
    return 'this is no initial user namespace, where CAP_SYS_ADMIN counts'
  return undefined
}
const reason = whyNot()
if (reason) console.log(`skipped: reading filters back, because ${reason}`)

/** For `describe.runIf`. */
export const filtersShown: boolean = reason === undefined
