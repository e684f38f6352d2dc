import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verdict } from '../../lib/bpf/verdict.ts'
import { sealedMemfd } from '../../lib/kernel/memfd.ts'
import { processStatus } from '../../lib/kernel/status.ts'
import { launcherCommand, launcherPath, parseLaunchFailure } from '../../lib/process/spawn/launcher.ts'
import { launch, run } from './launch.ts'
import { allowing, answering, assemble, EPERM, native, withoutMkdir } from './programs.ts'
import { canFilter, hasSysAdmin } from './victims.ts'

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'seccomp-launcher-'))
  chmodSync(scratch, 0o755)
})
afterAll(() => rmSync(scratch, { recursive: true }))

const cat = (path: string): { args: string[] } => ({ args: [path] })
/** Only the lines that a filter changes. */
const filterLines = (status: string): string[] => status.match(/^(NoNewPrivs|Seccomp\w*):.*$/gm) ?? []

describe.runIf(canFilter)('the launcher, when all is well,', () => {
  test('filters the program from its start, with no_new_privs', () => {
    const own = processStatus().threads[0]!
    const { status, stdout } = launch(withoutMkdir, 'cat', cat('/proc/self/status'))
    expect(status).toBe(0)
    expect(filterLines(stdout)).toEqual([
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
      ...(own.filters === null ? [] : [`Seccomp_filters:\t${own.filters + 1}`]),
    ])
  })

  test('lets the filter hold', () => {
    const path = join(scratch, 'never')
    const plain = launch(allowing(1), 'mkdir', cat(join(scratch, 'made')))
    const filtered = launch(withoutMkdir, 'mkdir', { args: [path], env: { ...process.env, LC_ALL: 'C' } })
    expect(plain).toMatchObject({ status: 0, stderr: '' })
    expect(filtered).toMatchObject({ status: 1, stderr: expect.stringContaining('Operation not permitted') })
  })

  test('passes exit code and signal through', () => {
    expect(launch(allowing(1), 'sh', { args: ['-c', 'exit 78'] })).toMatchObject({ status: 78, signal: null })
    expect(launch(allowing(1), 'sh', { args: ['-c', 'kill -TERM $$'] })).toMatchObject({
      status: null,
      signal: 'SIGTERM',
    })
  })

  test('gives the program its arguments, environment and working directory as they are', () => {
    const args = ['-c', 'printf "%s|" "$0" "$@" "$GREETING"; pwd', '', 'a b', '$x\n', '-', 'ü', '--version']
    const options = { args, cwd: '/', env: { PATH: process.env['PATH'], GREETING: 'hello' } }
    expect(launch(allowing(1), 'sh', options).stdout).toBe('|a b|$x\n|-|ü|--version|hello|/\n')
  })

  test('lets the program be called by another name', () => {
    const { stdout } = launch(allowing(1), 'cat', { argv0: 'another name', args: ['/proc/self/cmdline'] })
    expect(stdout).toBe('another name\0/proc/self/cmdline\0')
  })

  test('leaks no descriptor, and takes none away', () => {
    const zero = openSync('/dev/zero', 'r')
    const status = openSync(join(scratch, 'status'), 'w+')
    const filter = sealedMemfd('filter', allowing(1))
    try {
      const { path, args } = launcherCommand({
        filterFd: 3,
        statusFd: 4,
        file: 'ls',
        args: ['/proc/self/fd'],
      })
      const stdio = ['ignore', 'pipe', 'pipe'] as const
      const through = run(path, args, { stdio: [...stdio, filter, status, zero] })
      // ls itself takes the lowest free number to read the folder: 3, and here 6.
      const plain = run('ls', ['/proc/self/fd'], { stdio: [...stdio, 'ignore', 'ignore', zero] })
      expect(through.stdout.split('\n')).toEqual(
        plain.stdout.split('\n').filter((line) => line !== '4' && line !== '6'),
      )
      expect(through.stdout.split('\n')).toContain('5')
    } finally {
      for (const descriptor of [zero, status, filter]) closeSync(descriptor)
    }
  })

  test('takes 4096 instructions', () => {
    expect(launch(allowing(4096), 'true')).toMatchObject({ status: 0, stderr: '' })
  })

  test('passes the flags on', () => {
    expect(launch(withoutMkdir, 'true', { flags: ['SECCOMP_FILTER_FLAG_LOG'] })).toMatchObject({ status: 0 })
  })

  test('reads a file from its start, wherever its offset stands', () => {
    const path = join(scratch, 'filter.bpf')
    writeFileSync(path, withoutMkdir)
    const descriptor = openSync(path, 'r')
    try {
      readSync(descriptor, Buffer.alloc(100))
      const { path: launcher, args } = launcherCommand({ filterFd: 3, file: 'true' })
      const stdio = ['ignore', 'pipe', 'pipe', descriptor] as const
      expect(run(launcher, args, { stdio: [...stdio] })).toMatchObject({ status: 0, stderr: '' })
    } finally {
      closeSync(descriptor)
    }
  })

  test('reads a pipe to its end', () => {
    const filter = join(scratch, 'piped.bpf')
    writeFileSync(filter, allowing(4096))
    const { path, args } = launcherCommand({ filterFd: 3, file: 'echo', args: ['piped'] })
    const script = 'cat "$0" | { "$@" 3<&0 </dev/null; }'
    expect(run('sh', ['-c', script, filter, path, ...args])).toMatchObject({ status: 0, stdout: 'piped\n' })
  })

  test('shares one memfd with many launchers at a time', async () => {
    const descriptor = sealedMemfd('shared', allowing(4096))
    const { path, args } = launcherCommand({ filterFd: 3, file: 'true' })
    try {
      const codes = await Promise.all(
        Array.from({ length: 40 }, () => {
          const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'inherit', descriptor] })
          return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
        }),
      )
      expect(codes).toEqual(codes.map(() => 0))
    } finally {
      closeSync(descriptor)
    }
  })

  test.runIf(hasSysAdmin)('leaves no_new_privs alone if told so', () => {
    const own = processStatus().threads[0]!.noNewPrivileges
    const { stdout } = launch(withoutMkdir, 'cat', { ...cat('/proc/self/status'), noNewPrivileges: false })
    expect(filterLines(stdout)).toEqual(
      expect.arrayContaining([`NoNewPrivs:\t${own ? 1 : 0}`, 'Seccomp:\t2']),
    )
  })

  test('asks an ordinary user for no_new_privs', () => {
    const root = process.getuid!() === 0
    // Where an ordinary user can reach it.
    const launcher = join(scratch, 'launcher')
    copyFileSync(launcherPath(), launcher)
    chmodSync(launcher, 0o755)
    const user = { launcher, cwd: '/', ...(root ? { uid: 1000, gid: 1000 } : {}) }
    expect(launch(withoutMkdir, 'true', user)).toMatchObject({ status: 0, stderr: '' })
    const without = launch(withoutMkdir, 'true', { ...user, noNewPrivileges: false })
    if (processStatus().threads[0]!.noNewPrivileges) expect(without.status).toBe(0)
    else
      expect(without).toMatchObject({
        status: 78,
        stderr:
          'seccomp: the kernel refuses the filter without no_new_privs or CAP_SYS_ADMIN: Permission denied; nothing was run\n',
      })
  })

  test('prints its protocol', () => {
    expect(run(launcherPath(), ['--version'])).toMatchObject({
      status: 0,
      stdout: 'seccomp launcher, protocol 2\n',
    })
  })
})

