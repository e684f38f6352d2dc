import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Filter } from '../../lib/filter/compile.ts'
import { sealedMemfd } from '../../lib/kernel/memfd.ts'
import { launcherCommand } from '../../lib/process/spawn/launcher.ts'

/** Starts a program under `filter` by way of the package's launcher. */
export const underFilter =
  ({ bytes }: Filter) =>
  (file: string, args: readonly string[]): ChildProcess => {
    const command = launcherCommand({ filterFd: 3, file, args })
    const descriptor = sealedMemfd('filter', bytes)
    try {
      return spawn(command.path, command.args, { stdio: ['pipe', 'pipe', 'pipe', descriptor] })
    } finally {
      closeSync(descriptor)
    }
  }
