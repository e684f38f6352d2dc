import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { inodeOf } from '../../lib/kernel/memfd.ts'
import { endOfPipe, makePipe, type Pipe } from '../../lib/kernel/pipe.ts'
import { canFilter } from './victims.ts'

/** Ends the pipe and expects it closed: another file may have a number of it by then. */
const ended = (pipe: Pipe): string | undefined => {
  const ends = [pipe.read, pipe.write]
  const inode = inodeOf(pipe.read)
  try {
    const bytes = endOfPipe(pipe)
    return bytes && Buffer.from(bytes).toString()
  } finally {
    for (const end of ends) expect(inodeOf(end)).not.toBe(inode)
  }
}

describe.runIf(canFilter)('endOfPipe', () => {
  test('gives what was written, and closes both ends', () => {
    const pipe = makePipe()
    writeSync(pipe.write, 'words')
    expect(ended(pipe)).toBe('words')
  })

  test('gives nothing where nothing was written', () => {
    expect(ended(makePipe())).toBeUndefined()
  })

  test('gives what a program wrote that has ended', () => {
    const pipe = makePipe()
    spawnSync('sh', ['-c', 'printf words >&3'], { stdio: ['ignore', 'inherit', 'inherit', pipe.write] })
    expect(ended(pipe)).toBe('words')
  })

  test('throws for what is not to be read, and closes it', () => {
    const { read, write } = makePipe()
    const refused = expect.objectContaining({ errno: 'EBADF', syscall: 'read' })
    expect(() => ended({ read: write, write: read })).toThrow(refused)
  })
})
