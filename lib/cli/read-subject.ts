import { open } from 'node:fs/promises'
import type { Program } from '../bpf/instruction.ts'
import type { CompileOptions } from '../filter/compile.ts'
import { loadProfile } from '../load.ts'
import { parseArchitecture, type Target } from '../policy/target.ts'
import { referenceOf } from '../profile/kubernetes.ts'
import { findPreset } from '../profile/presets/index.ts'
import type { Profile } from '../profile/types.ts'
import { architecture } from '../syscalls/architectures.ts'
import { readProgram } from './read-program.ts'

/**
 * A profile or a raw filter, whichever the name leads to: a preset, a file, or `-` for a filter on standard input.
 * @throws what `loadProfile` and `readProgram` throw.
 */
export const readSubject = async (
  source: string,
  { arch }: CompileOptions,
  defaults?: Partial<Target>,
): Promise<Profile | Program> => {
  const isName = findPreset(source) !== undefined || referenceOf(source) !== undefined
  if (source !== '-' && (isName || !(await isBinary(source)))) return loadProfile(source)
  const name = arch === undefined ? defaults?.arch : parseArchitecture(arch)
  return readProgram(source, architecture(name ?? 'x86_64').endian)
}

/** Every instruction has bytes that are 0, which no JSON text in UTF-8 does; UTF-16 starts with its mark. */
const isBinary = async (path: string): Promise<boolean> => {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path)
  } catch {
    return false
  }
  try {
    if (!(await file.stat()).isFile()) return false
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64), 0, 64, 0)
    const start = buffer.subarray(0, bytesRead)
    const hasMark =
      start.length > 1 &&
      ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff))
    return start.includes(0) && !hasMark
  } finally {
    await file.close()
  }
}
