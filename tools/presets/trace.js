// Which system calls a Node makes: one workload under strace(1), before and after its mark.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { attend, makeScratch } from '../../test/node/workloads/partner.js'

const runner = resolve(import.meta.dirname, '../../test/node/workloads/run.js')
/** Calls that may carry the mark: their arguments are printed as text. */
const MARKED = ['access', 'faccessat', 'faccessat2']

/** The arguments that decide what a call does, by index: what a rule of a promise may ask about. */
const DECISIVE = {
  clone: [0],
  fcntl: [1],
  ioctl: [1],
  kill: [1],
  madvise: [2],
  mmap: [2, 3],
  mprotect: [2],
  open: [1],
  openat: [2, 3],
  chmod: [1],
  fchmod: [1],
  fchmodat: [2],
  tgkill: [2],
  pkey_mprotect: [2],
  prctl: [0],
  prlimit64: [0, 2],
  setsockopt: [1, 2],
  socket: [0, 1, 2],
  socketpair: [0, 1, 2],
  statx: [2],
  newfstatat: [3],
}
/** Refused as every preset refuses them, so that what is recorded is what libuv and libc do instead. */
const REFUSED = ['io_uring_setup', 'clone3']

/** Pointers: all that counts is whether there is one. */
const POINTERS = { prlimit64: [2] }

/**
 * Runs a workload of test/node/workloads and returns what it said and its calls: `startup` before the mark, `work` after
 * it, `children` by the processes that it started. A call stands there as a filter sees it: `madvise(,,0x4)`.
 */
export const trace = async (node, { workload, channel, env, nodeOptions = [], through }) => {
  const scratch = makeScratch()
  const output = join(scratch.path, 'trace')
  const inject = `inject=${REFUSED.join(',')}:error=ENOSYS`
  const raw = `raw=!${MARKED.join(',')}`
  const strace = [
    ...['-e', inject],
    '-f',
    '-qq',
    '-e',
    'signal=none',
    '-e',
    raw,
    '-o',
    output,
    node,
    ...nodeOptions,
    runner,
    workload,
  ]
  const [command, args] = through ? through(['strace', ...strace]) : ['strace', strace]
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(channel ? ['ipc'] : [])],
    env: { ...process.env, ...env, NODE_OPTIONS: '', SCRATCH: scratch.path },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  try {
    const said = await attend(child)
    return { said, ...read(readFileSync(output, 'utf8')) }
  } finally {
    scratch.remove()
  }
}

/** `1234  futex(0x7f…, 0x80, 0, 0) = 0`, and the half of it that is printed when the call doesn't return at once. */
const ENTRY = /^(\d+) +([a-z_0-9]+)\((.*?)(?:\) += (-?\w+).*| <unfinished \.\.\.>|\) *)?$/
const RESUMED = /^(\d+) +<\.\.\. (clone|v?fork) resumed>.*\) += (\w+)/

export const read = (text) => {
  const phases = { startup: new Set(), work: new Set(), children: new Set() }
  const marked = text.indexOf('/seccomp-marker')
  if (marked < 0) throw new Error('the workload did not come to its mark')
  const processes = new Set()
  let started
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end)
    const isWork = at > marked
    at = end + 1
    const [, pid, name, args, result] = ENTRY.exec(line) ?? []
    const [, parent, resumed, child] = RESUMED.exec(line) ?? []
    if (resumed && started?.get(parent) === 'process') processes.add(parseInt(child, 16))
    if (!name) continue
    const values = args.split(', ')
    const form = formOf(name, values)
    if (/^(?:clone|v?fork)$/.test(name)) {
      started ??= new Map()
      started.set(pid, isThread(name, values) ? 'thread' : 'process')
      if (started.get(pid) === 'process' && result) processes.add(parseInt(result, 16))
    }
    if (args.includes('/seccomp-marker')) continue
    const phase = processes.has(Number(pid)) ? 'children' : isWork ? 'work' : 'startup'
    phases[phase].add(form)
  }
  return Object.fromEntries(Object.entries(phases).map(([phase, forms]) => [phase, [...forms].sort()]))
}

const CLONE_THREAD = 0x10000
const isThread = (name, values) => name === 'clone' && (Number(values[0]) & CLONE_THREAD) !== 0

/** `socket(0x2,0x80801,0)`; arguments that don't count are left out. */
const formOf = (name, values) => {
  const indexes = DECISIVE[name]
  if (!indexes) return name
  const shown = Array.from({ length: Math.max(...indexes) + 1 }, (_, index) => {
    if (!indexes.includes(index)) return ''
    const value = values[index] ?? '0'
    return POINTERS[name]?.includes(index) && value !== '0' ? 'pointer' : value
  })
  return `${name}(${shown.join(',')})`
}
