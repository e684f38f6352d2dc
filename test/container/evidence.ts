import { compile, type Filter } from '../../lib/filter/compile.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { type Attempt, native, observe } from './observe.ts'
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

declare module '@vitest/runner' {
  interface TaskMeta {
    /** For the report of a container run. */
    answers?: Answers
  }
}

/** No call of any kernel fails with this errno: whoever sees it has met our filter. */
export const MARK = 1234

/** For the capabilities of an ordinary container, whatever this process may do. */
const filter = (kernel: string, defaultErrnoRet: number): Filter =>
  compile({ ...dockerDefault, defaultErrnoRet }, { arch: native, kernel, capabilities: 'docker' })

/** Makes all attempts three times, under filters compiled for `kernel`. */
export const ask = async (rows: readonly Attempt[], kernel: string): Promise<Answers[]> => {
  const [control, denied, marked] = await Promise.all([
    observe(rows),
    observe(rows, underFilter(filter(kernel, 1))),
    observe(rows, underFilter(filter(kernel, MARK))),
  ])
  return rows.map((_, i) => ({ control: control[i]!, denied: denied[i]!, marked: marked[i]! }))
}
