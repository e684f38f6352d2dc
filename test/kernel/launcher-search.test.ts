import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launch, run } from './launch.ts'
import { allowing } from './programs.ts'
import { canFilter, type Ending } from './victims.ts'

/**
 * The launcher finds and executes programs as env(1) does, which calls glibc's execvp(3). So env(1) is the oracle: same
 * exit code, same output, same words on standard error.
 */

let scratch: string
const at = (...parts: string[]): string => join(scratch, ...parts)

const executable = (path: string, text: string): void => {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'seccomp-search-'))
  chmodSync(scratch, 0o755)
  for (const folder of ['first', 'second', 'empty', 'first/folder', 'with space'])
    mkdirSync(at(folder), { recursive: true })
  executable(at('first/both'), '#!/bin/sh\necho first "$0" "$@"\n')
  executable(at('second/both'), '#!/bin/sh\necho second "$0" "$@"\n')
  writeFileSync(at('first/shadowed'), 'not executable')
  executable(at('second/shadowed'), '#!/bin/sh\necho found "$0"\n')
  writeFileSync(at('first/plain'), '#!/bin/sh\necho never\n')
  executable(at('first/script'), 'echo script "$0" "$#" "$@"\n')
  executable(at('first/nothing'), '')
  executable(at('first/lost'), '#!/no/such/interpreter\n')
  executable(at('first/denied'), `#!${at('first/plain')}\n`)
  executable(at('with space/it'), '#!/bin/sh\necho spaced "$0"\n')
  executable(at('here'), '#!/bin/sh\necho here "$0"\n')
  symlinkSync('loop', at('first/loop'))
  copyFileSync('/bin/true', at('first/busy'))
})
afterAll(() => rmSync(scratch, { recursive: true }))

const env = ['/usr/bin/env', '/bin/env'].find(
  (path) => existsSync(path) && run(path, ['--version']).stdout.includes('coreutils'),
)
if (!env) console.log("skipped: the launcher's search, because there is no GNU env(1) to compare with")

interface Search {
  file: string
  args?: readonly string[]
  /** undefined: not in the environment at all. */
  path?: string | undefined
}

const compare = ({ file, args = ['one', 'two words', ''], path }: Search): Ending => {
  // PWD, so that a shell doesn't make one up that differs.
  const environment = { LC_ALL: 'C', ...(path === undefined ? {} : { PATH: path }) }
  const ours = launch(allowing(1), file, { args, cwd: scratch, env: environment })
  const theirs = run(env!, [file, ...args], { cwd: scratch, env: environment })
  // For a name with white space env(1) adds a line about its own option -S.
  const words = theirs.stderr.replace(/^[^:]*env: /, 'seccomp: ').replace(/^.*env: use -\[v\]S .*\n/m, '')
  expect(ours).toEqual({ ...theirs, stderr: words })
  return ours
}

