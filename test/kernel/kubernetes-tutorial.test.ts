import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { errno, formatProfile, nameOf, profile, spawn, spawnSync } from '../../lib/index.ts'
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

const native = process.arch === 'arm64' ? 'aarch64' : 'x86_64'

/** How often a process made each call, from the records of it. */
const countCalls = (lines: readonly string[], pid: number): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const line of lines) {
    const number = new RegExp(`^type=1326 .* pid=${pid} .* syscall=(\\d+) `).exec(line)?.[1]
    if (number === undefined) continue
    const name = nameOf(native, Number(number)) ?? `#${number}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** A profile that allows the calls seen. A server that is killed was never seen to end by itself. */
const learn = (counts: ReadonlyMap<string, number>): object =>
  JSON.parse(
    formatProfile(
      profile({ default: errno('EPERM') })
        .allow(...counts.keys(), 'exit_group')
        .build(),
    ),
  )

describe.runIf(python)("Kubernetes' tutorial", () => {
  mkdirSync(join(root, 'profiles'))
  for (const name of ['audit', 'violation'] as const)
    writeFileSync(join(root, `profiles/${name}.json`), profileText(name))
  process.env['SECCOMP_LOCALHOST_ROOT'] = root

  test('violation: it can not start, and the message says why', async () => {
    const why =
      'no program can be started: execve gets ERRNO(EPERM) (the default action, for no rule names it)'
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
    expect(run.stderr).toContain(why)
  })

  test('audit, then a profile of its records: 1,000 requests, nothing logged, and one call outside denied', async ({
    skip,
  }) => {
    const records = await collectRecords(python!)
    if (typeof records === 'string') {
      console.log(`skipped: the profile of a recording, because ${records}`)
      return skip(records)
    }
    try {
      // Audit: everything works, and every call is logged; on a busy machine the kernel may drop some, and says so.
      const audit = async (): Promise<ReadonlyMap<string, number>> => {
        const before = records.lines.length
        const audited = await startServer('audit')
        for (let request = 0; request < 20; request++)
          expect(await audited.get(`/${request}`)).toBe(`/${request}`)
        await audited.stop()
        await records.settled()
        const lost = /^dropped$|audit_lost=|limit exceeded/
        if (records.lines.slice(before).some((line) => lost.test(line))) return audit()
        return countCalls(records.lines, audited.child.pid!)
      }
      const counts = await audit()
      for (const name of ['accept4', 'recvfrom', 'shutdown']) expect(counts.get(name), name).toBe(20)

      // Fine-grained: the profile of these records, which logs what it refuses.
      const file = join(root, 'profiles/fine-grained.json')
      const learned = learn(counts)
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
  })
})
