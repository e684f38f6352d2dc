/**
 * Which set of constants an argument takes: a call's name, then `argument:set`, by the kernel's own argument names, so
 * that clone's flags are found whatever their place. Arguments whose meaning hangs on another one (socket's protocol,
 * setsockopt's optname, openat2's structure) aren't here.
 */
export const constantArguments: string = `
accept4 flags:acceptFlags
arch_prctl option:archPrctl
bpf cmd:bpf
clock_adjtime which_clock:clock
clock_adjtime64 which_clock:clock
clock_getres which_clock:clock
clock_getres_time64 which_clock:clock
clock_gettime which_clock:clock
clock_gettime64 which_clock:clock
clock_nanosleep which_clock:clock
clock_nanosleep_time64 which_clock:clock
clock_settime which_clock:clock
clock_settime64 which_clock:clock
clone clone_flags:clone
dup3 flags:pipeFlags
epoll_create1 flags:pipeFlags
epoll_ctl op:epoll
eventfd2 flags:pipeFlags
execveat fd:directory flags:executeFlags
faccessat dfd:directory
faccessat2 dfd:directory flags:accessFlags
fallocate mode:allocate
fchmodat dfd:directory
fchmodat2 dfd:directory flags:pathFlags
fchownat dfd:directory flag:pathFlags
fcntl cmd:fcntl
fcntl64 cmd:fcntl
finit_module flags:moduleFlags
flock cmd:fileLock
fsconfig cmd:fsconfig
fsmount attr_flags:mountAttributes
fspick dfd:directory
fstatat64 dfd:directory flag:pathFlags
futex op:futex
futex_time64 op:futex
futimesat dfd:directory
getitimer which:intervalTimer
getpriority which:priority
getrandom flags:random
getrlimit resource:limit
getrusage who:usage
inotify_init1 flags:pipeFlags
io_uring_register opcode:ioUringRegister
ioctl cmd:ioctl
ioprio_get which:ioPriority
ioprio_set which:ioPriority
ipc call:ipcCall
kcmp type:kcmp
keyctl option:keyctl
kill sig:signal
landlock_add_rule rule_type:landlockRule
linkat olddfd:directory newdfd:directory flags:linkFlags
_llseek whence:whence
lseek whence:whence
madvise behavior:advice
membarrier cmd:membarrier
memfd_create flags:memfd
mkdirat dfd:directory
mknodat dfd:directory
mlockall flags:lockAll
mmap prot:protection flags:map
mmap2 prot:protection flags:map
mount flags:mount
mount_setattr dfd:directory
move_mount from_dfd:directory to_dfd:directory flags:moveMount
mprotect prot:protection
mq_open oflag:open
mremap flags:remap
msgctl cmd:ipcCommand
msync flags:sync
name_to_handle_at dfd:directory
newfstatat dfd:directory flag:pathFlags
open flags:open
open_by_handle_at flags:open
open_tree dfd:directory flags:openTree
openat dfd:directory flags:open
openat2 dfd:directory
perf_event_open flags:perfFlags
personality personality:personality
pidfd_send_signal sig:signal
pipe2 flags:pipeFlags
pkey_mprotect prot:protection
prctl option:prctl
prlimit64 resource:limit
process_madvise behavior:advice
ptrace request:ptrace
readlinkat dfd:directory
reboot magic1:rebootMagic magic2:rebootMagic cmd:reboot
recvfrom flags:messageFlags
recvmmsg flags:messageFlags
recvmmsg_time64 flags:messageFlags
recvmsg flags:messageFlags
renameat olddfd:directory newdfd:directory
renameat2 olddfd:directory newdfd:directory flags:rename
rt_sigaction sig:signal
rt_sigprocmask how:signalHow
rt_sigqueueinfo sig:signal
rt_tgsigqueueinfo sig:signal
sched_setscheduler policy:scheduler
seccomp op:seccomp
semctl cmd:ipcCommand
sendmmsg flags:messageFlags
sendmsg flags:messageFlags
sendto flags:messageFlags
set_mempolicy mode:memoryPolicy
setitimer which:intervalTimer
setns flags:namespace
setpriority which:priority
setrlimit resource:limit
setsockopt level:socketLevel
getsockopt level:socketLevel
shmctl cmd:ipcCommand
sigaction sig:signal
signal sig:signal
signalfd4 flags:pipeFlags
sigprocmask how:signalHow
socket family:family type:socketType
socketcall call:socketcall
socketpair family:family type:socketType
statx dfd:directory flags:pathFlags
symlinkat newdfd:directory
syslog type:syslog
tgkill sig:signal
timer_create which_clock:clock
timerfd_create clockid:clock flags:timerFlags
tkill sig:signal
ugetrlimit resource:limit
umount2 flags:unmount
unlinkat dfd:directory flag:unlinkFlags
unshare unshare_flags:unshare
userfaultfd flags:userfault
utimensat dfd:directory
utimensat_time64 dfd:directory
wait4 options:waitOptions
waitid which:waitId options:waitOptions
`
