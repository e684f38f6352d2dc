import { receiving, routes, send } from './network.ts'
import { grant, type NodePromise } from './promise.ts'

/** What people use to look into a program. */

export const inspector: NodePromise = {
  title: 'be debugged and profiled: the inspector listens on a port; the profiler interrupts threads',
  implies: ['netServer', 'workers'],
  grants: [
    grant(
      "V8's profiler interrupts a thread by a signal; it could signal another process of this user too",
      'tgkill',
    ),
  ],
}

export const osInfo: NodePromise = {
  title: 'ask about the machine: everything in node:os',
  implies: ['fsRead'],
  grants: [
    grant('os.networkInterfaces() asks the kernel over netlink', 'socket', ...routes),
    send[1]!,
    grant('The same', 'bind'),
    grant('The same', 'recvmsg', receiving),
    grant('os.getPriority(), process.getgroups()', 'getpriority getgroups'),
  ],
}

export const report: NodePromise = {
  title: 'write diagnostic reports',
  implies: ['fsWrite', 'osInfo'],
  grants: [],
}
