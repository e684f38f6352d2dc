import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LineSplitter } from '../../lib/audit/lines.ts'
import { type AuditOptions, AuditSummary } from '../../lib/audit/summary.ts'
import { sharedData } from '../shared-data.ts'

const record = (
  syscall: number,
  more: { comm?: string; exe?: string; pid?: number; arch?: string } = {},
): string => {
  const { comm = 'web', exe = '/usr/bin/web', pid = 7, arch = 'c000003e' } = more
  return (
    `type=1326 audit(1.0:1): auid=0 pid=${pid} comm="${comm}" exe="${exe}" sig=0 arch=${arch} syscall=${syscall} ` +
    'compat=0 ip=0x1 code=0x7ffc0000'
  )
}

const summarize = (lines: readonly string[], options: AuditOptions = {}): AuditSummary => {
  const summary = new AuditSummary(options)
  for (const line of lines) summary.add(line)
  summary.endLog()
  return summary
}

const named = (summary: AuditSummary): Record<string, number> =>
  Object.fromEntries(summary.counts().map(({ name, number, calls }) => [name ?? `#${number}`, calls]))

const log = sharedData('audit/http-echo.log')

test.skipIf(!log)(
  `the Kubernetes tutorial's log, counted by awk as well${log ? '' : ' (skipped: no shared data)'}`,
  () => {
    // x86_64's numbers, from the kernel's arch/x86/entry/syscalls/syscall_64.tbl
    const names: Record<string, string> = {
      0: 'read',
      51: 'getsockname',
      54: 'setsockopt',
      202: 'futex',
      270: 'pselect6',
      288: 'accept4',
    }
    const script =
      'match($0, /syscall=[0-9]+/) { n[substr($0, RSTART + 8, RLENGTH - 8)]++ } END { for (i in n) print i, n[i] }'
    const counted = execFileSync('awk', [script, log!], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    const summary = summarize(readFileSync(log!, 'utf8').trimEnd().split('\n'))
    expect(named(summary)).toEqual(
      Object.fromEntries(counted.map(([number, times]) => [names[number!], Number(times)])),
    )
    expect(summary.garbled).toBe(0)
  },
)

describe('counting', () => {
  test('the busiest first, each architecture for itself, with what the filter answered', () => {
    const killed = record(41).replace('0x7ffc0000', '0x80000000')
    const summary = summarize([
      record(1),
      record(0),
      record(0),
      killed,
      record(41),
      record(4, { arch: '40000003' }),
    ])
    expect(summary.counts()).toEqual([
      { name: 'read', number: 0, arch: 'x86_64', calls: 2, actions: { LOG: 2 } },
      { name: 'socket', number: 41, arch: 'x86_64', calls: 2, actions: { KILL_PROCESS: 1, LOG: 1 } },
      { name: 'write', number: 4, arch: 'x86', calls: 1, actions: { LOG: 1 } },
      { name: 'write', number: 1, arch: 'x86_64', calls: 1, actions: { LOG: 1 } },
    ])
  })

  test('filters by thread name, program and process; of each any, and all of them', () => {
    const lines = [
      record(0, { comm: 'a-name-of-16-byt', exe: '/opt/a', pid: 1 }).replace('16-byt"', '16-by"'),
      record(1, { comm: 'b', exe: '/opt/b', pid: 2 }),
      record(2, { comm: 'b', exe: '/usr/bin/b', pid: 3 }),
      record(3, { comm: 'a', exe: '/opt/ab', pid: 2 }),
    ]
    expect(named(summarize(lines, { comm: ['b'] }))).toEqual({ write: 1, open: 1 })
    expect(named(summarize(lines, { comm: ['a-name-of-16-bytes'] }))).toEqual({ read: 1 })
    expect(named(summarize(lines, { exe: ['b'] }))).toEqual({ write: 1, open: 1 })
    expect(named(summarize(lines, { exe: ['/opt/b'] }))).toEqual({ write: 1 })
    expect(named(summarize(lines, { pid: [2], comm: ['a', 'b'] }))).toEqual({ write: 1, close: 1 })
    const rest = summarize([...lines, 'read(0, "", 1) = 0'], { comm: ['a'] })
    expect(rest.others()).toEqual([
      { comm: 'b', calls: 2 },
      { comm: 'a-name-of-16-by', calls: 1 },
    ])
    expect(rest.anonymous).toBe(1)
  })

  test('losses and garbled lines are counted apart', () => {
    const summary = summarize([record(0), 'audit: kauditd_printk_skb: 40 callbacks suppressed', 'what?', ''])
    expect(summary).toMatchObject({ lines: 4, calls: 1, lost: 40, lossReports: 1, garbled: 1 })
  })
})

describe('strace', () => {
  test('a call in two pieces is one, also when another thread stands between; one that began before counts too', () => {
    const summary = summarize([
      '[pid 2] <... wait4 resumed>) = 3',
      '[pid 2] read(3,  <unfinished ...>',
      '[pid 3] write(1, "x", 1 <unfinished ...>',
      '[pid 2] <... read resumed>"x", 1) = 1',
      '[pid 3] <... write resumed>) = 1',
      '[pid 2] read(3, "", 1) = 0',
    ])
    expect(named(summary)).toEqual({ read: 2, wait4: 1, write: 1 })
  })

  test('and so it is with perf trace, and its table', () => {
    const table = [
      ' sh (23926), 58 events, 90.6%',
      '',
      '   syscall            calls  errors  total       min       avg       max       stddev',
      '   close                  8      0     0.186     0.018     0.023     0.027      4.58%',
      '   read                   2            0.186     0.018     0.023     0.027      4.58%',
    ]
    const lines = [
      '         ? (         ): sh/2  ... [continued]: execve())              = 0',
      '    11.366 (         ): sh/2 vfork()                                  ...',
      '    11.400 ( 0.010 ms): sh/3 close(fd: 2</tmp/a (b) ...>)             = 0',
      '    11.366 (20.320 ms): sh/2  ... [continued]: vfork())               = 3',
    ]
    expect(named(summarize(lines))).toEqual({ execve: 1, vfork: 1, close: 1 })
    expect(named(summarize([...lines, ...table]))).toEqual({ execve: 1, vfork: 1, close: 1 })
    expect(named(summarize(table))).toEqual({ close: 8, read: 2 })
  })

  test('line ends of Windows change nothing', () => {
    const lines = [
      '[pid 2] read(3,  <unfinished ...>\r',
      '[pid 2] <... read resumed>"x", 1) = 1\r',
      `${record(1)}\r`,
    ]
    expect(named(summarize(lines))).toEqual({ read: 1, write: 1 })
  })

  test('a table counts, unless the lines before it told the same', () => {
    const table = [
      '% time     seconds  usecs/call     calls    errors syscall',
      ' 60.00    0.000012           1        12         2 read',
      ' 40.00    0.000008           1         3           close',
      '100.00    0.000020                    15         2 total',
    ]
    expect(named(summarize(table))).toEqual({ read: 12, close: 3 })
    expect(named(summarize(['read(0, "", 1) = 0', ...table]))).toEqual({ read: 1 })
  })

  test('32-bit processes have the numbers of the 32-bit architecture, once the machine is named', () => {
    const lines = [
      'strace: [ Process PID=9 runs in 32 bit mode. ]',
      '[pid 9] read(0, "", 1) = 0',
      '[pid 8] read(0, "", 1) = 0',
    ]
    const counts = (options?: AuditOptions) =>
      summarize(lines, options)
        .counts()
        .map(({ arch, number, calls }) => [arch, number, calls])
    expect(counts({ arch: 'x86_64' })).toEqual([
      ['x86', 3, 1],
      ['x86_64', 0, 1],
    ])
    expect(counts({ arch: 'aarch64' })).toEqual([
      ['aarch64', 63, 1],
      ['arm', 3, 1],
    ])
    expect(counts()).toEqual([[undefined, undefined, 2]])
    expect(summarize(lines).unknownMode).toBe(true)
  })
})

describe('lines', () => {
  const split = (pieces: readonly string[]): string[] => {
    const lines: string[] = []
    const splitter = new LineSplitter((line) => lines.push(line))
    for (const piece of pieces) splitter.push(piece)
    splitter.end()
    return lines
  }

  test('come out whole wherever the pieces end', () => {
    expect(split(['a\nb', 'c\n', '\nd'])).toEqual(['a', 'bc', '', 'd'])
    expect(split(['a\r\n'])).toEqual(['a\r'])
    expect(split([])).toEqual([])
  })

  test('without an end are cut, and the next one is read', () => {
    const lines = split([...Array.from({ length: 40 }, () => 'x'.repeat(100_000)), '\nnext\n'])
    expect(lines[0]!.length).toBeLessThan(1_200_000)
    expect(lines[1]).toBe('next')
  })
})
