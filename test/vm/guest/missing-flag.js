import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { apply, compile, spawnSync, status } from 'seccomp'
import { except, hex, machine, seccomp, victim } from './machine.js'

/** Refused on every kernel where there is no listener; the reason differs. */
const flag = 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'
const lacking = machine.lacks.includes(flag)
const reason = lacking
  ? /this kernel lacks SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV \(Linux 5\.19\).*nothing was installed, and nothing was run/
  : /only together with a listener.*nothing was installed, and nothing was run/
const profile = except(['mkdir', 'mkdirat'], 'ERRNO', { flags: [flag] })
const expected = { code: 'ERR_KERNEL_UNSUPPORTED', errno: 'EINVAL', message: reason }
const what = lacking ? 'a flag that this kernel lacks' : 'a flag that takes a listener'

test(`spawnSync: ${what} is an error that names it, and nothing runs`, () => {
  assert.throws(() => spawnSync('mkdir', ['/tmp/flag-spawn'], { seccomp: profile }), expected)
  assert.equal(existsSync('/tmp/flag-spawn'), false)
})

test(`apply: ${what} is an error that names it, and no thread has a filter`, () => {
  assert.throws(() => apply(profile), expected)
  assert.deepEqual([...new Set(status().threads.map(({ filters }) => filters))], [0])
})

test(`seccomp run: ${what} is an error that names it, exit code 78, and nothing runs`, () => {
  writeFileSync('/tmp/flag.json', JSON.stringify(profile))
  const { status: code, stderr } = seccomp(
    'run',
    '--profile',
    '/tmp/flag.json',
    '--',
    'mkdir',
    '/tmp/flag-run',
  )
  assert.equal(code, 78)
  assert.match(stderr, reason)
  assert.equal(existsSync('/tmp/flag-run'), false)
})

const notifying = compile(except(['acct'], 'NOTIFY')).bytes

test('installListener: a listener on every thread, and no second one', () => {
  const { first, second, after } = victim('listener', hex(notifying))
  assert.equal(first, 'anon_inode:seccomp notify')
  assert.equal(second.errno, 'EBUSY')
  assert.deepEqual([...new Set(after.threads.map(({ filters }) => filters))], [1])
})

test(`installListener: with ${flag} ${lacking ? 'it is an error that names it, and nothing is installed' : 'too'}`, () => {
  const { first, after } = victim('listener', hex(notifying), JSON.stringify({ flags: [flag] }))
  if (lacking) {
    assert.equal(first.code, 'ERR_KERNEL_UNSUPPORTED')
    assert.match(first.message, /lacks SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV \(Linux 5\.19\)/)
  } else assert.equal(first, 'anon_inode:seccomp notify')
  assert.deepEqual([...new Set(after.threads.map(({ filters }) => filters))], [lacking ? 0 : 1])
})
