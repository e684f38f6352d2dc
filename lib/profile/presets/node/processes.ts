import { bufferSizes, receiving, send } from './network.ts'
import { grant, is, type NodePromise } from './promise.ts'
import { newProcess } from './threads.ts'

/** prctl(2): end with the parent. */
const PR_SET_PDEATHSIG = 1n

/** What a child that fork() started says to its parent. The channel is there already; none can be made. */
export const ipc: NodePromise = {
  title: 'talk to the parent over the channel that fork() gave',
  implies: ['run'],
  grants: [send[0]!, grant('Messages, and handles that come with them', 'recvmsg', receiving)],
}

/** The filter goes on to every child: it can do what this profile lets it, and no more. */
export const spawn: NodePromise = {
  title: 'start programs, wait for them and signal them; they run under the same filter',
  implies: ['ipc', 'startup', 'workers', 'fsRead'],
  grants: [
    grant('A process like this one; no namespaces', 'clone', [newProcess]),
    grant('The same in shells and musl', 'fork vfork'),
    grant('Another program in it', 'execve execveat'),
    grant('How it ended', 'wait4 waitid'),
    grant('Sizes of its standard streams, which are pairs of unix sockets', 'setsockopt', ...bufferSizes),
    grant('Which descriptors it finds', 'close_range'),
    grant('Signal it, or any other process of this user', 'kill tkill tgkill'),
    grant('Groups and sessions: detached children, job control of shells', 'setpgid setsid'),
    grant(
      'What shells and their tools ask for beside: timers, waiting for signals, locks, read-ahead, user groups',
      `alarm getitimer setitimer pause rt_sigsuspend rt_sigtimedwait getgroups getpriority
       flock mincore msync readahead sync_file_range sigaltstack memfd_create`,
    ),
    grant('End when the parent does', 'prctl', [is(0, PR_SET_PDEATHSIG)]),
  ],
}
