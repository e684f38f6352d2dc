import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fork } from '../../lib/index.ts'
import { scratch } from '../cli/scratch.ts'
import { canFilter } from '../kernel/victims.ts'
import { installedNode, majors } from './nodes.ts'

/** Node ends itself at SIGTERM by a call that presets refuse. A child that can't be ended holds its parent's time-outs. */
const file = (text: string): string => join(scratch({ 'child.mjs': text }), 'child.mjs')
const index = new URL('../../dist/index.js', import.meta.url).href
const busy = "process.send('busy', () => setImmediate(() => { for (;;); }))"

const endOf = async (child: ReturnType<typeof fork>): Promise<unknown> => {
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await once(child, 'message')
  child.kill()
  const [code, signal] = await once(child, 'exit')
  clearTimeout(late)
  return signal ?? code
}

const nodes = (canFilter ? majors : [])
  .map((major) => ({ major, node: installedNode(major) }))
  .filter(({ node }) => node !== undefined)

describe.each(nodes)('SIGTERM on Node $major', ({ node }) => {
  const options = { seccomp: 'node:compute', execPath: node!, execArgv: [] }

  test('ends a worker that may signal nobody, at once', async () => {
    expect(await endOf(fork(file(busy), [], options))).toBe('SIGTERM')
  })

  test('goes to a listener as ever', async () => {
    const listening =
      "process.on('SIGTERM', () => process.exit(7)).send('listening'); setInterval(() => {}, 9)"
    expect(await endOf(fork(file(listening), [], options))).toBe(7)
  })
})

describe.runIf(canFilter)('SIGTERM after apply', () => {
  // io_uring alone is refused first, for Node must have no ring.
  const noRings = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['io_uring_setup'], action: 'SCMP_ACT_ERRNO', errno: 'ENOSYS' }],
  } as const

  test('ends the process, at once', async () => {
    const text = `import { apply } from ${JSON.stringify(index)}; apply('node:compute'); ${busy}`
    expect(await endOf(fork(file(text), [], { seccomp: noRings }))).toBe('SIGTERM')
  })
})
