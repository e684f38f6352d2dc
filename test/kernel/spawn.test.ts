import { type SpawnOptions, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { type Case, observe, watch } from './spawn-observe.ts'
import { canFilter } from './victims.ts'

const scratch = mkdtempSync(join(tmpdir(), 'seccomp-spawn-'))
afterAll(() => rmSync(scratch, { recursive: true }))
chmodSync(scratch, 0o755)
const inScratch = (name: string): string => join(scratch, name)
const write = (name: string, text: string, mode: number): void =>
  writeFileSync(inScratch(name), text, { mode })
write('tool', '#!/bin/sh\necho the tool: "$0" "$@"\n', 0o755)
write('no-shebang', 'echo run by a shell "$@"\n', 0o755)
write('no-interpreter', '#!/nowhere/interpreter\n', 0o755)
write('not-executable', 'echo never\n', 0o644)
mkdirSync(inScratch('folder'))
mkdirSync(inScratch('denied'))
mkdirSync(inScratch('denied/tool'))
symlinkSync('loop', inScratch('loop'))

const root = process.getuid?.() === 0
if (!root) console.log('skipped: spawn with another uid, for want of root')

/** One call, watched to its end. */
const call =
  (
    file: string,
    args: readonly string[] = [],
    options: SpawnOptions = {},
    during?: Parameters<typeof watch>[1],
  ): Case =>
  ({ spawn }, seccomp) =>
    watch(spawn(file, args, { ...options, ...seccomp }), during)
const sh = (script: string, options?: SpawnOptions, during?: Parameters<typeof watch>[1]): Case =>
  call('sh', ['-c', script], options, during)

const cases: Record<string, Case> = {
  'an exit code': sh('exit 7'),
  'the exit codes that the launcher has a meaning for': async (functions, seccomp) =>
    Promise.all([78, 125, 126, 127].map((code) => sh(`exit ${code}`)(functions, seccomp))),
  'a signal': sh('kill -TERM $$'),
  'both outputs': sh('echo out; echo err >&2'),
  'standard input': call('cat', [], {}, (child) => void child.stdin!.end('through')),
  'no list of arguments': ({ spawn }, seccomp) => watch(spawn('true', seccomp)),
  'an empty argument': call('printf', ['[%s]', '', 'a b', '$x\n']),
  'numbers as arguments': call('echo', [1 as unknown as string, 2 as unknown as string]),
  'a program that is nowhere': call('no-such-program', ['a']),
  'a path that is nowhere': call('/nowhere/program', ['a', 'b']),
  'a folder as program': call(inScratch('folder')),
  'a file without its run bit': call(inScratch('not-executable')),
  'a file in a file': call('/dev/null/program'),
  'a loop of links': call(inScratch('loop')),
  'a name that is too long': call('x'.repeat(300)),
  'arguments that are too long': call('true', ['x'.repeat(200_000)]),
  'a script without an interpreter line': call(inScratch('no-shebang'), ['a']),
  'a script whose interpreter is missing': call(inScratch('no-interpreter')),
  'a missing working directory': call('true', [], { cwd: inScratch('nowhere') }),
  'a working directory': call('pwd', [], { cwd: inScratch('folder') }),
  'a program relative to the working directory': call('./tool', ['x'], { cwd: scratch }),
  'an environment': call('env', [], { env: { PATH: process.env['PATH'], ONE: '1' } }),
  "a program in the environment's PATH": call('tool', ['x'], { env: { PATH: `/nowhere:${scratch}` } }),
  "a program that isn't in the environment's PATH": call('ls', [], { env: { PATH: '/nowhere' } }),
  'a PATH whose first hit is a folder': call('tool', [], { env: { PATH: `${scratch}/denied:${scratch}` } }),
  'a PATH whose only hit is a folder': call('tool', [], { env: { PATH: `${scratch}/denied` } }),
  'no PATH': call('ls', ['-d', '/'], { env: {} }),
  'an empty PATH': call('tool', [], { env: { PATH: '' }, cwd: scratch }),
  argv0: call('cat', ['/proc/self/cmdline'], { argv0: 'another' }),
  'an empty argv0': call('cat', ['/proc/self/cmdline'], { argv0: '' }),
  'a shell': call('echo $0 "$1"', ['$((6 * 7))'], { shell: true }),
  'a shell by name': call('echo $0', [], { shell: '/bin/bash' }),
  'a shell under another name': call('cat /proc/$$/cmdline', [], { shell: true, argv0: 'other' }),
  'a shell that is nowhere': call('echo', [], { shell: '/nowhere/sh' }),
  detached: sh('[ "$(cut -d" " -f5,6 /proc/$$/stat)" = "$$ $$" ] && echo leads', { detached: true }),
  'not detached': sh('[ "$(cut -d" " -f5,6 /proc/$$/stat)" = "$$ $$" ] || echo follows'),
  windowsHide: call('true', [], { windowsHide: true }),
  'nothing inherited but what is asked for': call('ls', ['/proc/self/fd']),
  'stdio as a word': sh('echo lost; cat', { stdio: 'ignore' }),
  'stdio with an empty list': sh('echo piped', { stdio: [] }),
  'stdio with one entry': sh('cat; ls /proc/self/fd', { stdio: ['ignore'] }),
  'stdio with holes': sh('ls /proc/self/fd', { stdio: [null, undefined, null, null, undefined, 'pipe'] }),
  'stdio with overlapped': sh('echo over', { stdio: ['overlapped', 'overlapped', 'overlapped'] }),
  'pipes as descriptors 3 and 4': sh(
    'cat <&3 >&4; echo end',
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] },
    (child) => void (child.stdio[3] as Writable).end('three to four'),
  ),
  'descriptors of files': async (functions, seccomp) => {
    const [zero, nothing] = [openSync('/dev/zero', 'r'), openSync('/dev/null', 'r')]
    try {
      const stdio = ['ignore', 'pipe', 'inherit', nothing, zero, zero, 'ignore', zero] as const
      const list = 'for n in 0 3 4 5 6 7 8 9; do readlink /proc/self/fd/$n || echo none; done'
      return await sh(list, { stdio: [...stdio] })(functions, seccomp)
    } finally {
      closeSync(zero)
      closeSync(nothing)
    }
  },
  'ipc as descriptor 5, after pipes': call(
    process.execPath,
    [
      '-e',
      "process.send(process.env.NODE_CHANNEL_FD ?? 'unset'); process.on('message', (m) => { require('fs').writeSync(4, 'four'); process.send(m); process.disconnect() })",
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'ipc'] },
    (child) => void child.send({ round: 'trip' }),
  ),
  'ipc for a program that is nowhere': call('no-such-program', [], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  }),
  'a time limit': call('sleep', ['30'], { timeout: 150 }),
  'a time limit with a signal': call('sleep', ['30'], { timeout: 150, killSignal: 'SIGKILL' }),
  'an abort': ({ spawn }, seccomp) => {
    const controller = new AbortController()
    return watch(spawn('sleep', ['30'], { signal: controller.signal, ...seccomp }), async () => {
      await sleep(50)
      controller.abort()
    })
  },
  'an abort with a reason and a signal': ({ spawn }, seccomp) => {
    const controller = new AbortController()
    const options = { signal: controller.signal, killSignal: 'SIGINT' } as const
    return watch(spawn('sleep', ['30'], { ...options, ...seccomp }), async () => {
      await sleep(50)
      controller.abort(new Error('enough'))
    })
  },
  'an abort before the start': call('sleep', ['30'], { signal: AbortSignal.abort() }),
  'an abort before the start of what is nowhere': call('no-such-program', [], {
    signal: AbortSignal.abort(),
  }),
  'kill()': call('sleep', ['30'], {}, async (child) => {
    await sleep(20)
    return [child.kill('SIGUSR1'), child.killed, child.kill(0)]
  }),
  'ref() and unref()': call('true', [], {}, (child) => [child.unref(), child.ref()]),
  ...(root && {
    'another user': sh('id -u; id -g; id -G', { uid: 1234, gid: 2345 }),
    'another group': sh('id -u; id -g', { gid: 2345 }),
  }),
}

