/** What our `spawn` and its siblings take beside Node's own options. */
import type { CompileOptions, Filter } from '../../filter/compile.ts'
import type { ProfileSource } from '../../load.ts'
import type { OnViolation } from '../../policy/on-violation.ts'

/** How a profile is compiled for the program, and how its filter is installed. */
export interface SeccompOptions extends Pick<CompileOptions, 'as' | 'capabilities' | 'kernel'> {
  /** Set no_new_privs first (the default). Without it the program's user needs CAP_SYS_ADMIN. */
  readonly noNewPrivileges?: boolean
  /**
   * What the program gets for a call that the profile denies, if not what the profile says. `errno`: an error number also
   * where the profile kills. `kill`: its end. `log`: nothing is denied any more, the kernel's log tells of it; to learn
   * what a program calls, never to confine one. `trap`, for `fork` in two stages: an error number, and an event.
   */
  readonly onViolation?: OnViolation
  /**
   * For `fork`. 2, the default: Node starts under a filter that refuses io_uring alone, and the profile comes on all its
   * threads before the first line of the module, so it may deny what Node needs to start. 1: the profile is there from
   * the first instruction, and must let Node start.
   */
  readonly stages?: 1 | 2
  /** For `fork` in two stages: start Node even if it is known to abort or hang under the profile. */
  readonly force?: boolean
}

/** Mixed into each of Node's option types. */
export interface WithSeccomp {
  /**
   * Which filter the program runs under: a preset's name, a file, a profile, Kubernetes' `seccompProfile`, or what
   * `compile` or `compileStack` made of one. `'unconfined'`: none. No such option: none, or `docker-default` where
   * the environment has SECCOMP_DEFAULT=1. `undefined` or `null` is refused, so that a lost setting can't start a
   * program without its filter.
   */
  readonly seccomp?: ProfileSource | Filter | readonly Filter[]
  /** Not beside a `Filter`, which was compiled already, but for `noNewPrivileges`. */
  readonly seccompOptions?: SeccompOptions
}
