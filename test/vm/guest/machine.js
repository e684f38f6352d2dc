// What tools/vm says that this machine is, and how tests here start programs.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `{ arch, version, lacks }` */
export const machine = JSON.parse(readFileSync('/vm/machine.json', 'utf8'))

const root = join(import.meta.dirname, '../../..')

/** Emulation is slow, and slower on a busy machine. */
const timeout = 120_000

const node = (file, args) => {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, [join(root, file), ...args], {
    encoding: 'utf8',
    timeout,
  })
  if (error) throw error
  return { status, signal, stdout, stderr }
}

/** `seccomp ARGS…` */
export const seccomp = (...args) => node('bin/seccomp.js', args)

/** What a program of test/kernel/victims, which installs filters in itself, prints. */
export const victim = (name, ...args) => {
  const { status, signal, stdout, stderr } = node(`test/kernel/victims/${name}.js`, args)
  if (status !== 0) throw new Error(`${name}.js ended with ${signal ?? status}: ${stderr}`)
  return JSON.parse(stdout)
}

export const hex = (filter) => Buffer.from(filter).toString('hex')

/** A profile that lets all through but this. */
export const except = (names, action, more = {}) => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names, action: `SCMP_ACT_${action}` }],
  ...more,
})
