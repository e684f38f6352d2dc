import { type Action, actionOf, dataOf, type Verdict } from '../bpf/verdict.ts'
import { formatVerdict } from '../policy/format.ts'
import type { ArchitectureName } from '../syscalls/architectures.ts'

/** A verdict in a verb's JSON: as people write it, and in parts. */
export interface VerdictDocument {
  readonly text: string
  readonly action: Action
  readonly data: number
  readonly value: Verdict
}

/** Error numbers are those of `arch`. */
export const verdictDocument = (value: Verdict, arch: ArchitectureName): VerdictDocument => ({
  text: formatVerdict(value, arch),
  action: actionOf(value),
  data: dataOf(value),
  value,
})
