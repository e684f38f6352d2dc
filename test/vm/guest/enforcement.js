import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { test } from 'node:test'
import { compile, fork, readFilters, spawn, spawnSync } from 'seccomp'
import { except, hex, seccomp, victim } from './machine.js'

const mkdir = ['mkdir', 'mkdirat']
const refusing = except(mkdir, 'ERRNO')
const only = (values) => [...new Set(values)]

test('apply: EPERM on the main thread and the thread pool, for a filter on every thread', () => {
  const { main, pool, before, after, failure } = victim(
    'apply',
    JSON.stringify(refusing),
    '{}',
    mkdtempSync('/tmp/apply-'),
  )
  assert.deepEqual({ main, pool, failure }, { main: 'EPERM', pool: 'EPERM', failure: undefined })
  assert.deepEqual([only(before), only(after)], [[0], [1]])
  assert.ok(after.length > 4)
})

test('installFilter: without no_new_privs for root, who has CAP_SYS_ADMIN', () => {
  const { failure, main, pool, after } = victim(
    'install',
    hex(compile(refusing).bytes),
    '{"noNewPrivileges":false}',
  )
  assert.deepEqual({ failure, main, pool }, { failure: null, main: 'EPERM', pool: 'EPERM' })
  assert.deepEqual(only(after.threads.map((thread) => thread.noNewPrivileges)), [false])
})

test('installFilter: an ordinary user needs no_new_privs, and that is enough', () => {
  const { uid, without, with: given } = victim('unprivileged', hex(compile(refusing).bytes))
  assert.deepEqual({ uid, errno: without.errno, given }, { uid: 1000, errno: 'EACCES', given: 'done' })
})

test('a thread with a filter of its own is named, and nothing is installed', () => {
  const { tid, failure, before, after } = victim('thread-sync', hex(compile(refusing).bytes))
  assert.deepEqual({ code: failure.code, tid: failure.tid }, { code: 'ERR_THREAD_SYNC', tid })
  assert.deepEqual(after.threads[0].filters, before.threads[0].filters)
})

test('spawnSync: EPERM for root and for an ordinary user', () => {
  for (const uid of [0, 1000]) {
    const path = `/tmp/spawn-${uid}`
    const { status, stderr } = spawnSync('mkdir', [path], {
      seccomp: refusing,
      uid,
      gid: uid,
      encoding: 'utf8',
    })
    assert.equal(status, 1)
    assert.match(stderr, /Operation not permitted/)
    assert.equal(existsSync(path), false)
    assert.equal(spawnSync('mkdir', [path], { seccomp: 'unconfined', uid, gid: uid }).status, 0)
  }
})

test('seccomp run: EPERM', () => {
  const own = seccomp('run', '--profile', 'test/kernel/refuse-mkdir.json', '--', 'mkdir', '/tmp/run')
  assert.equal(own.status, 1)
  assert.match(own.stderr, /Operation not permitted/)
})

test('spawnSync: KILL_PROCESS ends it with SIGSYS, LOG lets through', () => {
  const run = (action) => spawnSync('mkdir', [`/tmp/${action}`], { seccomp: except(mkdir, action) })
  assert.equal(run('KILL_PROCESS').signal, 'SIGSYS')
  assert.equal(existsSync('/tmp/KILL_PROCESS'), false)
  assert.equal(run('LOG').status, 0)
  assert.equal(existsSync('/tmp/LOG'), true)
})

test('seccomp run: Node works under docker-default, and makes no namespace', () => {
  const { status, stdout, stderr } = seccomp('run', '--', process.execPath, 'test/vm/guest/working.js')
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  assert.deepEqual(JSON.parse(stdout), {
    answer: 42,
    namespace: 'unshare: unshare(0x10000000): Operation not permitted\n',
  })
  assert.equal(spawnSync('unshare', ['-U', 'true'], { seccomp: 'unconfined' }).status, 0)
})

test('fork: two stages under node:compute, which talks to its parent and opens no file', async () => {
  const child = fork('test/vm/guest/computing.js', [], { seccomp: 'node:compute' })
  const [[answer], [code]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
  assert.deepEqual({ answer, code }, { answer: { sum: 499500, read: 'EACCES', program: 'EACCES' }, code: 0 })
})

test('readFilters: what runs in a process is what was compiled', async () => {
  const filter = compile(refusing)
  const child = spawn('sleep', ['1000'], { seccomp: filter })
  await once(child, 'spawn')
  const [{ filters }] = readFilters(child.pid)
  child.kill('SIGKILL')
  assert.deepEqual(
    filters.map(({ bytes }) => hex(bytes)),
    [hex(filter.bytes)],
  )
})
