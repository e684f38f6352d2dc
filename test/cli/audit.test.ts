import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const record = (syscall: number, comm = 'web'): string =>
  `Jul  6 15:37:40 host kernel: [1.2] audit: type=1326 audit(1.0:1): auid=0 uid=0 gid=0 ses=1 pid=7 comm="${comm}" ` +
  `exe="/usr/bin/${comm}" sig=0 arch=c000003e syscall=${syscall} compat=0 ip=0x1 code=0x7ffc0000\n`

describe('seccomp audit', () => {
  test('counts calls by name, from files, gzip files and standard input', async () => {
    const folder = scratch({ 'a.log': record(0) + record(0) })
    writeFileSync(join(folder, 'b.log.gz'), gzipSync(record(1) + record(0)))
    const result = await seccomp(['audit', join(folder, 'a.log'), join(folder, 'b.log.gz'), '-'], {
      input: record(2),
    })
    expect(result.stdout).toBe('calls  name\n    3  read\n    1  open\n    1  write\n')
    expect(result.stderr).toBe('seccomp: 5 calls in 5 lines\n')
    expect(result.code).toBe(0)
  })

  test('reports a garbled line by its number, a few of very many, and goes on', async () => {
    const input = `${record(0)}type=1326 audit(1.0:1): cut o\n${'?\n'.repeat(20)}${record(1)}`
    const { stdout, stderr, code } = await seccomp(['audit'], { input })
    expect(stdout).toBe('calls  name\n    1  read\n    1  write\n')
    expect(stderr).toContain('standard input, line 2: the record has no syscall=; skipped\n')
    expect(stderr).toContain('and 11 more garbled lines, skipped\n')
    expect(stderr.split('\n').length).toBe(13)
    expect(code).toBe(0)
  })

  test('tells of other programs that it leaves out, and of a container that must start', async () => {
    const input = record(0) + record(59, 'runc:[2:INIT]') + record(1, 'cron')
    const { stdout, stderr } = await seccomp(['audit', '--comm', 'web'], { input })
    expect(stdout).toBe('calls  name\n    1  read\n')
    expect(stderr).toContain('left out, calls of runc:[2:INIT] (1), cron (1)')
    expect(stderr).toContain('add --comm for it if it is to start')
  })

  test('tells of records that the kernel left out', async () => {
    const { stderr } = await seccomp(['audit'], {
      input: `${record(0)}[1.2] audit: kauditd_printk_skb: 4990 callbacks suppressed\n`,
    })
    expect(stderr).toContain('the kernel left out at least 4990 records')
  })

  test('prints JSON', async () => {
    const { stdout } = await seccomp(['audit', '--json'], { input: record(0) })
    expect(JSON.parse(stdout)).toEqual({
      lines: 1,
      calls: 1,
      garbled: 0,
      lost: { reports: 0, lines: 0 },
      syscalls: [{ name: 'read', number: 0, architecture: 'x86_64', calls: 1, actions: { LOG: 1 } }],
      leftOut: { anonymous: 0, others: [] },
    })
  })

  test('writes a profile that check, compile and simulate take', async () => {
    const file = join(scratch(), 'learned.json')
    const { code, stderr } = await seccomp(['audit', '-o', file], { input: record(0) + record(257) })
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('allowed besides, since programs need them: execve'),
    ])
    const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'none']
    const answers = await Promise.all(
      ['openat', 'exit_group', 'socket'].map((name) => seccomp(['simulate', file, name, ...target])),
    )
    expect(answers.map(({ stdout }) => stdout.split('\n', 1)[0])).toEqual(['ALLOW', 'ALLOW', 'ERRNO(EPERM)'])
  })

  test('opens a base further', async () => {
    const { stdout } = await seccomp(['audit', '-o', '-', '--base', 'docker-default'], { input: record(165) })
    const rules = JSON.parse(stdout).syscalls as { names: string[]; action: string; includes?: object }[]
    expect(rules.find(({ names, includes }) => names.includes('mount') && !includes)?.action).toBe(
      'SCMP_ACT_ALLOW',
    )
  })

  test.each([
    [['--base', 'docker-default']],
    [['--for', '3']],
    [['-o', 'x', '--base', 'docker-default', '--default', 'kill']],
    [['-o', '-', '--json']],
    [['--pid', 'x']],
    [['/no/such/file']],
    [['-o', '/no/such/folder/x']],
  ])('exits with 2 for %j', async (args) => {
    const { code, stderr, stdout } = await seccomp(['audit', ...args], { input: record(0) })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^seccomp: /)
  })

  test('without a call there is no profile', async () => {
    const { code, stderr } = await seccomp(['audit', '-o', '-'], { input: '\n' })
    expect([code, stderr]).toEqual([2, expect.stringContaining('no system call was seen')])
  })

  test('follows a log that grows and is rotated, until it is told to stop', async () => {
    const folder = scratch({ 'app.log': record(0) })
    const file = join(folder, 'app.log')
    let seen = ''
    const { stdout, code } = await seccomp(['audit', '--follow', file], {
      meanwhile: (child) => {
        child.stderr!.on('data', (text: Buffer) => {
          const before = seen
          seen += text.toString()
          const isNew = (name: string) => seen.includes(`new: ${name}`) && !before.includes(`new: ${name}`)
          if (isNew('read')) appendFileSync(file, record(1).slice(0, -20))
          if (isNew('read')) setTimeout(() => appendFileSync(file, record(1).slice(-20)), 300)
          if (isNew('write')) {
            renameSync(file, join(folder, 'app.log.1'))
            writeFileSync(file, record(2))
          }
          if (isNew('open')) child.kill('SIGINT')
        })
      },
    })
    expect(stdout).toBe('calls  name\n    1  open\n    1  read\n    1  write\n')
    expect(code).toBe(0)
    expect(readFileSync(join(folder, 'app.log.1'), 'utf8')).toBe(record(0) + record(1))
  })
})
