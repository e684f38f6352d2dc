import { describe, expect, test } from 'vitest'
import { ask, canFilter } from './victims.ts'

describe.runIf(canFilter)('the binding', () => {
  test('is loaded on first use, never by an import', () => {
    expect(ask('loading')).toEqual({ afterImport: false, use: 'done', launcher: 'done', afterUse: true })
  })

  test('that is missing says for which machine, and what to do', () => {
    const nowhere = { SECCOMP_PREBUILD: '/nowhere' }
    expect(ask('loading', [], nowhere)).toMatchObject({
      afterImport: false,
      use: {
        name: 'SeccompError',
        code: 'ERR_BINDING_NOT_FOUND',
        message: expect.stringMatching(
          new RegExp(`${process.platform} ${process.arch} (glibc|musl).*reinstall.*npm run build:native`),
        ),
      },
      afterUse: false,
    })
  })

  test.for([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['linux', 'riscv64'],
  ])('on %s %s is a typed error, and so is the launcher', ([platform, arch]) => {
    const error = {
      name: 'SeccompError',
      code: 'ERR_UNSUPPORTED_PLATFORM',
      message: expect.stringContaining(`${platform} ${arch}`),
    }
    expect(ask('loading', [platform!, arch!])).toEqual({
      afterImport: false,
      use: error,
      launcher: error,
      afterUse: false,
    })
  })

  test('loads in one worker thread after another and in four at a time, and leaks no descriptor', () => {
    const rounds = 12
    expect(ask('workers', [String(rounds)])).toEqual({
      results: Array(rounds + 4).fill({ code: 0, answer: true }),
      leaked: 0,
      main: true,
    })
  })
})
