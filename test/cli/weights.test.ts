import { describe, expect, test } from 'vitest'
import { compile } from '../../lib/filter/compile.ts'
import { scratch } from './scratch.ts'
import { seccomp } from './seccomp.ts'

const target = ['--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker', '--quiet']

describe('seccomp compile --weights', () => {
  test('puts what is called most often first, in the filter and in the tree it shows', async () => {
    const folder = scratch({ 'counts.json': '{ "clone": 900, "socket": 100 }' })
    const weights = { clone: 900, socket: 100 }
    const { bytes } = compile('docker-default', {
      arch: 'x86_64',
      kernel: '6.18',
      capabilities: 'docker',
      weights,
    })
    const args = ['compile', 'docker-default', '--weights', 'counts.json', ...target]
    const filter = await seccomp(args, { cwd: folder })
    expect(new Uint8Array(filter.bytes)).toEqual(bytes)
    // clone, number 56, has the first test of x86_64's numbers, be it before that of x32's bit or after.
    const { stdout } = await seccomp([...args, '--emit', 'tree'], { cwd: folder })
    const [, first] = /^n\d+: arch == 0xc000003e \? (n\d+) /.exec(stdout)!
    const [, native = first] =
      new RegExp(`\n${first}: nr & 0x40000000 \\? n\\d+ : (n\\d+)\n`).exec(stdout) ?? []
    expect(stdout).toContain(`\n${native}: nr == 56 ?`)
  })

  test.each([
    ['missing.json', undefined, /can't read "missing\.json"/],
    ['counts.json', '{', /can't read "counts\.json"/],
    ['counts.json', '[1]', /"counts\.json" is an array; write \{"name": count/],
    ['counts.json', '{ "clnoe": 1 }', /no architecture has a call "clnoe"; did you mean "clone"/],
  ])('exits with 2 for %s holding %s', async (name, content, message) => {
    const folder = scratch(content === undefined ? {} : { [name]: content })
    const { code, stdout, stderr } = await seccomp(
      ['compile', 'docker-default', '--weights', name, ...target],
      {
        cwd: folder,
      },
    )
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
    expect(stdout).toBe('')
  })
})
