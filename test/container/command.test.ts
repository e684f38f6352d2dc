import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { blockedCalls, blockedSockets } from './blocked-calls.ts'
import { attempts, label, observe, openDoors } from './observe.ts'

const bin = join(import.meta.dirname, '../../bin/seccomp.js')

/** `seccomp run`, as in a container that holds Docker's fourteen capabilities and no others. */
const seccompRun = (file: string, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [bin, 'run', '--caps', 'docker', '--', file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })

const ending = async (child: ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> => {
  child.stdin!.end()
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  return { code, stdout, stderr }
}

describe('seccomp run in a container', () => {
  test('makes every call that Docker documents as blocked answer EPERM', async () => {
    const { doors } = await openDoors()
    const rows = attempts([...blockedCalls, ...blockedSockets], doors)
    const answers = await observe(rows, seccompRun)
    const EPERM = 1
    expect(rows.map((row, i) => `${label(row)}: ${answers[i]}`)).toEqual(
      rows.map((row) => `${label(row)}: ${EPERM}`),
    )
  })

  test('denies unshare(1) a user namespace', async () => {
    const { code, stderr } = await ending(seccompRun('unshare', ['-U', 'true']))
    expect(code).toBe(1)
    expect(stderr).toContain('Operation not permitted')
  })

  test('lets Node run', async () => {
    const outcome = await ending(seccompRun(process.execPath, ['-e', 'console.log(1)']))
    expect(outcome).toEqual({ code: 0, stdout: '1\n', stderr: '' })
  })
})
