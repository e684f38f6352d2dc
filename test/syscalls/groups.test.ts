import { expect, test } from 'vitest'
import { groupOf, syscallGroups } from '../../lib/syscalls/groups.ts'
import { allSyscallNames } from '../../lib/syscalls/numbers.ts'

test('every call of every architecture is in exactly one group, and no group has another name', () => {
  const grouped = syscallGroups().flatMap(({ syscalls }) => syscalls)
  expect(grouped.toSorted()).toEqual(allSyscallNames().toSorted())
})

test('a call is found where one looks for it', () => {
  expect(groupOf('connect')?.name).toBe('network')
  expect(groupOf('io_uring_setup')?.name).toBe('io_uring')
  expect(groupOf('unshare')?.title).toBe('Namespaces and mounts')
  expect(groupOf('no_such_call')).toBeUndefined()
})

test('groups have names of their own and titles that fit a table', () => {
  const names = syscallGroups().map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { title } of syscallGroups()) expect(title.length).toBeLessThan(40)
})
