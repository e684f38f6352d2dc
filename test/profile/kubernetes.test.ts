import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { isUnconfined, referenceOf } from '../../lib/profile/kubernetes.ts'

const target = { arch: 'x86_64', kernel: '6.18', capabilities: 'docker' } as const

describe('referenceOf', () => {
  test.each([
    ['RuntimeDefault', { preset: 'docker-default' }],
    ['Unconfined', { preset: 'unconfined' }],
    ['runtime/default', { preset: 'docker-default' }],
    ['docker/default', { preset: 'docker-default' }],
    ['localhost/profiles/audit.json', { localhost: 'profiles/audit.json' }],
    [{ type: 'RuntimeDefault' }, { preset: 'docker-default' }],
    [{ type: 'RuntimeDefault', localhostProfile: null }, { preset: 'docker-default' }],
    [{ type: 'Unconfined' }, { preset: 'unconfined' }],
    [{ type: 'Localhost', localhostProfile: 'profiles/audit.json' }, { localhost: 'profiles/audit.json' }],
    [{ type: 'Localhost', localhostProfile: 'a..b/c' }, { localhost: 'a..b/c' }],
  ])('reads %j', (source, expected) => {
    expect(referenceOf(source)).toEqual(expected)
  })

  test.each([
    'docker-default',
    'unconfined',
    'runtimedefault',
    './localhost/audit.json',
    'profiles/audit.json',
    { defaultAction: 'SCMP_ACT_ALLOW' },
    { defaultAction: 'SCMP_ACT_ALLOW', type: 'x' },
    {},
    [],
    null,
    undefined,
    7,
  ])('leaves %j to others', (source) => {
    expect(referenceOf(source)).toBeUndefined()
  })

  test.each([
    [{ type: 'Localhost' }, 'names its file in localhostProfile'],
    [{ type: 'Localhost', localhostProfile: 7 }, 'names its file in localhostProfile'],
    [{ type: 'Localhost', localhostProfile: '' }, "relative and without '..'"],
    [{ type: 'Localhost', localhostProfile: '/etc/passwd' }, "relative and without '..'"],
    [{ type: 'Localhost', localhostProfile: '../x.json' }, "relative and without '..'"],
    [{ type: 'Localhost', localhostProfile: 'a/../x.json' }, "relative and without '..'"],
    [{ type: 'Localhost', localhostProfile: 'a\0b' }, "relative and without '..'"],
    [{ type: 'RuntimeDefault', localhostProfile: 'x' }, 'goes with the type Localhost'],
    [{ type: 'Runtime' }, 'RuntimeDefault, Unconfined or Localhost, not "Runtime"'],
    [{ type: 'unconfined' }, 'not "unconfined"'],
    [{ localhostProfile: 'x' }, 'not nothing'],
    [{ type: 'Localhost', localhostProfile: 'x', root: '/' }, 'no "root"'],
    ['localhost/', "relative and without '..'"],
    ['localhost//etc/passwd', "relative and without '..'"],
    ['localhost/../x', "relative and without '..'"],
  ])('refuses %j', (source, message) => {
    expect(() => referenceOf(source)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining(message) }),
    )
  })

  test('tells what asks for no filter', () => {
    for (const source of ['unconfined', 'Unconfined', { type: 'Unconfined' }])
      expect(isUnconfined(source)).toBe(true)
    for (const source of ['docker-default', { type: 'RuntimeDefault' }, './unconfined', undefined])
      expect(isUnconfined(source)).toBe(false)
  })

  test('compile takes what needs no file', () => {
    const { instructions } = compile('docker-default', target)
    for (const source of ['RuntimeDefault', { type: 'RuntimeDefault' }])
      expect(compile(source, target).instructions).toEqual(instructions)
    expect(() => compile({ type: 'Localhost', localhostProfile: 'x.json' }, target)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining('loadProfile()') }),
    )
  })
})
