import type { SpawnSyncOptions } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { type Case, observe } from './spawn-observe.ts'
import { canFilter } from './victims.ts'

const call =
  (file: string, args: readonly string[] = [], options: SpawnSyncOptions = {}): Case =>
  ({ spawnSync }, seccomp) =>
    spawnSync(file, args, { ...options, ...seccomp })
const sh = (script: string, options?: SpawnSyncOptions): Case => call('sh', ['-c', script], options)

const cases: Record<string, Case> = {
  'outputs as bytes': sh('echo out; echo err >&2; exit 3'),
  'outputs as text': sh('echo out; echo err >&2', { encoding: 'utf8' }),
  'outputs in hex': sh('echo out', { encoding: 'hex' }),
  'outputs as buffer': sh('echo out', { encoding: 'buffer' }),
  'no list of arguments': ({ spawnSync }, seccomp) => spawnSync('true', seccomp),
  'a signal': sh('kill -KILL $$'),
  'input as text': call('cat', [], { input: 'grüße' }),
  'input as text in an encoding': call('cat', [], { input: '6869', encoding: 'hex' }),
  'input as bytes': call('cat', [], { input: new Uint8Array([0, 255, 10]) }),
  'empty input': call('cat', [], { input: '' }),
  'input of the wrong kind': call('cat', [], { input: 5 as unknown as string }),
  'more output than maxBuffer': sh('printf 0123456789; exec sleep 30', { maxBuffer: 4 }),
  'maxBuffer of nothing, which means no limit': sh('echo x', { maxBuffer: 0 }),
  'maxBuffer of one byte for what is nowhere': call('no-such-program', [], { maxBuffer: 1 }),
  'a time limit': call('sleep', ['30'], { timeout: 150, killSignal: 'SIGKILL' }),
  'a program that is nowhere': call('no-such-program', ['a', 'b']),
  'a path that is nowhere, with text': call('/nowhere/x', [], { encoding: 'utf8' }),
  'a folder as program': call('/'),
  'a file in a file': call('/dev/null/x'),
  'arguments that are too long': call('true', ['x'.repeat(200_000)]),
  'a missing working directory': call('true', ['a'], { cwd: '/nowhere' }),
  'cwd, env and argv0': call('cat', ['environ', 'cmdline'], {
    cwd: '/proc/self',
    env: { PATH: process.env['PATH'], ONE: '1' },
    argv0: 'feline',
  }),
  'a shell': call('echo $0', ['and', 'more'], { shell: true }),
  'nothing kept': sh('echo lost', { stdio: 'ignore' }),
  'one output of three': sh('echo lost; echo kept >&2', { stdio: ['ignore', 'ignore', 'pipe'] }),
  'pipes as descriptors 3 and 4': sh('echo three >&3; echo four >&4', {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  }),
  'a file as descriptor 4': (functions, seccomp) => {
    const zero = openSync('/dev/zero', 'r')
    try {
      const stdio = ['ignore', 'pipe', 'pipe', 'ignore', zero] as const
      const script = 'for n in 3 4 5 6; do readlink /proc/self/fd/$n || echo none; done'
      return sh(script, { stdio: [...stdio] })(functions, seccomp)
    } finally {
      closeSync(zero)
    }
  },
  'a channel, which it refuses': sh('true', { stdio: ['pipe', 'pipe', 'pipe', 'ipc'] }),
  'text among the descriptors, which Node leaves out': sh('echo out; echo three >&3', {
    stdio: ['ignore', 'pipe', 'text' as 'pipe', new Uint8Array(1) as never, 'pipe', 'pipe'],
  }),
  'a hole among the descriptors': sh('echo three >&3', {
    stdio: Object.assign(new Array<'pipe'>(5), ['pipe', 'pipe', 'pipe'], { 4: 'pipe' }),
  }),
  'an unknown encoding': sh('echo', { encoding: 'morse' as 'utf8' }),
  'a time limit that is none': sh('true', { timeout: -1 }),
  'maxBuffer that is none': sh('true', { maxBuffer: -1 }),
  'an unknown signal': sh('true', { killSignal: 'SIGNONE' as 'SIGTERM' }),
  'an empty file': call(''),
  'an argument with a zero': call('true', ['a', 'b\0']),
  'execFileSync: the output': ({ execFileSync }, seccomp) => execFileSync('echo', ['a', 'b'], { ...seccomp }),
  'execFileSync: as text, without a list': ({ execFileSync }, seccomp) =>
    execFileSync('uname', { encoding: 'utf8', ...seccomp }),
  'execFileSync: a failure': ({ execFileSync }, seccomp) =>
    execFileSync('sh', ['-c', 'echo out; echo wrong >&2; exit 3'], { stdio: 'pipe', ...seccomp }),
  'execFileSync: a failure under another name': ({ execFileSync }, seccomp) =>
    execFileSync('sh', ['-c', 'exit 3'], { argv0: 'other', ...seccomp } as object),
  'execFileSync: a program that is nowhere': ({ execFileSync }, seccomp) =>
    execFileSync('no-such-program', ['a'], { ...seccomp }),
  'execFileSync: a time limit': ({ execFileSync }, seccomp) =>
    execFileSync('sleep', ['30'], { timeout: 100, ...seccomp }),
  'execFileSync: an empty file': ({ execFileSync }, seccomp) => execFileSync('', { ...seccomp }),
  'execSync: the output': ({ execSync }, seccomp) => execSync('echo $0 $((6 * 7))', { ...seccomp }),
  'execSync: another shell': ({ execSync }, seccomp) =>
    execSync('echo $0', { shell: '/bin/bash', ...seccomp }),
  'execSync: a failure': ({ execSync }, seccomp) =>
    execSync('echo wrong >&2; exit 4', { stdio: 'pipe', encoding: 'utf8', ...seccomp }),
  'execSync: a command that is none': ({ execSync }, seccomp) =>
    execSync(5 as unknown as string, { ...seccomp }),
  'execSync: a command with a zero': ({ execSync }, seccomp) => execSync('tr\0ue', { ...seccomp }),
}

describe.runIf(canFilter)('the synchronous functions under a filter give what they give without:', () => {
  test.for(Object.entries(cases))('%s', async ([, look]) => {
    const { node, without, under } = await observe(look)
    expect(without).toEqual(node)
    expect(under).toEqual(node)
  })

  test('what a failing program says is passed on, unless stdio is given', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    try {
      const look: Case = ({ execFileSync }, seccomp) =>
        execFileSync('sh', ['-c', 'echo said >&2; exit 3'], { ...seccomp })
      await observe(look)
      expect(write.mock.calls.map(([words]) => String(words))).toEqual(['said\n', 'said\n', 'said\n'])
    } finally {
      write.mockRestore()
    }
  })
})
