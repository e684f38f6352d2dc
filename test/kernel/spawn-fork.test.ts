import { type ForkOptions, fork as nodeFork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { fork } from '../../lib/index.ts'
import { type Case, observe, watch } from './spawn-observe.ts'
import { canFilter } from './victims.ts'

const scratch = mkdtempSync(join(tmpdir(), 'seccomp-fork-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const module = join(scratch, 'child.cjs')
writeFileSync(
  module,
  `const fs = require('node:fs')
  process.send({ args: process.argv.slice(2), execArgv: process.execArgv, argv0: process.argv0, channel: process.env.NODE_CHANNEL_FD })
  if (process.env.WRITE) fs.writeSync(Number(process.env.WRITE), 'written')
  console.log('said')
  process.on('message', (message, handle) => {
    if (handle) process.send({ listening: handle.listening }, () => handle.close())
    else process.send(message)
    if (message !== 'handle') process.disconnect()
    else handle.close(() => process.disconnect())
  })`,
)

const call =
  (
    args: readonly string[],
    options: ForkOptions & { argv0?: string },
    message: unknown = 'round trip',
  ): Case =>
  ({ fork }, seccomp) =>
    watch(
      fork(module, args, { silent: true, ...options, ...seccomp }),
      (child) => void child.send(message as object),
    )

const cases: Record<string, Case> = {
  'a round trip': call(['a', 'b c'], {}),
  'no list of arguments': ({ fork }, seccomp) =>
    watch(fork(module, { silent: true, ...seccomp }), (child) => void child.send('trip')),
  'advanced serialization': call([], { serialization: 'advanced' }, new Map([['big', 2n ** 70n]])),
  execArgv: call(['--inspect=not-for-node'], { execArgv: ['--stack-size=900', '--no-warnings'] }),
  execPath: call([], { execPath: '/proc/self/exe' }),
  'an execPath that is nowhere': ({ fork }, seccomp) =>
    watch(fork(module, ['a'], { execPath: '/nowhere/node', silent: true, ...seccomp })),
  argv0: call([], { argv0: 'other' }),
  'a URL': ({ fork }, seccomp) =>
    watch(fork(pathToFileURL(module), [], { silent: true, ...seccomp }), (child) => void child.send('trip')),
  'stdio as a word': call([], { stdio: 'pipe' }),
  'a channel as descriptor 5, after pipes': call([], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, WRITE: '4' },
  }),
  'a channel as descriptor 0': call([], { stdio: ['ipc', 'pipe', 'pipe'] }),
  'stdio without a channel': call([], { stdio: ['pipe', 'pipe', 'pipe'] }),
  'stdio as a word that is none': call([], { stdio: 'pipes' as 'pipe' }),
  'an argument with a zero': call(['a', 'b\0'], {}),
  'execArgv with a zero': call([], { execArgv: ['\0'] }),
  'an execPath with a zero': call([], { execPath: '/bin/\0' }),
  'a module that is a number': ({ fork }, seccomp) => watch(fork(5 as unknown as string, [], { ...seccomp })),
  'a handle': async ({ fork }, seccomp) => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const seen = await watch(
      fork(module, [], { silent: true, ...seccomp }),
      (child) => void child.send('handle', server),
    )
    server.close()
    return seen
  },
}

describe.runIf(canFilter)('fork under a filter looks as without:', () => {
  test.for(Object.entries(cases))('%s', async ([, look]) => {
    const { node, without, under } = await observe(look)
    expect(without).toEqual(node)
    expect(under).toEqual(node)
  })

  test('the child is filtered, its threads too', async () => {
    const probe = join(scratch, 'probe.cjs')
    writeFileSync(
      probe,
      `const fs = require('node:fs')
      const modes = fs.readdirSync('/proc/self/task').map((id) =>
        /^Seccomp:\\s(\\d)/m.exec(fs.readFileSync('/proc/self/task/' + id + '/status', 'utf8'))[1])
      fs.promises.mkdir('never').then(() => 'made', (error) => error.code).then((pool) => {
        let main = 'made'
        try { fs.mkdirSync('never') } catch (error) { main = error.code }
        process.send({ modes: [...new Set(modes)], threads: modes.length > 1, main, pool })
      })`,
    )
    const seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
    }
    const child = fork(probe, [], { seccomp, cwd: scratch })
    expect(await new Promise((resolve) => child.once('message', resolve))).toEqual({
      modes: ['2'],
      threads: true,
      main: 'EACCES',
      pool: 'EACCES',
    })
  })

  test('without seccomp it is a plain fork', async () => {
    const [plain, own] = [nodeFork(module, [], { silent: true }), fork(module, [], { silent: true })]
    expect(own.spawnargs).toEqual(plain.spawnargs)
    for (const child of [plain, own]) child.kill()
  })
})
