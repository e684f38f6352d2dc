import { spawn as plainSpawn } from 'node:child_process'
import { closeSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import {
  compile,
  compileStack,
  execFile,
  execFileSync,
  explainExit,
  KernelError,
  loadProfileSync,
  SeccompError,
  spawn,
  spawnSync,
  type WithSeccomp,
} from '../../lib/index.ts'
import { canFilter } from './victims.ts'

const scratch = mkdtempSync(join(tmpdir(), 'seccomp-filter-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const answering = (errno: number, names: readonly string[] = ['mkdir', 'mkdirat']): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: [...names], action: 'SCMP_ACT_ERRNO', errnoRet: errno }],
})
const [EPERM, EACCES, EROFS] = [1, 13, 30]
const words: Readonly<Record<number, string>> = {
  [EPERM]: 'Operation not permitted',
  [EACCES]: 'Permission denied',
  [EROFS]: 'Read-only file system',
}
/** What mkdir(1) says. */
const mkdir = (options: WithSeccomp & { readonly uid?: number }): string => {
  const path = join(scratch, 'made')
  const { status, stderr } = spawnSync('mkdir', [path], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    ...options,
  })
  if (status === 0) rmSync(path, { recursive: true })
  return status === 0 ? 'made' : stderr.trim().replace(/^.*: /, '')
}
const openDescriptors = (): number => readdirSync('/proc/self/fd').length
/** Once what has ended is closed. Fewer than before are no surprise: earlier tests' filters become garbage. */
const settledDescriptors = async (): Promise<number> => {
  for (let last = Number.NaN; ; ) {
    const now = openDescriptors()
    if (now === last) return now
    last = now
    await sleep(100)
  }
}
const ending = (child: ReturnType<typeof spawn>): Promise<unknown[]> =>
  new Promise((resolve) => {
    const events: unknown[] = []
    for (const event of ['spawn', 'error', 'exit'])
      child.on(event, (...values: unknown[]) => events.push([event, ...values]))
    child.once('close', () => resolve(events))
  })

