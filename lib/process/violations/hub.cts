/**
 * Denied calls on their way from the addon, which keeps them for the whole process, to whoever wants them: this package's
 * `violations`, and in a child of fork() the parent. CommonJS and on its own, for stage two loads it before the filter.
 */
type Binding = import('../../kernel/binding.ts', { with: { 'resolution-mode': 'import' }}).Binding
type Hub = import('./trap.ts', { with: { 'resolution-mode': 'import' }}).Hub
type Receive = import('./trap.ts', { with: { 'resolution-mode': 'import' }}).Receive

/** As it is documented; in the types of Node 20 it lacks two. */
type Send = (message: object, handle: undefined, options: undefined, sent: () => void) => boolean

const KEY: symbol = Symbol.for('seccomp.violations')
/** As internal messages of Node's begin, which are no 'message' event. */
const MESSAGE = 'NODE_SECCOMP_VIOLATIONS'
const EVERY_MS = 50
/** What the addon keeps at most comes in 16; what receivers do may be denied in turn. */
const ROUNDS = 32

const problem = (message: string): Error => Object.assign(new Error(message), { code: 'ERR_USAGE' })

const makeHub = (binding: Binding): Hub => {
  const receivers = new Set<Receive>()
  const drain = (): void => {
    if (receivers.size === 0) return
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = binding.takeViolations()
      const lost = binding.takeLost()
      if (bytes.length === 0 && lost === 0) return
      for (const receive of receivers) receive(bytes, lost)
    }
  }
  const receive = (receiver: Receive): void => {
    receivers.add(receiver)
    if (receivers.size > 1) return
    // The handler can't wake anybody: whatever it called could be denied.
    setInterval(drain, EVERY_MS).unref()
    process.on('exit', drain)
  }
  // libuv would put its handler in the place of ours, and denied calls would seem to succeed. Before Node's own listener.
  const events: NodeJS.EventEmitter = process
  events.prependListener('newListener', (event: unknown) => {
    if (event === 'SIGSYS')
      throw problem(
        "denied calls come by SIGSYS (onViolation: 'trap'); listen to this package's violations instead",
      )
  })
  return { receive, drain }
}

/** Has denied calls kept from now on; as often as one likes. */
const catchViolations = (binding: Binding): Hub => {
  const holder = process as unknown as Record<symbol, Hub | undefined>
  const known = holder[KEY]
  if (known) return known
  if (process.listenerCount('SIGSYS') > 0)
    throw problem("onViolation: 'trap' and a listener for SIGSYS exclude each other: remove it")
  const result = binding.catchViolations()
  if (result < 0) throw problem(`the kernel refuses a handler for SIGSYS (errno ${-result})`)
  const hub = makeHub(binding)
  Object.defineProperty(process, KEY, { value: hub })
  return hub
}

/** Sends them over the channel to the parent, where there is one. */
const forward = (hub: Hub): void => {
  const { send, disconnect } = process
  if (!send) return
  hub.receive((bytes, lost) => {
    if (!process.connected) return
    const message = { cmd: MESSAGE, bytes: Buffer.from(bytes).toString('base64'), lost }
    ;(send as Send).call(process, message, undefined, undefined, () => {})
  })
  process.disconnect = () => {
    hub.drain()
    disconnect.call(process)
  }
}

module.exports = { catchViolations, forward, MESSAGE }
