import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** The program of resident.c in `folder`: static and without a libc, as for the launcher (binding.gyp). */
export const buildResident = (folder: string): string => {
  const program = join(folder, 'resident')
  const source = join(import.meta.dirname, 'resident.c')
  const freestanding = '-ffreestanding -fno-builtin -fno-stack-protector -fno-tree-loop-distribute-patterns'
  const bare = '-nostdlib -static -no-pie -fno-pie -s -Wl,--build-id=none'
  const flags = `-std=c11 -Os -Wall -Wextra -Werror ${freestanding} ${bare}`.split(' ')
  execFileSync('cc', [...flags, '-o', program, source], { stdio: ['ignore', 'ignore', 'inherit'] })
  return program
}

/** Where the images have it. */
export const RESIDENT = '/resident'

/** A step that makes a call; an argument with a slash is a pointer to that text. */
export const callStep = (
  entry: 'native' | 'int80',
  number: number,
  args: readonly (number | bigint | string)[],
): string =>
  [entry, hex(number), ...args.map((arg) => (typeof arg === 'string' ? arg : hex(BigInt(arg))))].join(' ')

const hex = (value: number | bigint): string => BigInt.asUintN(64, BigInt(value)).toString(16)

/** What the kernel said to each call that the program made: 0 or an errno. */
export const errnos = (output: string): number[] =>
  [...output.matchAll(/^= (-?\d+)$/gm)].map(([, result]) => {
    const MAX_ERRNO = 4095
    const number = Number(result)
    return number < 0 && number >= -MAX_ERRNO ? -number : 0
  })

const MOST_SECONDS = 40

/**
 * Starts a command whose program ends its steps with `stay`, and returns what it printed until then. Rejects with what
 * was printed if it ends before.
 */
export const untilStaying = async (command: string, args: readonly string[]): Promise<string> => {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors = text(child.stderr)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  // `close` follows, and tells that nothing ran.
  child.once('error', () => {})
  const timer = setTimeout(() => child.kill('SIGKILL'), MOST_SECONDS * 1000)
  let output = ''
  try {
    for await (const part of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      output += part
      if (/^staying$/m.test(output)) {
        child.stdout.resume()
        return output
      }
    }
  } finally {
    clearTimeout(timer)
  }
  await ended
  throw new Error(`${command} ended with ${child.signalCode ?? child.exitCode}: ${await errors}${output}`)
}