describe.runIf(canFilter)('the launcher, when the filter ends the program,', () => {
  const kill = verdict('KILL_PROCESS')

  test('dies of SIGSYS like the program', () => {
    const filter = answering({ mkdir: kill, mkdirat: kill })
    expect(launch(filter, 'mkdir', cat(join(scratch, 'never')))).toMatchObject({
      status: null,
      signal: 'SIGSYS',
    })
  })

  test('dies of SIGSYS itself if not even execve is left to it', () => {
    expect(launch(answering({ execve: kill }), 'true')).toMatchObject({ status: null, signal: 'SIGSYS' })
  })

  test('ends by a signal when it may neither execute, nor speak, nor exit', () => {
    const { status, signal, stderr } = launch(answering({}, EPERM), 'true')
    expect({ status, stderr }).toEqual({ status: null, stderr: '' })
    expect(signal).toBe(native === 'x86_64' ? 'SIGILL' : 'SIGTRAP')
  })
})

describe.runIf(canFilter)('the launcher, when the filter answers execve with an errno,', () => {
  test.for([
    [1, 126, 'Operation not permitted'],
    [13, 126, 'Permission denied'],
    [38, 126, 'Function not implemented'],
    [2, 127, 'No such file or directory'],
    [4095, 126, 'Unknown error 4095'],
  ] as const)('%d, exits with %d: %s', ([errno, status, words]) => {
    const ending = launch(answering({ execve: verdict('ERRNO', errno) }), 'true')
    expect(ending).toEqual({ status, signal: null, stdout: '', stderr: `seccomp: 'true': ${words}\n` })
  })

  test('exits with 126 in silence if write is denied too', () => {
    const ending = launch(answering({ execve: EPERM, write: EPERM }), 'true')
    expect(ending).toEqual({ status: 126, signal: null, stdout: '', stderr: '' })
  })

  test('exits with 126 by exit(2) if exit_group is denied too', () => {
    expect(launch(answering({ execve: EPERM, exit_group: EPERM }), 'true')).toMatchObject({ status: 126 })
  })
})

