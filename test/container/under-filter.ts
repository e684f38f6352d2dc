import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Filter } from '../../lib/filter/compile.ts'

const launcher = join(import.meta.dirname, '../../build/Release/launcher')

/** Starts a program under `filter` by way of the launcher, which gets the filter as descriptor 3. */
export const underFilter =
  ({ bytes }: Filter) =>
  (file: string, args: readonly string[]): ReturnType<typeof spawn> => {
    const scratch = mkdtempSync(join(tmpdir(), 'seccomp-filter-'))
    const path = join(scratch, 'filter')
    writeFileSync(path, bytes)
    const descriptor = openSync(path, 'r')
    rmSync(scratch, { recursive: true })
    try {
      return spawn(launcher, ['3', '0', '1', '-', file, file, ...args], {
        stdio: ['pipe', 'pipe', 'pipe', descriptor],
      })
    } finally {
      closeSync(descriptor)
    }
  }
