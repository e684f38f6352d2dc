import { requireObject } from '../../given.ts'
import type { Reading } from './reading.ts'

const titles: Partial<Record<string, string>> = {
  'docker-default': "Docker's default",
  'podman-default': "Podman's default",
}

const readers = {
  safe: 'as this package compiles it',
  runc: 'as runc loads it',
  crun: 'as crun loads it',
} as const

/**
 * A reading in words: `Docker's default with CAP_SYS_PTRACE added, as runc loads it`.
 * @example formatReading(identity.reading)
 */
export const formatReading = (reading: Reading): string => {
  requireObject('formatReading takes the reading that identify() gives', reading, 'added')
  const { profile, releases, as, added, dropped, newest, unlisted } = reading
  const changes = [
    ...(added.length ? [`${list(added)} added`] : []),
    ...(dropped.length ? [`${list(dropped)} dropped`] : []),
  ]
  return [
    `${titles[profile] ?? profile}${changes.length ? ` with ${list(changes)}` : ''}`,
    ...(releases ? [`as Docker ${releases} had it`] : []),
    readers[as],
    ...(newest ? [`without the calls newer than ${newest}, which the runtime didn't know`] : []),
    ...(unlisted.length ? [`without ${list(unlisted)}`] : []),
  ].join(', ')
}

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