describe.runIf(canFilter)('a filter of spawn', () => {
  test('is a preset, a document, a profile, a filter or a stack of filters', () => {
    const profile = answering(EROFS)
    const path = join(scratch, 'profile.json')
    writeFileSync(path, JSON.stringify(profile))
    for (const seccomp of [
      profile,
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      loadProfileSync(profile),
      compile(profile),
      compileStack(profile),
      [compile(answering(EROFS, ['mkdir'])), compile(answering(EROFS, ['mkdirat']))],
    ])
      expect(mkdir({ seccomp })).toBe(words[EROFS])
    expect(mkdir({ seccomp: 'docker-default' })).toBe('made')
    expect(mkdir({ seccomp: 'unconfined' })).toBe('made')
    expect(mkdir({})).toBe('made')
  })

  test('follows a list that changes, and options beside a filter that had none', () => {
    const list = [compile(answering(EPERM))]
    expect(mkdir({ seccomp: list })).toBe(words[EPERM])
    list[0] = compile(answering(EROFS))
    expect(mkdir({ seccomp: list })).toBe(words[EROFS])
    const [filter] = list
    expect(mkdir({ seccomp: filter! })).toBe(words[EROFS])
    expect(mkdir({ seccomp: filter!, seccompOptions: { onViolation: 'log' } })).toBe('made')
    expect(mkdir({ seccomp: filter! })).toBe(words[EROFS])
  })

  test('follows a document that changes', () => {
    const profile = answering(EPERM) as { syscalls: { errnoRet: number }[] }
    expect(mkdir({ seccomp: profile })).toBe(words[EPERM])
    profile.syscalls[0]!.errnoRet = EROFS
    expect(mkdir({ seccomp: profile })).toBe(words[EROFS])
    profile.syscalls.pop()
    expect(mkdir({ seccomp: profile })).toBe('made')
  })

  test('follows a file that changes', () => {
    const path = join(scratch, 'changing.json')
    const seen = [EPERM, EROFS, EACCES, EPERM].map((errno) => {
      writeFileSync(path, JSON.stringify(answering(errno)))
      utimesSync(path, 1000, 1000)
      return [mkdir({ seccomp: path }), mkdir({ seccomp: path })]
    })
    expect(seen).toEqual([EPERM, EROFS, EACCES, EPERM].map((errno) => [words[errno], words[errno]]))
  })

  test('is compiled for the capabilities that the program will have', () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        {
          names: ['mkdir', 'mkdirat'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: EROFS,
          excludes: { caps: ['CAP_CHOWN'] },
        },
      ],
    }
    expect(mkdir({ seccomp, seccompOptions: { capabilities: 'none' } })).toBe(words[EROFS])
    expect(mkdir({ seccomp, seccompOptions: { capabilities: ['CHOWN'] } })).toBe('made')
    if (process.getuid!() !== 0) return
    expect(mkdir({ seccomp })).toBe('made')
    expect(mkdir({ seccomp, uid: 0 })).toBe('made')
    expect(mkdir({ seccomp, uid: 1234 })).toBe(words[EROFS])
  })

  test('comes with no_new_privs unless told otherwise', () => {
    const lines = (seccompOptions: object): string =>
      execFileSync(process.execPath, ['-e', printNoNewPrivileges], {
        encoding: 'utf8',
        seccomp: 'docker-default',
        seccompOptions,
      })
    expect(lines({})).toBe('NoNewPrivs:\t1')
    if (process.getuid!() === 0 && !readNoNewPrivileges())
      expect(lines({ noNewPrivileges: false })).toBe('NoNewPrivs:\t0')
  })

  test('ends a program in a way that can be explained', async () => {
    const killing = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_KILL_PROCESS' }],
    }
    const direct = spawnSync('mkdir', [join(scratch, 'never')], { seccomp: killing })
    expect(direct.signal).toBe('SIGSYS')
    expect(explainExit(direct.status, direct.signal)).toContain('killed by its filter (SIGSYS)')
    const shell = spawnSync('sh', ['-c', `mkdir ${join(scratch, 'never')}; exit $?`], { seccomp: killing })
    expect(explainExit(shell.status, shell.signal)).toContain('159')
    expect([explainExit(0, null), explainExit(1, null), explainExit(null, 'SIGTERM')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

/** A program that prints its line of /proc/self/status. */
const printNoNewPrivileges =
  "process.stdout.write(/NoNewPrivs.*/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[0])"

const readNoNewPrivileges = (): boolean =>
  execFileSync(process.execPath, ['-e', printNoNewPrivileges], { encoding: 'utf8' }).includes('1')

describe.runIf(canFilter)('a filter that refuses execve', () => {
  test('with EACCES gives the event of a program that may not be executed', async () => {
    const events = await ending(spawn('true', ['a'], { seccomp: answering(EACCES, ['execve']) }))
    expect(events).toEqual([
      [
        'error',
        expect.objectContaining({
          code: 'EACCES',
          errno: -EACCES,
          syscall: 'spawn true',
          path: 'true',
          spawnargs: ['a'],
        }),
      ],
    ])
  })

  test('with EPERM throws at once, as Node does for that errno', async () => {
    const timeout = 60_000
    const seccomp = answering(EPERM, ['execve'])
    expect(() => spawn('true', { seccomp })).toThrow()
    const before = await settledDescriptors()
    expect(() => spawn('true', { seccomp, timeout, signal: new AbortController().signal })).toThrow(
      expect.objectContaining({ message: 'spawn EPERM', code: 'EPERM', errno: -EPERM, syscall: 'spawn' }),
    )
    expect(spawnSync('true', { seccomp }).error).toMatchObject({ code: 'EPERM', syscall: 'spawnSync true' })
    expect(await settledDescriptors()).toBeLessThanOrEqual(before)
  })

  test('with its own number gives that number', () => {
    const { error } = spawnSync('true', { seccomp: answering(1000, ['execve']) })
    expect(error).toMatchObject({ errno: -1000, message: 'spawnSync true Unknown system error -1000' })
  })

  test('by killing kills the launcher in the place of the program', async () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['execve'], action: 'SCMP_ACT_KILL_PROCESS' }],
    }
    expect(await ending(spawn('true', { seccomp }))).toEqual([['spawn'], ['exit', null, 'SIGSYS']])
  })
})

describe.runIf(canFilter)('a program that never started', () => {
  test("can be killed without harm: Node's own kill() would signal this process and its group", async () => {
    const script = `
      import { spawn } from '${pathToFileURL(join(import.meta.dirname, '../../dist/index.js'))}'
      const child = spawn('no-such-program', { seccomp: 'docker-default' })
      child.on('error', ({ code }) => console.log(code))
      console.log(child.kill(), child.killed)`
    // A group of its own, for the signal would reach all of it.
    const child = plainSpawn(process.execPath, ['--input-type=module', '-e', script], { detached: true })
    const output = await text(child.stdout)
    expect(output).toBe('false false\nENOENT\n')
  })
})

describe.runIf(canFilter)('filters that the kernel refuses', () => {
  // The first one forbids the second.
  const broken = [compile(answering(EPERM, ['seccomp'])), compile('unconfined')]
  const refusal = { name: 'KernelError', code: 'ERR_KERNEL', syscall: 'seccomp', errno: 'EPERM' }

  test("are an 'error' event of spawn, and nothing runs", async () => {
    const child = spawn('sh', ['-c', `mkdir ${join(scratch, 'ran')}`], { seccomp: broken })
    expect(child.pid).toBeUndefined()
    const events = await ending(child)
    expect(events).toEqual([['error', expect.objectContaining(refusal)]])
    expect((events[0] as unknown[])[1]).toBeInstanceOf(KernelError)
    expect(readdirSync(scratch)).not.toContain('ran')
  })

  test('are thrown by spawnSync, and handed to the callback of execFile', async () => {
    expect(() => spawnSync('true', { seccomp: broken })).toThrow(expect.objectContaining(refusal))
    await expect(promisify(execFile)('true', { seccomp: broken })).rejects.toMatchObject(refusal)
  })
})

