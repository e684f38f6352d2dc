import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import type { BlockedCall } from './blocked-calls.ts'

/** The kernel's two entries on x86_64: its own, and the 32-bit one that `int 0x80` reaches. */
export type Door = 'native' | 'int80'

/** A row that exists behind a door. */
export interface Attempt {
  readonly call: BlockedCall
  readonly door: Door
  readonly number: number
}

/** `clone (CLONE_NEWNS)`, `mount through int 0x80`. */
export const label = ({ call, door }: Attempt): string =>
  call.name + (call.variant ? ` (${call.variant})` : '') + (door === 'int80' ? ' through int 0x80' : '')

const victim = join(import.meta.dirname, 'victim.js')

/** The architecture of this process. */
export const native: ArchitectureName = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

/** The rows of `calls` that exist on this machine, behind each door. */
export const attempts = (calls: readonly BlockedCall[], doors: readonly Door[]): Attempt[] =>
  doors.flatMap((door) =>
    calls.flatMap((call) => {
      const number = numberOf(door === 'int80' ? 'x86' : native, call.name)
      return number === undefined ? [] : [{ call, door, number }]
    }),
  )

/** Why `int 0x80` can't be used here, or undefined. */
export const int80Missing = async (): Promise<string | undefined> => {
  if (process.arch !== 'x64') return 'int 0x80 exists on x86_64 only'
  const getpid: BlockedCall = { name: 'getpid', args: [], harmless: 'only reads' }
  return observe(attempts([getpid], ['int80'])).then(
    () => undefined,
    (error: Error) => {
      if (error.message.includes('SIGSEGV'))
        return 'this kernel has no 32-bit emulation (CONFIG_IA32_EMULATION is off, or ia32_emulation=off)'
      throw error
    },
  )
}

/** What the kernel answers to each attempt, 0 or an errno, in a child that `command` starts. */
export const observe = (
  wanted: readonly Attempt[],
  start: (file: string, args: readonly string[]) => ReturnType<typeof spawn> = (file, args) =>
    spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] }),
): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const child = start(process.execPath, [victim])
    const output: Buffer[] = []
    const errors: Buffer[] = []
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    child.stdout!.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(JSON.parse(Buffer.concat(output).toString()))
      else reject(new Error(`the victim ended with ${signal ?? code}: ${Buffer.concat(errors).toString()}`))
    })
    child.stdin!.end(
      JSON.stringify(wanted.map(({ door, number, call }) => [door, number, call.args.map(String)])),
    )
  })
