import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { dockerDefault } from '../../lib/profile/presets/docker-default.ts'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker']
const filter = compile(dockerDefault, { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' })

describe('seccomp compile', () => {
  test('writes the raw array to standard output', async () => {
    const { code, bytes } = await seccomp(['compile', 'docker-default', ...target])
    expect(code).toBe(0)
    expect(new Uint8Array(bytes)).toEqual(filter.bytes)
  })

  test('writes it in the byte order of the target', async () => {
    const args = ['docker-default', '--arch', 's390x', '--kernel', '6.18', '--caps', 'docker']
    const { bytes } = await seccomp(['compile', ...args])
    const big = compile(dockerDefault, { arch: 's390x', kernel: '6.18', capabilities: 'docker' })
    expect(new Uint8Array(bytes)).toEqual(big.bytes)
    expect([...bytes.subarray(0, 2)]).toEqual([0x00, 0x20])
  })

  test.each([
    ['asm', /^ *0: ld arch\n/],
    ['c', /static struct sock_filter seccomp_filter\[\]/],
    ['pfc', /^# x86_64, Linux 6\.18, Docker's capabilities, as safe\n/],
    ['json', /^\{\n {2}"target": \{/],
  ])('writes %s', async (format, start) => {
    const { code, stdout } = await seccomp(['compile', 'docker-default', ...target, '--format', format])
    expect(code).toBe(0)
    expect(stdout).toMatch(start)
  })

  test.each([
    ['policy', /"defaultVerdict": "ERRNO\(EPERM\)"/],
    ['tree', /^n\d+: arch == 0xc000003e \? n\d+ : n\d+\n/],
    ['asm', /^ *0: ld arch\n/],
  ])('shows the stage %s', async (stage, part) => {
    const { code, stdout } = await seccomp(['compile', 'docker-default', ...target, '--emit', stage])
    expect(code).toBe(0)
    expect(stdout).toMatch(part)
  })

  test('takes capabilities as a set, a list, or a set and more', async () => {
    const capabilities = async (caps: string): Promise<string[]> => {
      const flags = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', caps]
      const { stdout } = await seccomp(['compile', 'docker-default', ...flags, '--json'])
      return JSON.parse(stdout).target.capabilities
    }
    expect(await capabilities('none')).toEqual([])
    expect(await capabilities('all')).toHaveLength(41)
    expect(await capabilities('sys_ptrace,CAP_CHOWN')).toEqual(['CAP_CHOWN', 'CAP_SYS_PTRACE'])
    expect(await capabilities('docker,SYS_PTRACE')).toHaveLength(15)
  })

  test('says what a reader should know once, with the first place in front, unless told to be quiet', async () => {
    const loud = await seccomp(['compile', 'docker-default', ...target])
    const lines = loud.stderr.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^warning: docker-default \/syscalls\/\d+: .* \[argument-width\] \(and at \//)
    expect(new Set(lines).size).toBe(lines.length)
    expect((await seccomp(['compile', 'docker-default', ...target, '--quiet'])).stderr).toBe('')
    // runc's own reading narrows nothing, so there is nothing to say of argument widths.
    expect((await seccomp(['compile', 'docker-default', ...target, '--as', 'runc'])).stderr).not.toContain(
      'width',
    )
  })

  test('writes a file whole, keeping its permissions and following a link', async () => {
    const folder = scratch({ 'old.bpf': 'old' })
    chmodSync(join(folder, 'old.bpf'), 0o640)
    symlinkSync('old.bpf', join(folder, 'link.bpf'))
    const { code } = await seccomp(['compile', 'docker-default', ...target, '-o', 'link.bpf'], {
      cwd: folder,
    })
    expect(code).toBe(0)
    expect(new Uint8Array(readFileSync(join(folder, 'old.bpf')))).toEqual(filter.bytes)
    expect(statSync(join(folder, 'old.bpf')).mode & 0o777).toBe(0o640)
    expect(readdirSync(folder).sort()).toEqual(['link.bpf', 'old.bpf'])
  })

  test('leaves the output alone when the profile is bad', async () => {
    const folder = scratch({ 'bad.json': '{', 'old.bpf': 'old' })
    for (const output of ['old.bpf', 'new.bpf']) {
      const { code } = await seccomp(['compile', 'bad.json', ...target, '-o', output], { cwd: folder })
      expect(code).toBe(2)
    }
    expect(readFileSync(join(folder, 'old.bpf'), 'utf8')).toBe('old')
    expect(existsSync(join(folder, 'new.bpf'))).toBe(false)
  })

  test('says when it can’t write, and leaves nothing behind', async () => {
    const folder = scratch()
    for (const output of ['missing/new.bpf', '.']) {
      const { code, stderr } = await seccomp(
        ['compile', 'docker-default', ...target, '--quiet', '-o', output],
        {
          cwd: folder,
        },
      )
      expect(code).toBe(2)
      expect(stderr).toMatch(/^seccomp: can't write ".+": .+\n$/)
    }
    expect(readdirSync(folder)).toEqual([])
  })

  test.skipIf(process.platform === 'win32')('writes to a device instead of replacing it', async () => {
    const folder = scratch()
    const device = join(folder, 'null')
    symlinkSync('/dev/null', device)
    const { code } = await seccomp(['compile', 'docker-default', ...target, '-o', device])
    expect(code).toBe(0)
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  test.each([
    [
      'architecture',
      ['--arch', 'x86-64', '--kernel', '6.18', '--caps', 'none'],
      /unknown architecture 'x86-64'/,
    ],
    ['kernel', ['--arch', 'x86_64', '--kernel', 'six', '--caps', 'none'], /'six' is no kernel version/],
    ['capability', ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker,ROOT'], /CAP_ROOT/],
    ['mode', [...target, '--as', 'docker'], /safe, runc, crun/],
    ['pair of options', [...target, '--format', 'c', '--emit', 'tree'], /cannot be used with/],
  ])('refuses a bad %s', async (_, flags, message) => {
    const { code, stdout, stderr } = await seccomp(['compile', 'docker-default', ...flags])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
  })

  test('reads a profile from a file', async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'p.json'), '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}')
    const { stdout } = await seccomp(['compile', 'p.json', ...target, '--format', 'asm'], { cwd: folder })
    expect(stdout).toContain('ret ALLOW')
  })
})
