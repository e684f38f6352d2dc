import type { ExecFileOptions } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type Case, observe, watch } from './spawn-observe.ts'
import { canFilter } from './victims.ts'

/** What the callback gets, and what the child looks like meanwhile. */
const call =
  (
    file: string,
    args: readonly string[] = [],
    options: object = {},
    during?: Parameters<typeof watch>[1],
  ): Case =>
  ({ execFile }, seccomp) =>
    new Promise((resolve) => {
      const child = execFile(file, args, { ...options, ...seccomp } as ExecFileOptions, async (...values) =>
        resolve([values, await seen]),
      )
      const seen = watch(child, during)
    })
const sh = (script: string, options?: object): Case => call('sh', ['-c', script], options)

const cases: Record<string, Case> = {
  'both outputs': sh('echo out; echo err >&2'),
  'outputs as bytes': sh('echo out', { encoding: 'buffer' }),
  'outputs as bytes, by null': sh('echo out', { encoding: null }),
  'outputs in an encoding': sh('echo out', { encoding: 'base64' }),
  'outputs in an unknown encoding': sh('echo out', { encoding: 'morse' }),
  'a failure': sh('echo out; echo wrong >&2; exit 3'),
  'a failure without arguments': call('false'),
  'a signal': sh('kill -TERM $$'),
  'a program that is nowhere': call('no-such-program', ['a']),
  'a file in a file': call('/dev/null/x'),
  'cwd and env': call('env', [], { cwd: '/', env: { PATH: process.env['PATH'], ONE: '1' } }),
  'an input': call('cat', [], {}, (child) => void child.stdin!.end('through')),
  'argv0, which execFile leaves aside': call('cat', ['/proc/self/cmdline'], { argv0: 'other' }),
  'a shell': call('echo $0', ['x'], { shell: true }),
  'more output than maxBuffer': sh('printf 0123456789; exec sleep 30', { maxBuffer: 4 }),
  'more bytes than maxBuffer': sh('printf 0123456789; exec sleep 30', { maxBuffer: 4, encoding: 'buffer' }),
  'more errors than maxBuffer': sh('printf 0123456789 >&2; exec sleep 30', { maxBuffer: 4 }),
  'no limit': call(process.execPath, ['-e', "process.stdout.write('x'.repeat(3e6))"], {
    maxBuffer: Infinity,
  }),
  'a time limit': call('sleep', ['30'], { timeout: 100 }),
  'a time limit with a signal': call('sleep', ['30'], { timeout: 100, killSignal: 'SIGKILL' }),
  'an abort': ({ execFile }, seccomp) =>
    new Promise((resolve) => {
      const controller = new AbortController()
      const options = { signal: controller.signal, ...seccomp }
      execFile('sleep', ['30'], options, (...values) => resolve(values))
      void sleep(50).then(() => controller.abort())
    }),
  'no callback': async ({ execFile }, seccomp) => watch(execFile('echo', ['x'], { ...seccomp })),
  'no list of arguments': ({ execFile }, seccomp) =>
    new Promise((resolve) => execFile('uname', { ...seccomp }, (...values) => resolve(values))),
  'a time limit that is none': call('true', [], { timeout: 1.5 }),
  'maxBuffer that is none': call('true', [], { maxBuffer: 'much' }),
  'an unknown signal': call('true', [], { killSignal: 'SIGNONE' }),
  'a signal in small letters': call('sleep', ['30'], { timeout: 100, killSignal: 'sigint' }),
  'a callback that is none': ({ execFile }, seccomp) =>
    execFile('true', [], { ...seccomp } as ExecFileOptions, 'back' as never),
  'an empty file': call(''),
  'a name of its own that is none': call('true', [], { argv0: 5 } as ExecFileOptions),
  'exec: a command': ({ exec }, seccomp) =>
    new Promise((resolve) =>
      exec('echo $0 $((6 * 7)); exit 5', { ...seccomp }, (...values) => resolve(values)),
    ),
  'exec: another shell': ({ exec }, seccomp) =>
    new Promise((resolve) =>
      exec('echo $0', { shell: '/bin/bash', ...seccomp }, (...values) => resolve(values)),
    ),
  'exec: a time limit': ({ exec }, seccomp) =>
    new Promise((resolve) =>
      exec('exec sleep 30', { timeout: 100, ...seccomp }, (...values) => resolve(values)),
    ),
  'exec: a command that is none': ({ exec }, seccomp) => exec(5 as unknown as string, { ...seccomp }),
  'exec: a command with a zero': ({ exec }, seccomp) => exec('tr\0ue', { ...seccomp }),
  'promisify(execFile): outputs': ({ execFile }, seccomp) =>
    promisify(execFile)('sh', ['-c', 'echo out; echo err >&2'], { ...seccomp }),
  'promisify(execFile): a failure': ({ execFile }, seccomp) =>
    promisify(execFile)('sh', ['-c', 'echo out; exit 3'], { encoding: 'buffer', ...seccomp }),
  'promisify(execFile): a program that is nowhere': ({ execFile }, seccomp) =>
    promisify(execFile)('no-such-program', { ...seccomp }),
  'promisify(execFile): the child': async ({ execFile }, seccomp) => {
    const promise = promisify(execFile)('cat', { ...seccomp })
    promise.child.stdin!.end('by its child')
    return promise
  },
  'promisify(execFile): what is thrown at once': ({ execFile }, seccomp) => {
    try {
      return promisify(execFile)('/etc/passwd/file', { ...seccomp })
    } catch (error) {
      return ['at once', (error as Error).message]
    }
  },
  'promisify(exec): outputs': ({ exec }, seccomp) => promisify(exec)('echo out', { ...seccomp }),
  'promisify(exec): a failure': ({ exec }, seccomp) => promisify(exec)('exit 9', { ...seccomp }),
}

describe.runIf(canFilter)('execFile and exec under a filter give what they give without:', () => {
  test.for(Object.entries(cases))('%s', async ([, look]) => {
    const { node, without, under } = await observe(look)
    expect(without).toEqual(node)
    expect(under).toEqual(node)
  })
})
