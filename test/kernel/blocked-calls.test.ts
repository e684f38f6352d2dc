import { release } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  allowedSockets,
  allowedToday,
  type BlockedCall,
  blockedBefore48,
  blockedCalls,
  blockedSockets,
} from '../container/blocked-calls.ts'
import { type Answers, ask, type Evidence, MARK } from '../container/evidence.ts'
import { attempts, label, openDoors } from '../container/observe.ts'
import { filteredAlready, holds } from '../container/surroundings.ts'

const EPERM = 1
const ENOSYS = 38

const { doors, shut } = await openDoors()
if (shut) console.log(`skipped: some ways into the kernel, because ${shut}`)

/** One test for each row and door; the kernel is asked once for all of them. */
const each = (
  title: string,
  calls: readonly BlockedCall[],
  kernel: string,
  check: (answers: Answers, call: BlockedCall) => void,
): void => {
  const rows = attempts(calls, doors)
  let evidence: readonly Evidence[]
  beforeAll(async () => {
    evidence = await ask(rows, kernel)
  })
  test.for(rows.map((row, index) => [label(row), index] as const))(title, ([, index], { task }) => {
    task.meta.evidence = evidence[index]!
    check(evidence[index]!.answers, rows[index]!.call)
  })
}

/** Without our filter the arguments are refused for what they are, unless the kernel first asks for a capability. */
const expectOwnRefusal = ({ control }: Answers, call: BlockedCall): void => {
  if (filteredAlready || (call.capability && !holds(call.capability))) return
  expect(control, call.harmless).not.toBe(EPERM)
}

const expectBlocked = (answers: Answers, call: BlockedCall): void => {
  expect(answers).toMatchObject({ denied: EPERM, marked: MARK })
  expectOwnRefusal(answers, call)
}

const expectAllowed = ({ control, denied, marked }: Answers): void => {
  expect({ denied, marked }).toEqual({ denied: control, marked: control })
  if (!filteredAlready) expect(control).not.toBe(EPERM)
}

describe('a call that Docker documents as blocked', () => {
  each('%s answers EPERM because of the filter', blockedCalls, release(), expectBlocked)
})

describe('a call that Docker documents as blocked before Linux 4.8', () => {
  each('%s answers EPERM under a filter for 4.7', blockedBefore48, '4.7', expectBlocked)
})

describe('a call that Docker documents as blocked, and that its profile of today allows', () => {
  each('%s reaches the kernel', allowedToday, release(), expectAllowed)
})

describe('a call that Docker allows from Linux 4.8 on', () => {
  each('%s reaches the kernel', blockedBefore48, release(), expectAllowed)
})

describe('a socket', () => {
  each('%s answers EPERM because of the filter', blockedSockets, release(), expectBlocked)
})

describe('a socket of a family next to the blocked ones', () => {
  each('%s reaches the kernel', allowedSockets, release(), expectAllowed)
})

describe('clone3, whose flags a filter cannot read,', () => {
  const empty: BlockedCall = { name: 'clone3', args: [0, 0], harmless: 'no arguments at all: EINVAL' }
  each('%s answers ENOSYS, so that libc falls back to clone', [empty], release(), (answers) => {
    expect(answers).toMatchObject({ denied: ENOSYS, marked: ENOSYS })
  })
})
