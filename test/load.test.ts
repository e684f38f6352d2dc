import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProfileError, SeccompError } from '../lib/errors.ts'
import { loadProfile, loadProfileSync, type ProfileSource } from '../lib/load.ts'
import { parseProfile } from '../lib/profile/parse.ts'
import { positionOf } from '../lib/profile/positions.ts'
import { findPreset } from '../lib/profile/presets/index.ts'

const document = { defaultAction: 'SCMP_ACT_LOG' }
const text = JSON.stringify(document)
let folder: string
const file = (name: string): string => join(folder, name)
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(file(name), content)
  return file(name)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seccomp-load-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const failure = async (load: () => unknown): Promise<SeccompError> => {
  try {
    await load()
  } catch (error) {
    if (error instanceof SeccompError) return error
    throw error
  }
  throw new Error('it was loaded')
}

describe.each([
  ['loadProfile', loadProfile],
  ['loadProfileSync', async (source: ProfileSource) => loadProfileSync(source)],
])('%s', (_name, load) => {
  it('loads a preset, a path, a file URL as text and as URL, and an object', async () => {
    const path = write('it is #1.json', `\ufeff${text}`)
    expect(await load('docker-default')).toBe(findPreset('docker-default'))
    for (const source of [path, pathToFileURL(path), pathToFileURL(path).href, document])
      expect(await load(source)).toEqual({ ...document, syscalls: [] })
    expect(positionOf(await load(path))).toEqual({ pointer: '', source: path, line: 1, column: 1 })
  })

  it('returns a profile that is parsed already as it is', async () => {
    const profile = parseProfile(document)
    expect(await load(profile)).toBe(profile)
  })

  it('follows links, and reads files that do not know their size', async () => {
    symlinkSync(write('target.json', text), file(`link-${_name}.json`))
    expect(await load(file(`link-${_name}.json`))).toEqual({ ...document, syscalls: [] })
    if (process.platform === 'linux') {
      const error = await failure(() => load('/proc/self/status'))
      expect(error).toBeInstanceOf(ProfileError)
      expect(error.message).toContain('/proc/self/status:1:1: (document): expected a value, found "Name"')
    }
  })

  it.each([
    [
      'docker-defualt',
      'neither a preset nor a file is called "docker-defualt"; did you mean "docker-default"?',
    ],
    ['Unconfinde', 'did you mean "unconfined"?'],
    ['builtin', 'did you mean "docker-default"?'],
    [
      'nothing',
      'neither a preset nor a file is called "nothing"; presets are docker-default, podman-default, ',
    ],
    ['./docker-default', 'no such profile file: "./docker-default"'],
    ['missing.json', 'no such profile file: "missing.json"'],
    ['', 'neither a preset nor a file'],
    ['{"defaultAction": "SCMP_ACT_LOG"}', 'JSON text goes to parseProfileText'],
  ])('says of %j that it is neither preset nor file', async (source, message) => {
    const error = await failure(() => load(source))
    expect(error.code).toBe('ERR_PROFILE_NOT_FOUND')
    expect(error.message).toContain(message)
    expect(error.cause).toMatchObject({ code: 'ENOENT' })
  })

  it('says that a file under a file is not there', async () => {
    expect(await failure(() => load(join(write('plain', ''), 'x')))).toMatchObject({
      code: 'ERR_PROFILE_NOT_FOUND',
      cause: { code: 'ENOTDIR' },
    })
  })

  it('refuses a directory, and a link that leads round in a circle, with the system error as cause', async () => {
    symlinkSync(file(`loop-${_name}`), file(`loop-${_name}`))
    for (const [path, code] of [
      [folder, 'EISDIR'],
      [file(`loop-${_name}`), 'ELOOP'],
    ] as const) {
      const error = await failure(() => load(path))
      expect(error).toMatchObject({ code: 'ERR_PROFILE_UNREADABLE', cause: { code } })
      expect(error.message).toContain(path)
    }
  })

  // Root reads everything, so the test is somebody else meanwhile; Windows has no such users.
  const me = process.geteuid?.()
  it.skipIf(me === undefined)(
    `refuses a file that it may not read${me === undefined ? ' (skipped: this system has no user ids)' : ''}`,
    async () => {
      const path = write(`secret-${_name}`, text)
      chmodSync(path, 0)
      chmodSync(folder, 0o755)
      if (me === 0) process.seteuid?.(65534)
      const error = await failure(() => load(path)).finally(() => me === 0 && process.seteuid?.(0))
      expect(error).toMatchObject({ code: 'ERR_PROFILE_UNREADABLE', cause: { code: 'EACCES' } })
    },
  )

  it('refuses a path with a NUL in it', async () => {
    expect(await failure(() => load('a\0b'))).toMatchObject({ code: 'ERR_PROFILE_UNREADABLE' })
  })

  it('refuses a file of a gigabyte at once, without reading it', async () => {
    const path = write('huge', '')
    truncateSync(path, 1 << 30)
    const start = performance.now()
    const error = await failure(() => load(path))
    expect(error).toMatchObject({ code: 'ERR_PROFILE_UNREADABLE' })
    expect(error.message).toContain('larger than 4 MiB')
    expect(performance.now() - start).toBeLessThan(1000)
  })

  const linux = process.platform === 'linux'
  it.skipIf(!linux)(
    `refuses FIFOs, devices and sockets without waiting for them${linux ? '' : ' (skipped: Linux only)'}`,
    async () => {
      const fifo = file(`fifo-${_name}`)
      expect(spawnSync('mkfifo', [fifo]).status).toBe(0)
      const socket = file(`s-${_name}`)
      const server = createServer()
      await new Promise<void>((done) => void server.listen(socket, done))
      try {
        for (const [path, kind] of [
          [fifo, 'is a FIFO'],
          [socket, 'is a socket'],
          ['/dev/zero', 'is a device'],
        ] as const) {
          const error = await failure(() => load(path))
          expect(error).toMatchObject({ code: 'ERR_PROFILE_UNREADABLE' })
          expect(error.message).toContain(kind)
        }
      } finally {
        server.close()
      }
    },
  )

  it('names file, line and column of what is wrong in it', async () => {
    const path = write('bad.json', '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscals": []\n}')
    const error = await failure(() => load(path))
    expect(error).toMatchObject({ code: 'ERR_PROFILE_INVALID', source: path })
    expect(error.message).toBe(
      `${path}:3:3: /syscals: a profile has no key "syscals"; did you mean "syscalls"?`,
    )
    expect((await failure(() => load(write('text.json', 'hello')))).message).toContain(
      'text.json:1:1: (document)',
    )
  })

  it('names the place where a file stops being UTF-8, and knows UTF-16', async () => {
    const latin = Buffer.from('{"defaultAction":\n "\xe9"}', 'latin1')
    expect((await failure(() => load(write('latin1.json', latin)))).message).toContain(
      'latin1.json:2:3: (document): the text is not UTF-8',
    )
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le')
    expect((await failure(() => load(write('utf16.json', wide)))).message).toContain('is UTF-16')
  })

  it('refuses URLs of other kinds and values that name nothing', async () => {
    for (const source of [
      new URL('https://example.com/p.json'),
      'file://host/p.json',
      7,
      null,
      undefined,
      true,
      Symbol('x'),
    ])
      expect(await failure(() => load(source as ProfileSource))).toMatchObject({ code: 'ERR_USAGE' })
    expect(await failure(() => load([]))).toMatchObject({ code: 'ERR_PROFILE_INVALID' })
  })

  it('takes a preset before a file of the same name', async () => {
    const before = process.cwd()
    mkdirSync(file(`cwd-${_name}`))
    write(join(`cwd-${_name}`, 'unconfined'), text)
    process.chdir(file(`cwd-${_name}`))
    try {
      expect((await load('unconfined')).defaultAction).toBe('SCMP_ACT_ALLOW')
      expect((await load('./unconfined')).defaultAction).toBe('SCMP_ACT_LOG')
    } finally {
      process.chdir(before)
    }
  })
})
