import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ProfileError, SeccompError } from '../../lib/errors.ts'
import { loadProfile, loadProfileSync } from '../../lib/load.ts'
import { findPreset } from '../../lib/profile/presets/index.ts'
import { scratch } from '../cli/scratch.ts'

const text = '{"defaultAction": "SCMP_ACT_LOG"}'
const log = { defaultAction: 'SCMP_ACT_LOG', syscalls: [] }

/** A folder of profiles, and one beside it that is none of theirs. */
const folders = (): { root: string; outside: string } => {
  const home = scratch()
  for (const name of ['seccomp/profiles', 'outside']) mkdirSync(join(home, name), { recursive: true })
  writeFileSync(join(home, 'seccomp/profiles/audit.json'), text)
  writeFileSync(join(home, 'outside/secret.json'), text)
  return { root: join(home, 'seccomp'), outside: join(home, 'outside') }
}
const field = (localhostProfile: string) => ({ type: 'Localhost', localhostProfile }) as const

const failure = (path: string, localhostRoot: string): SeccompError => {
  try {
    loadProfileSync(field(path), { localhostRoot })
  } catch (error) {
    if (error instanceof SeccompError) return error
    throw error
  }
  throw new Error('it was loaded')
}

afterEach(() => {
  delete process.env['SECCOMP_LOCALHOST_ROOT']
})

describe('Localhost profiles', () => {
  test('are found below the folder, by field and by the old annotation, at once and later', async () => {
    const { root: localhostRoot } = folders()
    for (const source of [
      field('profiles/audit.json'),
      'localhost/profiles/audit.json',
      field('./profiles//audit.json'),
    ]) {
      expect(loadProfileSync(source, { localhostRoot })).toEqual(log)
      expect(await loadProfile(source, { localhostRoot })).toEqual(log)
    }
  })

  test('are found below the folder that the environment names', () => {
    process.env['SECCOMP_LOCALHOST_ROOT'] = folders().root
    expect(loadProfileSync('localhost/profiles/audit.json')).toEqual(log)
    process.env['SECCOMP_LOCALHOST_ROOT'] = 'relative'
    expect(() => loadProfileSync('localhost/profiles/audit.json')).toThrow(
      expect.objectContaining({
        code: 'ERR_USAGE',
        message: expect.stringContaining('SECCOMP_LOCALHOST_ROOT is the absolute'),
      }),
    )
  })

  test("are looked for in kubelet's folder where nobody says otherwise", () => {
    expect(() => loadProfileSync('localhost/no such profile')).toThrow('below "/var/lib/kubelet/seccomp"')
  })

  test('RuntimeDefault and Unconfined are presets', async () => {
    expect(await loadProfile('RuntimeDefault')).toBe(findPreset('docker-default'))
    expect(loadProfileSync({ type: 'Unconfined' })).toBe(findPreset('unconfined'))
  })

  test('that are missing are an error that says where they were looked for', () => {
    const { root } = folders()
    for (const path of ['profiles/none.json', 'none/audit.json', 'profiles/audit.json/x']) {
      const error = failure(path, root)
      expect(error.code).toBe('ERR_PROFILE_NOT_FOUND')
      expect(error.message).toContain(`below "${root}"`)
    }
    expect(failure('audit.json', join(root, 'none')).code).toBe('ERR_PROFILE_NOT_FOUND')
  })

  test('never lie outside of it: by a link to a file, to a folder, or along the way', () => {
    const { root, outside } = folders()
    symlinkSync(join(outside, 'secret.json'), join(root, 'file.json'))
    symlinkSync('../../outside/secret.json', join(root, 'profiles/relative.json'))
    symlinkSync(outside, join(root, 'folder'))
    symlinkSync('/', join(root, 'slash'))
    for (const path of [
      'file.json',
      'profiles/relative.json',
      'folder/secret.json',
      `slash${outside}/secret.json`,
    ]) {
      const error = failure(path, root)
      expect(error.code).toBe('ERR_PROFILE_UNREADABLE')
      expect(error.message).toContain('leads out of the folder of Localhost profiles')
    }
  })

  test('may be links within it, as in a mounted ConfigMap; and its own path may be one', () => {
    const { root } = folders()
    symlinkSync('profiles', join(root, '..data'))
    symlinkSync('..data/audit.json', join(root, 'audit.json'))
    symlinkSync(root, `${root}-link`)
    for (const localhostRoot of [root, `${root}-link`])
      expect(loadProfileSync(field('audit.json'), { localhostRoot })).toEqual(log)
  })

  test('a folder beside it whose name begins alike is outside', () => {
    const { root } = folders()
    mkdirSync(`${root}2`)
    writeFileSync(join(`${root}2`, 'x.json'), text)
    symlinkSync(`${root}2`, join(root, 'x'))
    expect(failure('x/x.json', root).code).toBe('ERR_PROFILE_UNREADABLE')
  })

  test('are regular files that hold a profile', () => {
    const { root } = folders()
    expect(failure('profiles', root).message).toContain('is a folder')
    writeFileSync(join(root, 'bad.json'), '{"defaultAction": 1}')
    const error = failure('bad.json', root)
    expect(error).toBeInstanceOf(ProfileError)
    expect(error.message).toContain(`${join(root, 'bad.json')}:1:`)
  })

  test('are never read from outside while another process exchanges a folder for a link', async () => {
    const { root, outside } = folders()
    writeFileSync(join(outside, 'audit.json'), '{"defaultAction": "SCMP_ACT_ALLOW"}')
    symlinkSync(outside, join(root, 'link'))
    const exchange = `
      const { renameSync } = require('node:fs')
      process.chdir(process.argv[1])
      process.stdout.write('ready')
      for (;;) {
        renameSync('profiles', 'kept')
        renameSync('link', 'profiles')
        renameSync('profiles', 'link')
        renameSync('kept', 'profiles')
      }`
    const child = spawn(process.execPath, ['-e', exchange, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const seen = { loaded: 0, refused: 0 }
    try {
      await once(child.stdout, 'data')
      for (let round = 0; round < 3000; round++) {
        try {
          expect(loadProfileSync(field('profiles/audit.json'), { localhostRoot: root })).toEqual(log)
          seen.loaded++
        } catch (error) {
          if (!(error instanceof SeccompError)) throw error
          seen.refused++
        }
      }
    } finally {
      child.kill('SIGKILL')
      await ended
    }
    expect(seen.loaded + seen.refused).toBe(3000)
  })
})