const refused: Record<string, Case> = Object.fromEntries(
  (
    [
      ['an empty file', '', []],
      ['a file that is a number', 5, []],
      ['a file with a zero', 'tr\0ue', []],
      ['no file', undefined, []],
      ['arguments that are text', 'true', 'text'],
      ['an argument with a zero', 'true', ['a', 'b\0c']],
      ['an argument with a zero for a shell', 'true', ['b\0c'], { shell: true }],
      ['cwd that is a number', 'true', [], { cwd: 5 }],
      ['cwd with a zero', 'true', [], { cwd: '/\0' }],
      ['detached that is text', 'true', [], { detached: 'yes' }],
      ['uid that is text', 'true', [], { uid: 'root' }],
      ['gid that is a fraction', 'true', [], { gid: 1.5 }],
      ['shell that is a number', 'true', [], { shell: 5 }],
      ['shell with a zero', 'true', [], { shell: '/bin/\0sh' }],
      ['argv0 that is a number', 'true', [], { argv0: 5 }],
      ['argv0 with a zero', 'true', [], { argv0: 'a\0' }],
      ['stdio as an unknown word', 'true', [], { stdio: 'nothing' }],
      ['stdio as an object', 'true', [], { stdio: {} }],
      ['stdio with an unknown word', 'true', [], { stdio: ['pipe', 'nothing'] }],
      ['stdio with two channels', 'true', [], { stdio: ['pipe', 'pipe', 'pipe', 'ipc', 'ipc'] }],
      ['a time limit below zero', 'true', [], { timeout: -1 }],
      ['an unknown signal', 'true', [], { killSignal: 'SIGNONE' }],
      ['an abort signal that is none', 'true', [], { signal: {} }],
      ['an environment with a zero', 'true', [], { env: { A: 'a\0b' } }],
      [
        'an unknown serialization',
        'true',
        [],
        { serialization: 'xml', stdio: ['pipe', 'pipe', 'pipe', 'ipc'] },
      ],
    ] as const
  ).map(([name, file, args, options]): [string, Case] => [
    name,
    ({ spawn }, seccomp) =>
      watch(spawn(file as string, args as readonly string[], { ...(options as object), ...seccomp })),
  ]),
)

describe.runIf(canFilter)('spawn under a filter looks as without:', () => {
  test.for(Object.entries(cases))('%s', async ([, look]) => {
    const { node, without, under } = await observe(look)
    expect(without).toEqual(node)
    expect(under).toEqual(node)
  })

  test.for(Object.entries(refused))('refuses %s', async ([, look]) => {
    const { node, under } = await observe(look)
    expect(node).toHaveProperty('thrown.code')
    expect(under).toEqual(node)
  })
})

describe.runIf(canFilter)('where no descriptor is left', () => {
  const found = (...args: readonly string[]): unknown => {
    const victim = join(import.meta.dirname, 'victims/full.js')
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', 'ulimit -n 100 && exec "$@"', 'sh', process.execPath, victim, ...args],
      { encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' },
    )
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  test('each says so as Node does, and leaves none open', () => {
    const node = found()
    expect(node).toMatchObject({ found: { spawn: { event: { code: 'EMFILE' } } }, left: 0 })
    expect(found('docker-default')).toEqual(node)
  })
})
