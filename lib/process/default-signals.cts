/**
 * Node catches SIGTERM and SIGINT, to put the terminal back, and then raises the signal anew by tgkill(2) (src/node.cc,
 * SignalExit). Where a filter refuses that the signal comes to nothing, and the process goes on: neither kill() nor
 * `timeout` would end it. So such a process leaves both to the kernel, which ends it at once.
 */
const ending = ['SIGTERM', 'SIGINT'] as const
const nothing = (): void => {}

/** A listener that comes and goes takes Node's handler with it (libuv's src/unix/signal.c, the last one to stop). */
const leaveSignalsToKernel = (): void => {
  for (const signal of ending) {
    if (process.listenerCount(signal) > 0) continue
    process.on(signal, nothing)
    process.off(signal, nothing)
  }
}

module.exports = { leaveSignalsToKernel }
