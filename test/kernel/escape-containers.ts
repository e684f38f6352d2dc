import type { Attempt } from './escape-attempt.ts'

/** What the default profiles of Docker and Podman refuse a process without capabilities, by every door. */

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** In both. */
const both = words(`
  kexec_load kexec_file_load create_module get_kernel_syms init_module finit_module delete_module query_module bpf
  perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register add_key request_key
  swapon swapoff acct quotactl quotactl_fd sethostname setdomainname settimeofday clock_settime iopl ioperm
  open_by_handle_at kcmp process_madvise migrate_pages move_pages lookup_dcookie
  uselib ustat sysfs nfsservctl _sysctl vm86 stime file_setattr open_tree_attr`)

/** Containers of Podman make containers of their own: there these are for the kernel to refuse. */
const dockerAlone = words(`
  keyctl reboot syslog unshare setns mount umount umount2 pivot_root fsopen fsconfig fsmount fspick move_mount open_tree
  mount_setattr pidfd_getfd mbind set_mempolicy fanotify_init clone3`)

/** personality(2): all but plain ones and the question. */
const bent = (value: unknown): boolean =>
  ![0, 8, 0xffff_ffff].includes(Number(BigInt.asUintN(32, BigInt(value as number))))
const NAMESPACES = 0x7e02_0000
const [AF_ALG, AF_VSOCK] = [38, 40]

const inBoth = ({ call, args: [first] }: Attempt): boolean =>
  both.has(call) || (call === 'personality' && bent(first)) || call === '-'

/** Whether the profile of that name promises to refuse it. */
export const refusedInContainers: Readonly<Record<string, (attempt: Attempt) => boolean>> = {
  'docker-default': (attempt) => {
    const { call, args } = attempt
    const first = Number(BigInt.asUintN(32, BigInt(typeof args[0] === 'string' ? 0 : (args[0] ?? 0))))
    if (call === 'clone') return (first & NAMESPACES) !== 0
    if (call === 'socket') return [AF_ALG, AF_VSOCK].includes(first)
    return dockerAlone.has(call) || inBoth(attempt)
  },
  'podman-default': inBoth,
}
