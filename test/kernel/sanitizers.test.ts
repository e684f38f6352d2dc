import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { encode } from '../../lib/bpf/encode.ts'
import { assembleText } from '../../lib/inspect/assemble-text.ts'
import { sealedMemfd, sharedMemfd } from '../../lib/kernel/memfd.ts'
import { launcherExitCodes } from '../../lib/process/spawn/launcher.ts'
import { Random } from '../random.ts'
import { cannotSanitize, sanitizedAddon, sanitizedProgram } from './sanitized.ts'
import { canFilter } from './victims.ts'

/** `npm run sanitize` sets it: more inputs, whole victims, and valgrind. */
const thorough = process.env['SANITIZE'] === '1'
const reason = canFilter ? cannotSanitize() : 'there is nothing to build'
if (reason) console.log(`skipped: the native code under sanitizers, because ${reason}`)
const rounds = thorough ? 3000 : 150
/** Ways into the kernel; i386's, which a kernel may be built without, only where somebody looks at the outcome. */
const entries = thorough ? [0, 1, 2, 0xffffffff] : [0, 2, 0xffffffff]
const random = new Random(Number(process.env['SECCOMP_SEED'] ?? 20_261_122))

type Result = SpawnSyncReturns<string>
const run = (command: readonly string[], descriptors: number[], env: NodeJS.ProcessEnv = {}): Result =>
  spawnSync(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
    env,
  })

const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => random.below(256)))

/** Runs with files of these bytes as descriptors from 3 on. */
const runWith = (command: readonly string[], contents: readonly (Buffer | number)[]): Result => {
  const descriptors = contents.map((each) =>
    typeof each === 'number' ? sharedMemfd('fuzz', each) : sealedMemfd('fuzz', each),
  )
  try {
    return run(command, descriptors)
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor)
  }
}

/** A filter that allows everything; most often one that is cut off, too long, or refused by the kernel. */
const filter = (): Buffer =>
  random.of([
    Buffer.from('06000000 0000ff7f'.replaceAll(' ', ''), 'hex'),
    Buffer.alloc(0),
    bytes(1 + random.below(40)),
    bytes(8 * random.of([1, 4096, 4097])),
  ])

const digits = (): string => random.of(['0', '1', '2', '8', '16', '4294967295', '4294967296', '9'.repeat(40)])
const text = (): string =>
  random.of([
    '',
    '-',
    ',',
    '+1',
    ' 1',
    '0x1',
    '1,',
    '\u{1f600}',
    '\x1b[31m',
    "'\\",
    'x'.repeat(5000),
    digits(),
  ])
const descriptors = (): string =>
  random.of(['3', '3,4', '3,3', '4,99', '2', '3,', ',3', '3,4,5,6,7', `${'9,'.repeat(63)}9`, text()])

/** The launcher's arguments; no name among them is a program's. */
const launcherArguments = (): string[] => {
  const file = (): string =>
    random.of(['/no/such', 'no-such-program', 'n'.repeat(300), '/', '/dev/null', text()])
  const all = [
    descriptors(),
    random.chance(3) ? text() : random.of(['0', '2', '4']),
    random.chance(4) ? text() : '1',
    random.chance(4) ? text() : random.of(['-', '5', '4']),
    file(),
    ...Array.from({ length: 1 + random.below(4) }, text),
  ]
  return random.chance(8) ? all.slice(0, random.below(6)) : all
}

/** Calls that would do nothing should they ever be made: getpid, getuid, and numbers that no kernel has. */
const harmless = [39, 102, 0x7fff_ffff, 0xbfff_ffff]

/** What the probe is to do, as native/probe/order.h has it; most often with something odd about it. */
const probeOrder = (): Buffer => {
  const order = bytes(128 + random.of([0, 0, 16, 5000]))
  const words = [random.of(entries), random.of(harmless)]
  words.forEach((value, at) => void order.writeUInt32LE(value, 4 * at))
  const odd = (usual: readonly number[]): number =>
    random.chance(6) ? random.below(2 ** 32) : random.of(usual)
  // Who looks on, how many filters, which of them has the listener, flags.
  const orders = [odd([0, 1, 2]), odd([1, 2, 2, 0, 3, 64, 65]), odd([0, 1]), odd([0, 0, 0, 2, 4, 8])]
  orders.forEach((value, at) => void order.writeUInt32LE(value, 64 + 4 * at))
  return random.chance(10) ? order.subarray(0, 1 + random.below(128)) : order
}

/** Ended by itself, or as its filter or we told it to: not by a trap of the sanitizer, nor by a wild access. */
const expectSound = (
  { error, signal, status, stderr }: Result,
  what: unknown,
  ends: readonly unknown[],
): void => {
  if (error) throw error
  expect(ends, `${JSON.stringify(what)} ended with ${signal ?? status}: ${stderr}`).toContain(
    signal ?? status,
  )
}

