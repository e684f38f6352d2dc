/** What the parent tells stage two: the first line of the memfd, as JSON; the programs follow, one behind the other. */
export interface Order {
  /** The native addon's file. */
  readonly addon: string
  /** Bytes of each program, in the order to install them. */
  readonly sizes: readonly number[]
  /** SECCOMP_FILTER_FLAG_*, TSYNC among them. */
  readonly flags: number
  readonly noNewPrivileges: boolean
  /** Start the threads of libuv's pool first, for none can begin under the filter. */
  readonly warmPool: boolean
  /** No file can be opened under the filter: it comes when the entry has been read, before its first line. */
  readonly afterReading: boolean
  /** Under the filter Node can't end itself at SIGTERM (default-signals.cts). */
  readonly signalsToKernel: boolean
  /** The filters send a signal for what they deny; its handler has to be there before. */
  readonly traps: boolean
  /** Tells one confinement from another. */
  readonly digest: string
  /** What was asked for, where that is a name or a path: in a child that can read neither its digest can't be had. */
  readonly request: string | null
  /** How often execSelf has executed this process anew; 0 for a child. */
  readonly executions: number
  /** The path that --require was given. */
  readonly preload: string
}

/** In the environment: the order's descriptor. */
export const ORDER_VARIABLE = 'SECCOMP_STAGE_TWO'

/** To stand before the user's own NODE_OPTIONS, where quotation marks and backslashes are escaped by a backslash. */
export const optionFor = (preload: string): string => `--require "${preload.replace(/["\\]/g, '\\$&')}" `

/** What stage two leaves at `process[DONE]`. */
export const DONE: symbol = Symbol.for('seccomp.stageTwo')
export interface Done {
  readonly digest: string
  readonly request: string | null
  readonly executions: number
  /** How many filters every thread then had; NaN where the kernel tells no number. */
  readonly filters: number
}
