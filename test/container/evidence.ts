import { compile, type Filter } from '../../lib/filter/compile.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { type Attempt, type Door, name, native, observe } from './observe.ts'
import { underFilter } from './under-filter.ts'

/** What the kernel said to one attempt: 0 or an errno. */
export interface Answers {
  /** Without a filter of ours. */
  readonly control: number
  /** Under Docker's default profile. */
  readonly denied: number
  /** Under the same profile with {@link MARK} for EPERM. */
  readonly marked: number
}

/** What a test has found out, for the report of a container run. */
export interface Evidence {
  /** `mount`, `clone (CLONE_NEWNS)`. */
  readonly call: string
  readonly door: Door
  readonly answers: Answers
}

declare module '@vitest/runner' {
  interface TaskMeta {
    evidence?: Evidence
  }
}

/** No call of any kernel fails with this errno: whoever sees it has met our filter. */
export const MARK = 1234

/** For the capabilities of an ordinary container, whatever this process may do. */
const filter = (kernel: string, defaultErrnoRet: number): Filter =>
  compile({ ...dockerDefault, defaultErrnoRet }, { arch: native, kernel, capabilities: 'docker' })

/** Makes all attempts three times, under filters compiled for `kernel`. */
export const ask = async (rows: readonly Attempt[], kernel: string): Promise<Evidence[]> => {
  const [control, denied, marked] = await Promise.all([
    observe(rows),
    observe(rows, underFilter(filter(kernel, 1))),
    observe(rows, underFilter(filter(kernel, MARK))),
  ])
  return rows.map(({ call, door }, i) => ({
    call: name(call),
    door,
    answers: { control: control[i]!, denied: denied[i]!, marked: marked[i]! },
  }))
}
