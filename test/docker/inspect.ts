import { randomUUID } from 'node:crypto'
import { type Identity, identify } from '../../lib/inspect/identify/identify.ts'
import type { Reading } from '../../lib/inspect/identify/reading.ts'
import { readFilters } from '../../lib/kernel/dump.ts'
import { hostTarget } from '../../lib/kernel/host.ts'
import { docker } from './engine.ts'

/** What each filter of a container's main process is, seen from outside. */
export const identifyContainer = async (image: string, options: readonly string[]): Promise<Identity[]> => {
  const name = `seccomp-test-${randomUUID()}`
  const stay = ['--entrypoint', 'node', image, '-e', 'setInterval(() => {}, 1000)']
  await docker(['run', '--detach', '--rm', '--name', name, '--network', 'none', ...options, ...stay], 60_000)
  try {
    const pid = Number(await docker(['inspect', '--format', '{{.State.Pid}}', name], 20_000))
    const { arch, kernel } = hostTarget()
    return readFilters(pid).flatMap(({ filters }) =>
      filters.map(({ instructions }) => identify(instructions, { arch, kernel })),
    )
  } finally {
    await docker(['rm', '--force', name], 30_000)
  }
}

/** The reading that a filter is, or is nearest to. */
export const readingOf = (identity: Identity): Reading =>
  identity.result === 'profile' ? identity.reading : identity.nearest
