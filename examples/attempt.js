/**
 * Tries three things that untrusted code has no business doing, and prints the kernel's answer to each as JSON:
 * a new mount namespace, a mount, a door into the kernel's crypto code (AF_ALG). Nothing outlives this process: what it
 * mounts is seen by its own thread alone.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { numberOf } from 'seccomp/core'

// Node has no call for these. The addon is the tests' own (test/native/raw_syscall.cc): `npm run build` makes it.
const { syscall } = createRequire(import.meta.url)('../build/Release/raw_syscall.node')
const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const text = (value) => Buffer.from(`${value}\0`)
const call = (name, ...args) => syscall(numberOf(arch, name), ...args).errno

const CLONE_FS = 0x200
const CLONE_NEWNS = 0x20000
const MS_PRIVATE_RECURSIVE = 0x44000
const AF_ALG = 38
const SOCK_SEQPACKET = 5
const CAP_SYS_ADMIN = 1n << 21n

const capabilities = BigInt(`0x${/CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]}`)
const isAdmin = (capabilities & CAP_SYS_ADMIN) !== 0n

/** With no namespace of our own to mount in, the address of nothing: the kernel looks at it and says EFAULT. */
const mount = (isAlone) =>
  isAlone ? call('mount', text('demo'), text(tmpdir()), text('tmpfs'), 0, 0) : call('mount', 0, 0, 0, 0, 0)

const unshared = call('unshare', isAdmin ? CLONE_NEWNS : CLONE_FS)
// Where mounts are shared, as systemd has them, ours would show up outside.
const isAlone = isAdmin && unshared === 0 && call('mount', 0, text('/'), 0, MS_PRIVATE_RECURSIVE, 0) === 0

const answers = [
  [`unshare(${isAdmin ? 'CLONE_NEWNS' : 'CLONE_FS'})`, unshared],
  [isAdmin ? "mount('tmpfs')" : 'mount(NULL)', mount(isAlone)],
  ['socket(AF_ALG)', call('socket', AF_ALG, SOCK_SEQPACKET, 0)],
]
console.log(
  JSON.stringify(answers.map(([name, errno]) => [name, errno ? getSystemErrorName(-errno) : 'works'])),
)
