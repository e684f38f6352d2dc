import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { AuditSummary } from '../../lib/audit/summary.ts'
import { type AuditLog, openAuditLog } from '../../lib/kernel/audit-log.ts'
import { spawn } from '../../lib/process/spawn/spawn.ts'

const open = (): AuditLog | string => {
  try {
    return openAuditLog()
  } catch (error) {
    return (error as Error).message
  }
}

test('a sandboxed program’s calls arrive as the kernel logs them', async (context) => {
  const skip = (reason: string): never => {
    console.log(`skipped: the kernel's own records, because ${reason}`)
    return context.skip(reason)
  }
  const log = open()
  if (typeof log === 'string') return skip(log)
  const end = new AbortController()
  try {
    if (log.kind !== 'netlink') return skip(`audit's records are refused here: ${log.refused}`)
    const lines: string[] = []
    const reading = (async () => {
      for await (const line of log.lines(end.signal)) lines.push(line)
    })()
    const child = spawn('/bin/true', [], { seccomp: { defaultAction: 'SCMP_ACT_LOG', syscalls: [] } })
    await once(child, 'exit')
    const count = () => {
      const summary = new AuditSummary({ pid: [child.pid!] })
      for (const line of lines) summary.add(line)
      return summary
    }
    for (
      let turn = 0;
      turn < 50 &&
      !count()
        .counts()
        .some(({ name }) => name === 'exit_group');
      turn++
    )
      await sleep(100)
    end.abort()
    await reading
    if (lines.length === 0)
      return skip('no record arrives: audit is off, or this is another network namespace')
    const calls = new Map(
      count()
        .counts()
        .map(({ name, actions }) => [name, actions]),
    )
    expect(count().garbled).toBe(0)
    expect(calls.get('execve')).toEqual({ LOG: 1 })
    expect(calls.get('exit_group')).toEqual({ LOG: 1 })
  } finally {
    end.abort()
    log.close()
  }
})
