import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ArchitectureName } from '../../lib/syscalls/architectures.ts'
import { numberOf } from '../../lib/syscalls/numbers.ts'
import type { BlockedCall } from './blocked-calls.ts'

/** The ways into an x86_64 kernel: its own, the 32-bit one that `int 0x80` opens, and x32's numbers on its own. */
export type Door = 'native' | 'int80' | 'x32'

/** A row that exists behind a door. */
export interface Attempt {
  readonly call: BlockedCall
  readonly door: Door
  readonly number: number
}

/** `mount`, `clone (CLONE_NEWNS)`. */
export const name = (call: BlockedCall): string => call.name + (call.variant ? ` (${call.variant})` : '')

/** `mount through int 0x80`. */
export const label = ({ call, door }: Attempt): string => name(call) + through[door]

const victim = join(import.meta.dirname, 'victim.js')

/** The architecture of this process. */
export const native: ArchitectureName = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

/** The architecture that a filter sees behind a door. */
export const behind: Record<Door, ArchitectureName> = { native, int80: 'x86', x32: 'x32' }

/** What a test's name says of a door. */
const through: Record<Door, string> = { native: '', int80: ' through int 0x80', x32: ' by its x32 number' }

/** The rows of `calls` that exist on this machine, behind each door. */
export const attempts = (calls: readonly BlockedCall[], doors: readonly Door[]): Attempt[] =>
  doors.flatMap((door) =>
    calls.flatMap((call) => {
      const number = numberOf(behind[door], call.name)
      return number === undefined ? [] : [{ call, door, number }]
    }),
  )

/** The doors of this machine, and why others are shut. */
export const openDoors = async (): Promise<{ doors: readonly Door[]; shut?: string }> => {
  if (process.arch !== 'x64') return { doors: ['native'], shut: 'int 0x80 and x32 exist on x86_64 only' }
  const getpid: BlockedCall = { name: 'getpid', args: [], harmless: 'only reads' }
  try {
    await observe(attempts([getpid], ['int80']))
    return { doors: ['native', 'int80', 'x32'] }
  } catch (error) {
    if (!String(error).includes('SIGSEGV')) throw error
    const shut = 'int 0x80 needs 32-bit emulation (CONFIG_IA32_EMULATION is off, or ia32_emulation=off)'
    return { doors: ['native', 'x32'], shut }
  }
}

/** What the kernel answers to each attempt, 0 or an errno, in a child that `command` starts. */
export const observe = (
  wanted: readonly Attempt[],
  start: (file: string, args: readonly string[]) => ChildProcess = (file, args) =>
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
