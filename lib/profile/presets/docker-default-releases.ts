import type { Profile, Rule } from '../types.ts'
import { dockerDefault } from './docker-default.ts'
import { allow, argument, type Gates, holding, refuse, words } from './rules.ts'

/**
 * Docker's default as earlier releases of Docker had it (moby profiles/seccomp at their tags), from today's backwards:
 * what a container turns out to run under is often not today's.
 */

type Edit = (rules: readonly Rule[]) => readonly Rule[]

const edited = (profile: Profile, ...edits: readonly Edit[]): Profile => ({
  ...profile,
  syscalls: edits.reduce((rules, edit) => edit(rules), profile.syscalls),
})

/** Leaves calls out, of those rules that `which` picks. */
const leavingOut =
  (names: string, which: (rule: Rule) => boolean = () => true): Edit =>
  (rules) => {
    const gone = words(names)
    return rules
      .map((rule) =>
        which(rule) ? { ...rule, names: rule.names.filter((each) => !gone.includes(each)) } : rule,
      )
      .filter(({ names: left }) => left.length > 0)
  }

const withRule =
  (rule: Rule): Edit =>
  (rules) => [...rules, rule]

const allowed = (names: string, gates: Gates = {}, ...args: Rule['args']): Edit =>
  withRule(allow('As it was then', names, gates, ...args))

/** Replaces whatever is said of the calls. */
const only = (names: string, gates: Gates = {}, ...args: Rule['args']): Edit => {
  const add = allowed(names, gates, ...args)
  return (rules) => add(leavingOut(names)(rules))
}

const withoutArchitecture = (profile: Profile, left: string): Profile => ({
  ...profile,
  archMap: (profile.archMap ?? []).filter(({ architecture }) => architecture !== `SCMP_ARCH_${left}`),
})

const holdsAny =
  (...capabilities: readonly string[]) =>
  (rule: Rule): boolean =>
    capabilities.some((capability) => rule.includes?.caps?.includes(capability))

const AF_VSOCK = 40n
const ENOSYS = 38
const allButVsock = only('socket', {}, argument(0, 'SCMP_CMP_NE', AF_VSOCK))
const linux65to67 =
  'cachestat fchmodat2 futex_requeue futex_wait futex_wake map_shadow_stack set_mempolicy_home_node'
const linux68to613 =
  'getxattrat listmount listxattrat mseal removexattrat riscv_hwprobe setxattrat statmount uretprobe ' +
  'lsm_get_self_attr lsm_list_modules lsm_set_self_attr'

const build = (): readonly (readonly [releases: string, profile: Profile])[] => {
  const noSocketcall = edited(
    dockerDefault,
    leavingOut('socketcall'),
    withRule(refuse(ENOSYS, 'As it was then', 'socketcall')),
  )
  const v28_2 = edited(withoutArchitecture(dockerDefault, 'LOONGARCH64'), allButVsock)
  const v25_0_3 = edited(v28_2, leavingOut(linux68to613))
  const v25_0 = edited(v25_0_3, leavingOut(linux65to67))
  const rings = allowed('io_uring_enter io_uring_register io_uring_setup')
  const v23_0_10 = edited(v25_0_3, rings)
  const v23_0_7 = edited(v25_0, rings)
  const handlesGated = only('name_to_handle_at', holding('CAP_SYS_ADMIN'))
  const v23_0 = edited(v23_0_7, handlesGated)
  const v20_10_26 = edited(
    withoutArchitecture(v23_0_7, 'RISCV64'),
    only('socket'),
    leavingOut('bpf perf_event_open', holdsAny('CAP_BPF', 'CAP_PERFMON')),
    leavingOut('process_vm_readv process_vm_writev', ({ includes }) => includes?.minKernel !== undefined),
    leavingOut('pkey_alloc pkey_free pkey_mprotect swapcontext riscv_flush_icache clock_settime64'),
  )
  const v20_10_18 = edited(v20_10_26, handlesGated)
  const v20_10_22 = edited(v20_10_18, allButVsock)
  const v20_10_10 = edited(
    v20_10_18,
    leavingOut('futex_waitv landlock_add_rule landlock_create_ruleset landlock_restrict_self'),
    leavingOut('memfd_secret process_mrelease mount_setattr quotactl_fd'),
  )
  const v20_10_4 = edited(v20_10_10, leavingOut('clone3'))
  const v20_10_0 = edited(
    v20_10_4,
    leavingOut('close_range epoll_pwait2 process_madvise'),
    leavingOut('fsconfig fsmount fsopen fspick move_mount open_tree'),
  )
  return [
    ['29.4.2', noSocketcall],
    ['28.2 to 29.4.1', v28_2],
    ['25.0.3 to 28.1', v25_0_3],
    ['25.0.0 to 25.0.2', v25_0],
    ['23.0.10 to 23.0.18', v23_0_10],
    ['23.0.7 to 23.0.9 and 24.0.3 to 24.0.9', v23_0_7],
    ['23.0.0 to 23.0.6 and 24.0.0 to 24.0.2', v23_0],
    ['20.10.26 and 20.10.27', v20_10_26],
    ['20.10.22', v20_10_22],
    ['20.10.18 to 20.10.25 (but 20.10.22)', v20_10_18],
    ['20.10.10 to 20.10.17', v20_10_10],
    ['20.10.4 to 20.10.9', v20_10_4],
    ['20.10.0 to 20.10.3', v20_10_0],
  ]
}

let built: ReadonlyMap<string, Profile> | undefined

/** The earlier profiles by the releases that had them, newest first: `25.0.3 to 28.1`. Built when first asked for. */
export const dockerReleases = (): ReadonlyMap<string, Profile> => {
  built ??= new Map(build())
  return built
}
