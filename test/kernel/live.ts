import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Finding } from '../../lib/process/preflight/finding.ts'
import { type Need, needs } from '../../lib/process/preflight/needs.ts'

/** Does preflight know what happens? Each need is refused to a Node that does ordinary work, and it is watched. */

/** Its work takes half a second: what is expected to hang is given eight times that, all else a slow machine's time. */
const [SHORT, LONG] = [4000, 30_000]

export interface Life {
  /** What apply() said; `filters` are those of each thread after a refusal. */
  readonly said: { refused?: string; findings: readonly Finding[]; filters?: readonly (number | null)[] }
  readonly end: 'well' | 'hang' | 'signal' | 'error'
  /** For a failing test to show. */
  readonly trace: string
}

export interface Attempt {
  readonly profile: object
  readonly options?: object
  /** Whether it is expected to hang. */
  readonly hangs?: boolean
  /** Whether all threads of libuv's pool are there before. */
  readonly warm?: boolean
}

/** Applies a profile in a process of its own, by force if it must, and lets that work. */
export const live = (node: string, { profile, options = {}, warm, hangs }: Attempt): Promise<Life> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'victims/live.cjs')
    const args = [script, JSON.stringify(profile), JSON.stringify(options), ...(warm ? ['warm'] : [])]
    const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [output, trace, late] = ['', '', false]
    const timer = setTimeout(
      () => {
        late = true
        child.kill('SIGKILL')
      },
      hangs ? SHORT : LONG,
    )
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      trace += chunk
    })
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(timer)
      if (!output)
        return reject(new Error(`live.cjs said nothing and ended with ${signal ?? code}: ${trace}`))
      const end = late ? 'hang' : signal ? 'signal' : code === 0 ? 'well' : 'error'
      resolve({ said: JSON.parse(output), end, trace: `${signal ?? code}\n${trace}` })
    })
  })

/** Everything allowed but these. */
export const refusing = (...rules: readonly object[]): object => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: rules,
})

export const refuse = (
  name: string,
  errno: string | undefined = 'EPERM',
  args: readonly object[] = [],
): object => ({
  names: [name],
  action: 'SCMP_ACT_ERRNO',
  errno,
  args,
})

/** What else must be refused for Node to come upon the need. */
const companions: Readonly<Record<string, readonly object[]>> = {
  epoll_ctl: [refuse('io_uring_setup')],
  clone: [refuse('clone3', 'ENOSYS')],
}

/** `mprotect(…, 0x7, …)` */
const titleOf = ({ syscall, forms }: Need): string => {
  const values = (forms ?? []).flatMap((form) =>
    Object.values(form).map((value) => `0x${value.toString(16)}`),
  )
  return values.length ? `${syscall}(…, ${values.join('|')}, …)` : syscall
}

/** Refuses the forms of the call that are needed, and no other. */
const refusal = (need: Need): object => {
  const rules = (need.forms ?? [{}]).map((form) =>
    refuse(
      need.syscall,
      'EPERM',
      Object.entries(form).map(([index, value]) => ({
        index: Number(index),
        value: Number(value),
        op: 'SCMP_CMP_EQ',
      })),
    ),
  )
  return refusing(...rules, ...(companions[need.syscall] ?? []))
}

/** Each need of the table whose refusal is fatal, as a profile that refuses just that. */
export const refusals: readonly (readonly [title: string, need: Need, profile: object])[] = [
  ...new Map(
    needs
      .filter(({ refused }) => refused)
      .map((need) => [titleOf(need), [titleOf(need), need, refusal(need)] as const]),
  ).values(),
]
