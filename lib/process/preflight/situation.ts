/** What a running Node holds that a filter could take away: read once, judged by preflight. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { requireLinux } from '../../kernel/platform.ts'

/** A running Node, as far as it decides what a filter does to it. Plain data, so that it can be made up in a test. */
export interface Situation {
  /** Major version: 22. */
  readonly node: number
  readonly libc: { readonly name: 'glibc' | 'musl'; readonly version: string | undefined }
  /** How many io_uring rings are open. libuv opens them with each event loop (Node 22 and newer, where the kernel lets it). */
  readonly rings: number
  /** Whether the threads of libuv's pool run: it starts all of them at its first use. Unknown before libuv named them (1.50). */
  readonly pool: 'warm' | 'cold' | 'unknown'
  /** Whether V8 writes machine code: not under --jitless. */
  readonly jit: boolean
}

/**
 * The situation of this process. Opens files in /proc, starts nothing.
 * @throws SeccompError ERR_UNSUPPORTED_PLATFORM elsewhere than on Linux.
 * @example readSituation() // { node: 22, libc: { name: 'glibc', version: '2.36' }, rings: 3, pool: 'cold', jit: true }
 */
export const readSituation = (): Situation => {
  requireLinux('reading /proc')
  const node = Number(process.versions.node.split('.')[0])
  return { node, libc: libc(), rings: rings(), pool: pool(node), jit: 'WebAssembly' in globalThis }
}

const entries = (folder: string): readonly string[] => readdirSync(`/proc/self/${folder}`)

const rings = (): number => entries('fd').filter((fd) => target(fd) === 'anon_inode:[io_uring]').length

/** undefined for the descriptor that listed the folder, closed since. */
const target = (fd: string): string | undefined => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

const pool = (node: number): Situation['pool'] => {
  if (entries('task').some((tid) => threadName(tid) === 'libuv-worker')) return 'warm'
  // Every Node 24 has a libuv that names them; of Node 22 only the later ones.
  return node >= 24 ? 'cold' : 'unknown'
}

const threadName = (tid: string): string | undefined => {
  try {
    return readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').trimEnd()
  } catch {
    return undefined
  }
}

let knownLibc: Situation['libc'] | undefined

/** That of this process, and so of every Node that is the same program. */
export const libc = (): Situation['libc'] => {
  knownLibc ??= findLibc()
  return knownLibc
}

const findLibc = (): Situation['libc'] => {
  const version = glibcVersion()
  return version === undefined && /\/(?:ld-musl|libc\.musl)-/.test(readFileSync('/proc/self/maps', 'utf8'))
    ? { name: 'musl', version }
    : { name: 'glibc', version }
}

/** What the types of Node 20 lack. */
interface Report {
  excludeNetwork?: boolean
  getReport(): object
}

/** gnu_get_libc_version(3) as the diagnostic report tells it; the report names no libc but glibc. */
const glibcVersion = (): string | undefined => {
  const report = process.report as Report
  const { excludeNetwork } = report
  // Or it would look up the name of every socket's other end.
  report.excludeNetwork = true
  try {
    const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } }
    return header.glibcVersionRuntime
  } finally {
    if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork
  }
}