describe.runIf(canFilter)('spawn starts nothing', () => {
  const wrong: Record<string, [unknown, string]> = {
    'for seccomp: undefined': [{ seccomp: undefined }, 'ERR_USAGE'],
    'for seccomp: null': [{ seccomp: null }, 'ERR_USAGE'],
    'for seccomp: true': [{ seccomp: true }, 'ERR_USAGE'],
    'for seccompOptions alone': [{ seccompOptions: {} }, 'ERR_USAGE'],
    'for seccompOptions that are text': [{ seccomp: 'docker-default', seccompOptions: 'safe' }, 'ERR_USAGE'],
    'for a seccompOption that there is not': [
      { seccomp: 'docker-default', seccompOptions: { noNewPrivilege: false } },
      'ERR_USAGE',
    ],
    'for an empty stack': [{ seccomp: [] }, 'ERR_USAGE'],
    'for a copy of a filter, which may be changed': [{ seccomp: { ...compile('unconfined') } }, 'ERR_USAGE'],
    'for a stack of profiles': [{ seccomp: ['docker-default'] }, 'ERR_USAGE'],
    'for a filter that is to be compiled': [
      { seccomp: compile('unconfined'), seccompOptions: { as: 'runc' } },
      'ERR_USAGE',
    ],
    'for a filter of another machine': [
      { seccomp: compile('docker-default', { arch: 's390x' }) },
      'ERR_TARGET_INVALID',
    ],
    'for a preset that there is none of': [{ seccomp: 'docker-defualt' }, 'ERR_PROFILE_NOT_FOUND'],
    'for a document with mistakes': [{ seccomp: { defaultAction: 'SCMP_ACT_ALOW' } }, 'ERR_PROFILE_INVALID'],
    'for a profile that needs a supervisor': [
      {
        seccomp: {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
        },
      },
      'ERR_KERNEL_UNSUPPORTED',
    ],
  }
  test.for(Object.entries(wrong))('%s', ([, [options, code]]) => {
    const ran = join(scratch, 'ran')
    for (const start of [spawn, spawnSync]) {
      const attempt = (): unknown => Reflect.apply(start, undefined, ['mkdir', [ran], options])
      expect(attempt).toThrow(SeccompError)
      expect(attempt).toThrow(expect.objectContaining({ code }))
    }
    expect(readdirSync(scratch)).not.toContain('ran')
  })
})

describe.runIf(canFilter)('descriptors', () => {
  test('a hundred programs at a time leak none, whether they start or not', async () => {
    const seccomp = answering(EPERM)
    const many = (file: string): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 100 }, () =>
          ending(spawn(file, { seccomp, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })),
        ),
      )
    await many('true')
    const before = await settledDescriptors()
    await many('true')
    await many('no-such-program')
    for (let round = 0; round < 20; round++) spawnSync('true', { seccomp })
    expect(await settledDescriptors()).toBeLessThanOrEqual(before)
  })

  test('leave no process behind', async () => {
    const children = (): string =>
      readdirSync('/proc/self/task')
        .map((id) => execFileSync('cat', [`/proc/${process.pid}/task/${id}/children`], { encoding: 'utf8' }))
        .join('')
    const own = children().trim().split(/\s+/).length
    await Promise.all(
      Array.from({ length: 20 }, () => ending(spawn('no-such-program', { seccomp: 'docker-default' }))),
    )
    await expect.poll(() => children().trim().split(/\s+/).length).toBeLessThanOrEqual(own)
  })

  test("one that the program closed by mistake isn't handed on", () => {
    const seccomp = answering(EROFS)
    const before = new Set(readdirSync('/proc/self/fd'))
    expect(mkdir({ seccomp })).toBe(words[EROFS])
    const kept = readdirSync('/proc/self/fd').filter((fd) => !before.has(fd))
    // The folder being read has a descriptor of its own, which is gone again.
    for (const fd of kept)
      try {
        closeSync(Number(fd))
      } catch {}
    expect(mkdir({ seccomp })).toBe(words[EROFS])
  })

  test('are closed when their filter is garbage', async () => {
    const script = `
      import { readdirSync } from 'node:fs'
      import { compile, spawnSync } from '${pathToFileURL(join(import.meta.dirname, '../../dist/index.js'))}'
      const count = () => readdirSync('/proc/self/fd').length
      const start = count()
      for (let n = 0; n < 20; n++) spawnSync('true', { seccomp: compile('unconfined') })
      const held = count()
      for (let n = 0; n < 20 && count() > start; n++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)) }
      console.log(JSON.stringify({ held: held - start > 10, left: count() - start < 3 }))`
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--input-type=module',
      '-e',
      script,
    ])
    expect(JSON.parse(stdout)).toEqual({ held: true, left: true })
  })
})
