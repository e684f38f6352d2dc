import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { spawn, spawnSync } from '../../lib/index.ts'
import { seccomp } from '../cli/seccomp.ts'
import { sharedData } from '../shared-data.ts'
import { collectRecords, findPython } from './audit-records.ts'
import { canFilter } from './victims.ts'

/** https://kubernetes.io/docs/tutorials/security/seccomp/, with a real server and no cluster. */

const python = canFilter ? findPython() : undefined
if (canFilter && !python)
  console.log("skipped: Kubernetes' tutorial, for want of python3, which has its server")

/** The tutorial's own files where they are; else the same in our words. */
const profileText = (name: 'audit' | 'violation'): string => {
  const file = sharedData(`profiles/k8s-${name}.json`)
  if (file) return readFileSync(file, 'utf8')
  console.log(`the tutorial's own ${name}.json is not here; one of ours serves`)
  return JSON.stringify({ defaultAction: name === 'audit' ? 'SCMP_ACT_LOG' : 'SCMP_ACT_ERRNO' })
}

const root = mkdtempSync(join(tmpdir(), 'seccomp-kubelet-'))
afterAll(() => {
  rmSync(root, { recursive: true })
  delete process.env['SECCOMP_LOCALHOST_ROOT']
})

const script = join(import.meta.dirname, 'victims/http-echo.py')
const localhost = (name: string) =>
  ({ type: 'Localhost', localhostProfile: `profiles/${name}.json` }) as const

interface Server {
  readonly child: ChildProcess
  readonly get: (path: string) => Promise<string>
  readonly stop: () => Promise<void>
}

const startServer = async (name: string): Promise<Server> => {
  const child = spawn(python!, ['-I', '-B', script], {
    seccomp: localhost(name),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let errors = ''
  child.stderr!.on('data', (chunk) => {
    errors += chunk
  })
  const port = await Promise.race([
    once(child.stdout!, 'data').then(([chunk]) => Number(chunk)),
    ended.then(([code, signal]) => {
      throw new Error(`the server ended with ${signal ?? code}: ${errors}`)
    }),
  ])
  return {
    child,
    get: (path) =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
          let body = ''
          response.on('data', (chunk) => {
            body += chunk
          })
          response.on('end', () => resolve(body))
        }).on('error', reject)
      }),
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** How often a process made each call, by `seccomp audit`. */
const countCalls = async (log: string, pid: number): Promise<ReadonlyMap<string, number>> => {
  const { stdout } = await seccomp(['audit', log, '--pid', `${pid}`, '--json'])
  const { syscalls } = JSON.parse(stdout) as { syscalls: { name: string; calls: number }[] }
  return new Map(syscalls.map((each) => [each.name, each.calls]))
}

describe.runIf(python)("Kubernetes' tutorial", () => {
  mkdirSync(join(root, 'profiles'))
  for (const name of ['audit', 'violation'] as const)
    writeFileSync(join(root, `profiles/${name}.json`), profileText(name))
  process.env['SECCOMP_LOCALHOST_ROOT'] = root

  test('violation: it can not start, and the message says why', async () => {
    const why =
      /no program can be started: execve gets ERRNO\(EPERM\) \(the default action at \S+violation\.json:\d+:\d+, for no rule names it\)/
    expect(() => spawnSync(python!, [script], { seccomp: localhost('violation') })).toThrow(why)
    const run = await seccomp([
      'run',
      '--profile',
      'localhost/profiles/violation.json',
      '--',
      python!,
      script,
    ])
    expect(run).toMatchObject({ code: 2, stdout: '' })
    expect(run.stderr).toMatch(why)
  })

  // The log is the whole machine's: what others write into it at the same time may crowd out a record of ours.
  const crowded = { retry: 3 }
  test(
    'audit, then a profile of its records: 1,000 requests, nothing logged, and one call outside denied',
    crowded,
    async ({ skip }) => {
      const records = await collectRecords(python!)
      if (typeof records === 'string') {
        console.log(`skipped: the profile of a recording, because ${records}`)
        return skip(records)
      }
      try {
        // Audit: everything works, and every call is logged; on a busy machine the kernel may drop some, and says so.
        const audit = async (): Promise<number> => {
          const before = records.lines.length
          const audited = await startServer('audit')
          // One more than is counted: its last call may come after the answer, and so too late.
          for (let request = 0; request <= 20; request++)
            expect(await audited.get(`/${request}`)).toBe(`/${request}`)
          await audited.stop()
          await records.settled()
          const lost = /^dropped$|audit_lost=|limit exceeded/
          if (records.lines.slice(before).some((line) => lost.test(line))) return audit()
          return audited.child.pid!
        }
        const pid = await audit()
        const log = join(root, 'audit.log')
        writeFileSync(log, `${records.lines.join('\n')}\n`)
        const counts = await countCalls(log, pid)
        for (const name of ['accept4', 'recvfrom']) expect(counts.get(name), name).toBe(21)
        expect([20, 21]).toContain(counts.get('shutdown'))

        // Fine-grained: the profile of these records, which logs what it refuses.
        const file = join(root, 'profiles/fine-grained.json')
        const made = await seccomp(['audit', log, '--pid', `${pid}`, '-o', file])
        expect(made.code, made.stderr).toBe(0)
        const learned = JSON.parse(readFileSync(file, 'utf8'))
        expect(learned.defaultAction).toBe('SCMP_ACT_ERRNO')
        writeFileSync(file, JSON.stringify({ ...learned, flags: ['SECCOMP_FILTER_FLAG_LOG'] }))
        const server = await startServer('fine-grained')
        for (let request = 0; request < 1000; request++) expect(await server.get('/x')).toBe('/x')
        await records.settled()
        const logged = (): string[] =>
          records.lines.filter(
            (line) => line.startsWith('type=1326') && line.includes(` pid=${server.child.pid} `),
          )
        expect(logged()).toEqual([])

        expect(await server.get('/outside')).toBe('EPERM')
        expect(await server.get('/x')).toBe('/x')
        await server.stop()
        await records.settled()
        expect(logged()).toEqual([expect.stringMatching(/ syscall=14[01] .* code=0x50000$/)])
      } finally {
        await records.stop()
      }
    },
  )
})