describe.runIf(canFilter && env)('the launcher searches like env(1):', () => {
  test('the first folder that has the file wins', () => {
    expect(compare({ file: 'both', path: `${at('empty')}:${at('first')}:${at('second')}` })).toMatchObject({
      status: 0,
      stdout: `first ${at('first/both')} one two words \n`,
    })
  })
  test('a folder that is no folder, does not exist or is too long is passed over', () => {
    const path = [at('here'), at('none'), `/${'y/'.repeat(3000)}`, at('second')].join(':')
    expect(compare({ file: 'both', path }).stdout).toContain('second')
  })
  test('a folder that the kernel finds too long ends the search', () => {
    const path = [`/${'x'.repeat(300)}`, at('second')].join(':')
    expect(compare({ file: 'both', path }).stderr).toBe("seccomp: 'both': File name too long\n")
  })
  test('a file that may not be executed does not end the search', () => {
    expect(compare({ file: 'shadowed', path: `${at('first')}:${at('second')}` }).stdout).toContain('found')
  })
  test('it is told, with 126, if nothing better comes', () => {
    const ending = compare({ file: 'plain', path: `${at('first')}:${at('second')}:${at('none')}` })
    expect(ending).toMatchObject({ status: 126, stderr: "seccomp: 'plain': Permission denied\n" })
  })
  test('nothing found is 127', () => {
    expect(compare({ file: 'no-such-program', path: at('first') })).toMatchObject({
      status: 127,
      stderr: "seccomp: 'no-such-program': No such file or directory\n",
    })
  })
  test('without a PATH the standard folders are searched', () => {
    expect(compare({ file: 'echo' })).toMatchObject({ status: 0, stdout: 'one two words \n' })
    expect(compare({ file: 'both' }).status).toBe(127)
  })
  test.for(['', ':', '/nowhere:', ':/nowhere'])('the PATH %j has the working directory in it', (path) => {
    expect(compare({ file: 'here', path })).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('here'),
    })
  })
  test('a folder may have a space', () => {
    expect(compare({ file: 'it', path: at('with space') }).stdout).toContain('spaced')
  })
  test('a name with a slash is not searched for', () => {
    expect(compare({ file: './here', path: at('first') }).stdout).toBe('here ./here\n')
    expect(compare({ file: 'first/both', path: '/nowhere' }).status).toBe(0)
    expect(compare({ file: './both', path: at('first') }).status).toBe(127)
  })
  test('a name of 255 bytes is searched for, one of 256 is too long', () => {
    expect(compare({ file: 'n'.repeat(255), path: at('first') }).status).toBe(127)
    expect(compare({ file: 'n'.repeat(256), path: at('first') }).status).toBe(126)
  })
})

describe.runIf(canFilter && env)('the launcher executes like env(1):', () => {
  test('a script without #! is given to the shell, with all its arguments', () => {
    const stdout = `script ${at('first/script')} 3 one two words \n`
    expect(compare({ file: 'script', path: at('first') })).toMatchObject({ status: 0, stdout })
    expect(compare({ file: at('first/script') })).toMatchObject({ status: 0, stdout })
    expect(compare({ file: 'script', args: [], path: at('first') }).stdout).toBe(
      `script ${at('first/script')} 0\n`,
    )
  })
  test('an empty file is an empty script', () => {
    expect(compare({ file: 'nothing', path: at('first') })).toMatchObject({ status: 0, stdout: '' })
  })
  test.for(['first/folder', 'first/plain', 'first/denied'])('%s: permission denied, 126', (file) => {
    const stderr = `seccomp: './${file}': Permission denied\n`
    expect(compare({ file: `./${file}` })).toMatchObject({ status: 126, stderr })
  })
  test.for(['first/lost', 'none/file', ''])('%s: no such file, 127', (file) => {
    expect(compare({ file: file && `./${file}` }).status).toBe(127)
  })
  test('a loop of links and a file as folder are 126', () => {
    expect(compare({ file: './first/loop' }).stderr).toContain('Too many levels of symbolic links')
    expect(compare({ file: './here/file' }).stderr).toContain('Not a directory')
  })
  test('a file open for writing is 126', () => {
    const writer = openSync(at('first/busy'), 'r+')
    try {
      expect(compare({ file: './first/busy' }).stderr).toBe("seccomp: './first/busy': Text file busy\n")
    } finally {
      closeSync(writer)
    }
  })
  test.for(["it's", 'back\\slash', 'new\nline', 'tab\t', '\x1b[31mred', '\x7f\x01\x07\x0b', 'two words'])(
    'the name %j is quoted so that it can not drive a terminal',
    (file) => {
      expect(compare({ file, path: at('first') }).status).toBe(127)
    },
  )
  test('a very long name is cut in the message, and the reason still told', () => {
    const { status, stderr } = launch(allowing(1), `./${'long/'.repeat(700)}`, { cwd: scratch })
    expect(status).toBe(127)
    expect(stderr).toMatch(/^seccomp: '.{800,900}\.\.\.': No such file or directory\n$/)
  })
})