describe.runIf(!reason)(`the native code under sanitizers, ${rounds} inputs`, () => {
  const { usage, notFound, cannotExecute, cannotEnforce } = launcherExitCodes
  let launcher: string
  beforeAll(() => {
    launcher = sanitizedProgram('launcher')
  }, 60_000)

  const launch = (prefix: readonly string[], times: number): Set<unknown> => {
    const ended = new Set<unknown>()
    for (let done = 0; done < times; done++) {
      const args = launcherArguments()
      const result = runWith([...prefix, launcher, ...args], [filter(), filter(), Buffer.from('x')])
      // SIGSYS: random bytes that the kernel took for a filter.
      expectSound(result, args, [usage, notFound, cannotExecute, cannotEnforce, 'SIGSYS'])
      ended.add(result.status)
    }
    return ended
  }

  test('the launcher is sound for whatever arguments and filters', () => {
    // Some come past the arguments, too, and past the filter.
    expect([...launch([], rounds)]).toEqual(expect.arrayContaining([usage, notFound, cannotEnforce]))
  }, 300_000)

  test('the canary is, for whatever filter, questions and room for answers', () => {
    const canary = sanitizedProgram('canary')
    // Answers every call with errno 1024: nothing that is asked is done.
    const refuseAll = Buffer.from('0600000000040500', 'hex')
    let asked = 0
    for (let done = 0; done < rounds; done++) {
      const count = random.below(6)
      const questions = Buffer.concat(
        Array.from({ length: count }, () => {
          const question = bytes(64)
          question.writeUInt32LE(random.of(entries), 0)
          return question
        }),
      )
      const room = 64 + 2 * count + random.of([0, 0, 0, 1, -2])
      const given = random.chance(6) ? bytes(1 + random.below(80)) : questions
      const result = runWith([canary], [random.chance(4) ? filter() : refuseAll, given, Math.max(1, room)])
      expectSound(result, { count, room }, [cannotEnforce, 'SIGBUS', 'SIGSYS'])
      if (result.signal === 'SIGBUS') asked++
    }
    expect(asked).toBeGreaterThan(rounds / 20)
  }, 300_000)

  test('the probe is, for whatever order', () => {
    const probe = sanitizedProgram('probe')
    // Whatever is asked is refused by the first filter, which every order installs.
    const program = assembleText(
      `ld nr\n${harmless.map((number) => `jeq ${number}, refused\n`).join('')}ret ALLOW\nrefused: ret ERRNO(1024)`,
    )
    const refusing = Buffer.from(encode(program, 'little'))
    const ended = new Set<unknown>()
    for (let done = 0; done < rounds; done++) {
      const order = probeOrder()
      const report = random.chance(10) ? random.of([1, 127, 129, 4096]) : 128
      const second = random.chance(2) ? refusing : filter()
      const result = runWith([probe], [order, report, refusing, second])
      expectSound(result, { order: order.toString('hex'), report }, [0, cannotEnforce, 'SIGBUS', 'SIGSYS'])
      ended.add(result.signal ?? result.status)
    }
    // With nobody who looks on, with somebody, and not at all.
    expect([...ended]).toEqual(expect.arrayContaining(['SIGBUS', 0, cannotEnforce]))
  }, 300_000)

  test('the addon is, for whatever arguments', () => {
    const env = sanitizedAddon()
    const victim = join(import.meta.dirname, 'victims/addon-arguments.cjs')
    const addon = join(env['SECCOMP_PREBUILD']!, 'build/Release/seccomp.node')
    const seed = String(random.below(2 ** 31))
    const command = [process.execPath, victim, addon, seed, String(rounds * 40)]
    const result = run(command, [], { ...process.env, ...env })
    expectSound(result, command, [0])
    const tally = JSON.parse(result.stdout) as Record<
      string,
      { taken: number; refused: number; errno: number }
    >
    expect(Object.keys(tally).length).toBeGreaterThan(10)
    expect(tally['install']!.taken).toBe(0)
    expect(tally['install']!.errno).toBeGreaterThan(0)
    expect(tally['sealedMemfd']!.taken).toBeGreaterThan(0)
    expect(tally['sealedMemfd']!.refused).toBeGreaterThan(0)
  }, 120_000)

  test('and the sanitizer is there: it sees a mistake that is made on purpose', () => {
    const { LD_PRELOAD } = sanitizedAddon()
    // Reads beyond what was allocated, in a function that the preloaded runtime watches.
    const script =
      'import ctypes; c = ctypes.CDLL(None); c.malloc.restype = ctypes.c_void_p; c.memcpy(ctypes.c_void_p(c.malloc(8)), ctypes.c_void_p(c.malloc(64)), 64)'
    const { stderr, status } = run(['python3', '-c', script], [], {
      ...process.env,
      LD_PRELOAD,
      ASAN_OPTIONS: 'detect_leaks=0',
    })
    expect(status).not.toBe(0)
    expect(stderr).toContain('heap-buffer-overflow')
  })

  if (!thorough) return

  test.each([
    { uses: 'worker threads', victim: 'workers.js', args: ['40'] },
    { uses: 'apply', victim: 'leaks.js', args: ['apply', '200'] },
    { uses: 'spawn', victim: 'leaks.js', args: ['spawn', '200'] },
  ])(
    'the addon is, in use by $uses',
    ({ victim, args }) => {
      const command = [process.execPath, '--expose-gc', join(import.meta.dirname, 'victims', victim), ...args]
      expectSound(run(command, [], { ...process.env, ...sanitizedAddon() }), command, [0])
    },
    120_000,
  )

  const valgrind = spawnSync('valgrind', ['--version']).status === 0
  if (!valgrind) console.log('skipped: the launcher under valgrind, because valgrind is missing')
  test.runIf(valgrind)(
    'valgrind finds nothing in the launcher',
    () => {
      const ended = launch(['/usr/bin/env', 'valgrind', '-q', '--error-exitcode=99'], 100)
      expect([...ended]).toEqual(expect.arrayContaining([usage, cannotEnforce]))
    },
    300_000,
  )
})
