import assert from 'node:assert/strict'
import { release } from 'node:os'
import { test } from 'node:test'
import { hostTarget, kernelSupport } from 'seccomp'
import { actionSince, flagSince } from '../../../out/bpf/since.js'
import { kernelAtLeast, parseKernel } from '../../../out/policy/target.js'
import { machine, seccomp } from './machine.js'

const since = (table) =>
  Object.fromEntries(
    Object.entries(table).map(([name, version]) => [
      name,
      kernelAtLeast(parseKernel(release()), parseKernel(version)),
    ]),
  )

test('the machine is the one that was meant', () => {
  const { arch, kernel } = hostTarget()
  assert.deepEqual(
    { arch, version: `${kernel.major}.${kernel.minor}` },
    { arch: machine.arch, version: machine.version },
  )
})

test('kernelSupport() is what the table says of this version', () => {
  const { filters, actions, flags } = kernelSupport()
  assert.deepEqual(
    { filters, actions, flags },
    { filters: true, actions: since(actionSince), flags: since(flagSince) },
  )
})

test('kernelSupport() lacks what this kernel is known to lack, and nothing else', () => {
  const { actions, flags, notificationSizes } = kernelSupport()
  const lacking = Object.entries({ ...actions, ...flags }).filter(([, has]) => !has)
  assert.deepEqual(
    lacking.map(([name]) => name),
    machine.lacks,
  )
  assert.deepEqual(notificationSizes, { notification: 80, response: 24, data: 64 })
})

test('seccomp check --json says the same', () => {
  const { status, stdout, stderr } = seccomp('check', '--json')
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  const { enforceable, architecture, kernel, process: own } = JSON.parse(stdout)
  assert.deepEqual(
    { enforceable, architecture, kernel },
    { enforceable: true, architecture: machine.arch, kernel: kernelSupport() },
  )
  assert.equal(own.mode, 'disabled')
})
