import { grant, is, type NodePromise } from './promise.ts'

/**
 * What Node needs until it runs its first line: for a filter that is in force before the program is executed. It means
 * reading files, threads and execve for as long as the process lives; a second filter, once Node is up, takes them away.
 */
export const startup: NodePromise = {
  title: 'be started under the filter: load the program, its libraries and its modules',
  implies: ['threads', 'workers', 'fsRead'],
  grants: [
    grant('The launcher becomes the program by it', 'execve'),
    grant('The thread pointer of x86', 'arch_prctl'),
    grant('Its own limits; Node raises the number of open files to what is allowed it', 'prlimit64', [
      is(0, 0n),
    ]),
    grant('The same, the older way', 'setrlimit'),
  ],
}
