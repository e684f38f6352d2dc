import { always, type BlockedCall, type BlockedGroup, blocked, group, unless } from './blocked-call.ts'
import { unneededGroups } from './docker-default-unneeded.ts'

/**
 * What Docker's default profile blocks, and why: every call of any architecture's table that some process with
 * Docker's default capabilities can't make freely. Reasons are ours; facts from the man pages of section 2 and the
 * kernel's own source. docs/docker-default.md is made from this table.
 */

/** Every blocked call, by kind of danger; inside a group, by what opens it. */
export const blockedGroups: readonly BlockedGroup[] = [
  group(
    'Changing the kernel that runs',
    always({
      kexec_load: 'loads a new kernel to boot into, replacing the running one',
      kexec_file_load: 'loads a new kernel from a file to boot into, replacing the running one',
      create_module: 'makes room for a module in the kernel; gone since Linux 2.6, dangerous before',
      query_module: 'lists modules and the addresses of their symbols; gone since Linux 2.6',
      get_kernel_syms: 'lists the addresses of kernel symbols, which exploits need; gone since Linux 2.6',
      _sysctl: 'reads and writes kernel settings by number; long discouraged, gone since Linux 5.5',
    }),
    unless('CAP_SYS_MODULE', {
      init_module: 'runs code of the caller inside the kernel, as a module',
      finit_module: 'runs code from a file inside the kernel, as a module',
      delete_module: 'takes code out of the kernel that the whole machine may depend on',
    }),
    unless('CAP_SYS_BOOT', {
      reboot: 'restarts or halts the machine, or decides what the three-key salute does',
    }),
    unless('CAP_BPF', {
      bpf: 'loads programs that run inside the kernel and can watch or bend all that passes there',
    }),
  ),
  group(
    'Namespaces and mounts',
    unless('CAP_SYS_ADMIN', {
      unshare:
        'moves the caller to new namespaces; being root there lets it at kernel code written for root alone',
      setns: 'enters namespaces of other processes, such as those of the host',
      clone3:
        'makes processes in new namespaces by flags behind a pointer, unread by filters: answers ENOSYS',
      mount: 'attaches file systems, and so brings in foreign data, device files and set-user-ID programs',
      umount: 'detaches file systems, uncovering what was hidden below them',
      umount2: 'detaches file systems, uncovering what was hidden below them',
      fsopen: 'begins a mount: has the kernel parse file-system settings of the caller',
      fsconfig:
        'sets the options of a mount being made; its parsers have been exploited from user namespaces',
      fsmount: 'makes the mount that fsopen and fsconfig prepared',
      fspick: 'opens an existing mount to change its options, read-only ones too',
      move_mount: 'attaches a mount anywhere in the tree, or moves one from its place',
      open_tree: 'copies a part of the mount tree, out of sight of whoever set the tree up',
      mount_setattr: 'changes what mounts permit: writing, devices, set-user-ID, ownership',
    }),
    blocked(
      { capability: 'CAP_SYS_ADMIN', when: 'with a CLONE_NEW… flag in its flags argument' },
      {
        clone:
          'makes a process in new namespaces; being root there lets it at kernel code written for root alone',
      },
    ),
    unless('CAP_SYS_CHROOT', {
      chroot: 'changes the root directory; with root rights, the classic way out of one',
    }),
    always({
      open_tree_attr: 'copies mounts and changes what they permit, at once; newer than the profile',
      pivot_root: 'exchanges the root file system of the whole mount namespace',
      listns: 'lists the namespaces of the machine, also of processes out of sight; newer than the profile',
    }),
  ),
  group(
    "Around the file system's own permissions",
    unless('CAP_DAC_READ_SEARCH', {
      open_by_handle_at:
        'opens any file of a file system by number, even outside the root directory: a known escape',
    }),
    unless('CAP_SYS_ADMIN', {
      fanotify_init: 'begins to watch, and to veto, the file accesses of every process on a file system',
      quotactl: 'turns disk quotas on and off and sets their limits',
      quotactl_fd: 'turns disk quotas on and off and sets their limits, the file system given by descriptor',
    }),
    unless('CAP_SYS_PACCT', {
      acct: 'turns off the accounting of processes, or has every ended process written to a file until it is full',
    }),
    always({
      swapon: 'makes a file or device into memory, which then holds pages of every process',
      swapoff: 'takes swap space away, and can so bring the machine out of memory',
      file_getattr: 'reads inode flags and project numbers; newer than the profile',
      file_setattr: 'sets inode flags (immutable, append-only) and project numbers; newer than the profile',
      nfsservctl: 'steered the NFS server inside the kernel; gone since Linux 3.1',
    }),
  ),
  group(
    'Looking into other processes and the kernel',
    blocked(
      { capability: 'CAP_SYS_PTRACE', minKernel: '4.8' },
      {
        ptrace:
          'controls other processes, and before Linux 4.8 let a tracer change calls after the filter ran',
        process_vm_readv: 'reads the memory of other processes; guarded by the checks of ptrace',
        process_vm_writev: 'writes the memory of other processes; guarded by the checks of ptrace',
      },
    ),
    unless('CAP_SYS_PTRACE', {
      process_madvise: 'has memory of another process paged out or dropped',
      kcmp: 'tells which kernel objects two processes share; guarded by the checks of ptrace',
      pidfd_getfd: 'takes a copy of a descriptor out of another process',
    }),
    unless('CAP_PERFMON', {
      perf_event_open: 'measures other processes and the kernel: leaks secrets, and has often been exploited',
    }),
    unless('CAP_SYSLOG', {
      syslog: 'reads and clears the log of the kernel, with addresses and events of everyone on the machine',
    }),
    unless('CAP_SYS_ADMIN', {
      lookup_dcookie: "turns a profiler's number into a path, also one out of sight; gone since Linux 6.7",
      lsm_get_self_attr: 'shows the label under which the security module holds the caller',
      lsm_set_self_attr: 'asks the security module for another label, which may allow more',
      lsm_list_modules: 'names the security modules at work, and so the ones to get around',
    }),
    always({
      userfaultfd: 'lets a program stop the kernel inside a memory access, which wins races in exploits',
      uprobe: 'stands where a program is traced; kernels that have it let it past every filter anyway',
      ustat: 'reports on file systems by device number, also ones out of sight; statfs replaced it',
      sysfs: 'lists the file systems the kernel knows, by number; obsolete',
    }),
  ),
  group(
    'Input and output past the filter, or past the container',
    always({
      io_uring_setup:
        'makes a ring through which the kernel does opens, reads and connects past every filter',
      io_uring_enter:
        'has the kernel work through a ring past every filter; a rich source of kernel exploits',
      io_uring_register: 'hands buffers and files to a ring whose work no filter sees',
    }),
    blocked(
      { when: 'with the family AF_ALG (38) or AF_VSOCK (40)' },
      {
        socket:
          'reaches the ciphers of the kernel, often exploited, or the hypervisor, which no namespace bounds',
      },
    ),
  ),
  group(
    "Keys: the kernel's keyrings are not divided by container",
    always({
      add_key: 'puts keys into keyrings that other containers share',
      request_key: 'searches shared keyrings, and can have the kernel start a helper program on the host',
      keyctl: 'reads, links and revokes keys in shared keyrings; a source of kernel exploits',
    }),
  ),
  group(
    'The clock, names and terminals that others share',
    unless('CAP_SYS_TIME', {
      clock_settime: 'sets the clock of the whole machine',
      clock_settime64: 'sets the clock of the whole machine',
      settimeofday: 'sets the clock and time zone of the whole machine',
      stime: 'sets the clock of the whole machine',
    }),
    unless('CAP_SYS_ADMIN', {
      sethostname: 'changes the host name, by which others know this machine or container',
      setdomainname: 'changes the NIS domain name, by which log-ins may be decided',
    }),
    unless('CAP_SYS_TTY_CONFIG', {
      vhangup: 'hangs up the terminal for everyone who uses it',
    }),
  ),
  group(
    'Where memory lies: one tenant can slow all others',
    unless('CAP_SYS_NICE', {
      mbind: 'ties memory to nodes of the machine, and can exhaust one',
      set_mempolicy: 'chooses the nodes that memory comes from, and can exhaust one',
      set_mempolicy_home_node: 'chooses the node that memory comes from first, and can exhaust it',
      get_mempolicy: 'shows on which node each page lies, and so how the machine is built and used',
    }),
    always({
      migrate_pages: 'moves all pages of a process between nodes, work that the whole machine pays for',
      move_pages: 'moves single pages between nodes, also those of other processes, and shows where they lie',
    }),
  ),
  group(
    'Hardware',
    unless('CAP_SYS_RAWIO', {
      iopl: 'gives the caller all input and output ports, and with them the devices',
      ioperm: 'gives the caller input and output ports, and with them devices',
    }),
    always({
      pciconfig_iobase: 'tells where PCI devices lie in memory',
      pciconfig_read: 'reads the registers of PCI devices past their drivers',
      pciconfig_write: 'writes the registers of PCI devices past their drivers',
      rtas: 'calls the firmware of POWER machines',
      s390_sthyi: 'asks the hypervisor of an IBM Z machine about the machine and its other guests',
      s390_guarded_storage: 'sets up guarded storage on IBM Z, which garbage collectors can do without',
      spu_create: 'makes a context on a co-processor of the Cell chip',
      spu_run: "runs code on a co-processor of the Cell chip, which filters don't see",
    }),
  ),
  group(
    'Other rules for the process, other modes of the processor',
    blocked(
      { when: 'with another persona than 0, 8, 0x20000, 0x20008 or the query 0xffffffff' },
      {
        personality:
          'makes Linux act like other systems, and can switch off address randomisation and no-execute',
      },
    ),
    always({
      vm86: 'runs 16-bit code in a mode of the processor with a long record of kernel flaws',
      vm86old: 'runs 16-bit code in a mode of the processor with a long record of kernel flaws',
      uselib: 'maps a library by the rules of long-dead binary formats; has been exploited',
      syscall:
        "makes the call that its first argument names, so that the number filtered isn't the one that runs",
    }),
    blocked(
      { arches: ['amd64', 'x32', 'x86'] },
      {
        modify_ldt:
          'edits segment descriptors, with a long record of flaws; other hosts only reserve the number',
      },
    ),
    blocked(
      { arches: ['amd64', 'x32'] },
      { arch_prctl: 'sets segment bases and CPU features; opened on 64-bit x86, where threads need it' },
    ),
  ),
  ...unneededGroups,
]

/**
 * Every call that the profile keeps from some process with Docker's default capabilities (or with none), with the
 * reason: one entry a name, in the order of {@link blockedGroups}.
 *
 * @example
 * blockedCalls.find((call) => call.name === 'reboot')?.capability // 'CAP_SYS_BOOT'
 */
export const blockedCalls: readonly BlockedCall[] = blockedGroups.flatMap(({ calls }) => calls)

/**
 * Calls in the table of blocked calls of Docker's documentation that today's profile allows to everyone, on every
 * kernel, and why that is no hole. (ptrace and process_vm_* are in {@link blockedCalls}: open from Linux 4.8 on.)
 */
export const formerlyBlocked: readonly Pick<BlockedCall, 'name' | 'reason'>[] = [
  { name: 'clock_adjtime', reason: 'everyone may read; to set, the kernel itself asks for CAP_SYS_TIME' },
  {
    name: 'name_to_handle_at',
    reason: 'it only tells the number of a file; opening by number stays blocked',
  },
]