describe.runIf(canFilter)('the launcher, when it can not enforce, runs nothing and exits with 78', () => {
  const expectRefused = (filter: Uint8Array, words: string): void =>
    expect(launch(filter, 'echo', { args: ['ran'] })).toEqual({
      status: 78,
      signal: null,
      stdout: '',
      stderr: `seccomp: ${words}; nothing was run\n`,
    })

  test('for an empty filter', () => expectRefused(new Uint8Array(0), 'the filter is empty: Invalid argument'))
  test('for a filter of 4097 instructions', () =>
    expectRefused(allowing(4097), 'the filter has more than 4096 instructions: Argument list too long'))
  test('for a filter far too long', () =>
    expectRefused(allowing(100_000), 'the filter has more than 4096 instructions: Argument list too long'))
  test.for([1, 7, 9, 12, 32767])('for a filter of %d bytes', (size) =>
    expectRefused(
      allowing(4096).subarray(0, size),
      "the filter isn't a whole number of instructions: Invalid argument",
    ),
  )
  test('for flags that the kernel refuses', () => {
    const flags = ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] as const // needs a listener
    expect(launch(allowing(1), 'echo', { args: ['ran'], flags })).toMatchObject({
      status: 78,
      stdout: '',
      stderr: 'seccomp: the kernel refuses the flags: Invalid argument; nothing was run\n',
    })
  })
  test('for a program that the kernel refuses', () =>
    expectRefused(assemble([[0x20, 0, 0, 0]]), 'the kernel refuses the filter: Invalid argument'))

  const withDescriptor = (descriptor: number | 'ignore', filterFd = 3): unknown => {
    const { path, args } = launcherCommand({ filterFd, file: 'echo', args: ['ran'] })
    return run(path, args, { stdio: ['ignore', 'pipe', 'pipe', descriptor] })
  }
  test('for a descriptor that is not open', () => {
    expect(withDescriptor('ignore', 999)).toMatchObject({
      status: 78,
      stdout: '',
      stderr: "seccomp: the filter can't be read: Bad file descriptor; nothing was run\n",
    })
  })
  test('for a folder', () => {
    const folder = openSync(scratch, 'r')
    try {
      expect(withDescriptor(folder)).toMatchObject({
        status: 78,
        stdout: '',
        stderr: "seccomp: the filter can't be read: Is a directory; nothing was run\n",
      })
    } finally {
      closeSync(folder)
    }
  })
})

describe.runIf(canFilter)('the launcher, given wrong arguments, exits with 125', () => {
  test.for([
    [[]],
    [['3', '0', '1', '-', 'true']],
    [['2', '0', '1', '-', 'true', 'true']],
    [['x', '0', '1', '-', 'true', 'true']],
    [['', '0', '1', '-', 'true', 'true']],
    [['-3', '0', '1', '-', 'true', 'true']],
    [['99999999999', '0', '1', '-', 'true', 'true']],
    [['3', '0x1', '1', '-', 'true', 'true']],
    [['3', '4294967296', '1', '-', 'true', 'true']],
    [['3', '8', '1', '-', 'true', 'true']],
    [['3', '0', '2', '-', 'true', 'true']],
    [['3', '0', 'yes', '-', 'true', 'true']],
    [['3', '0', '1', '3', 'true', 'true']],
    [['3', '0', '1', '1', 'true', 'true']],
    [['3', '0', '1', '77', 'true', 'true']],
    [['--help']],
  ])('%j', ([args]) => {
    const { status, stdout, stderr } = run(launcherPath(), args!)
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' })
    expect(stderr).toMatch(/^seccomp: launcher: .+\nusage: launcher FILTER_FD\[,FILTER_FD\]\.\.\. FLAGS /)
  })
})

describe.runIf(canFilter)('the status descriptor', () => {
  const told = (filter: Uint8Array, file: string): unknown => {
    const path = join(scratch, 'told')
    const status = openSync(path, 'w+')
    try {
      const { stderr, status: code } = launch(filter, file, { status })
      return { code, stderr, failure: parseLaunchFailure(readFileSync(path)) }
    } finally {
      closeSync(status)
    }
  }

  test('stays empty when the program runs', () => {
    expect(told(allowing(1), 'false')).toEqual({ code: 1, stderr: '', failure: undefined })
  })
  test('gets the errno of execve in place of the message', () => {
    const failure = { stage: 'execute', errno: 2 }
    expect(told(allowing(1), '/no/such/program')).toEqual({ code: 127, stderr: '', failure })
  })
  test('gets what the filter answers to execve', () => {
    const failure = { stage: 'execute', errno: 1 }
    expect(told(answering({ execve: EPERM }), 'true')).toEqual({ code: 126, stderr: '', failure })
  })
  test('tells that the kernel refused the program', () => {
    const failure = { stage: 'install', errno: 22 }
    expect(told(assemble([[0x20, 0, 0, 0]]), 'true')).toEqual({ code: 78, stderr: '', failure })
  })
  test('tells that there was no filter', () => {
    const failure = { stage: 'read', errno: 22 }
    expect(told(new Uint8Array(0), 'true')).toEqual({ code: 78, stderr: '', failure })
  })
})
