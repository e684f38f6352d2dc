import { describe, expect, test } from 'vitest'
import { actionOf } from '../../lib/bpf/verdict.ts'
import { compile } from '../../lib/filter/compile.ts'
import { parseCall } from '../../lib/inspect/call.ts'
import { promisesFor } from '../../lib/inspect/promises-for.ts'
import { describeViolation } from '../../lib/inspect/violation.ts'
import { evaluate } from '../../lib/policy/evaluate.ts'
import { nodeProfile } from '../../lib/profile/presets/node/profile.ts'
import { promiseNames } from '../../lib/profile/presets/node/promise.ts'

const call = (name: string, ...args: (string | bigint)[]) => parseCall(name, args, 'x86_64')

describe('promisesFor', () => {
  test.each([
    [['openat', 'AT_FDCWD', '0', 'O_RDONLY|O_CLOEXEC'], ['fsRead']],
    [['openat', 'AT_FDCWD', '0', 'O_WRONLY|O_CREAT', '0o644'], ['fsWrite']],
    [
      ['socket', 'AF_INET', 'SOCK_STREAM'],
      ['netClient', 'netServer'],
    ],
    [['socket', 'AF_UNIX', 'SOCK_STREAM'], ['unixSocket']],
    [['execve'], ['spawn']],
    [['mmap', '0', '4096', 'PROT_READ'], ['run']],
    [['socket', 'AF_VSOCK', 'SOCK_STREAM'], []],
    [['bpf'], []],
    [['700'], []],
  ] as [[string, ...string[]], string[]][])('of %j are %j', ([name, ...args], promises) => {
    const values = args.map((each) => (each.startsWith('0o') ? BigInt(each) : each))
    expect(promisesFor(call(name, ...values))).toEqual(promises)
  })

  test('give what they are said to: under each the call is allowed, and under none where there is none', () => {
    const policies = new Map(
      promiseNames.map((name) => [
        name,
        compile(nodeProfile([name]), { arch: 'x86_64', kernel: '6.18', capabilities: [] }).policy,
      ]),
    )
    for (const name of [
      'openat',
      'socket',
      'clone',
      'fcntl',
      'ioctl',
      'prctl',
      'mmap',
      'kill',
      'mkdir',
      'bpf',
      'mount',
    ])
      for (const each of [call(name), call(name, '-1', '0x1000', '0x80000', '0')]) {
        const promises = promisesFor(each)
        const giving = promiseNames.filter(
          (promise) => actionOf(evaluate(policies.get(promise)!, each)) === 'ALLOW',
        )
        expect(giving, name).toEqual(expect.arrayContaining([...promises]))
        if (promises.length === 0) expect(giving, name).toEqual([])
      }
  })

  test('are none on an architecture that no promise is for', () => {
    expect(promisesFor(parseCall('read', [], 'x86'))).toEqual([])
  })
})

describe('a violation', () => {
  test('says what was called, by names, and the promise that it takes', () => {
    const violation = describeViolation(
      call('openat', 'AT_FDCWD', 0x7ffe12345678n, 'O_RDONLY|O_CLOEXEC', '0', '0x5555', '7'),
      42,
      13,
    )
    expect(violation).toMatchObject({
      ...{ name: 'openat', number: 257, arch: 'x86_64', thread: 42, errno: 'EACCES', promises: ['fsRead'] },
      message:
        'openat(dfd=AT_FDCWD (-100), filename=0x7ffe12345678, flags=O_RDONLY|O_CLOEXEC (0x80000), mode=0) ' +
        'denied with EACCES: this needs promise fsRead',
    })
    expect(violation.args).toHaveLength(6)
  })

  test('has a number where the call has no name, and the numbers of errors that have none', () => {
    expect(describeViolation(call('700', '1'), 1, 4000)).toMatchObject({
      ...{ name: undefined, number: 700, errno: 'E4000', promises: [] },
      message: '#700(0x1) denied with E4000: no promise covers it',
    })
  })
})
