import { fork, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canFilter } from '../kernel/victims.ts'
import { installedNode, majors } from './nodes.ts'

/** execSelf, on every Node that is there. */
const nodes = (canFilter ? majors : [])
  .map((major) => ({ major, node: installedNode(major) }))
  .filter(({ node }) => node !== undefined)

const victim = join(import.meta.dirname, '../kernel/victims/exec-self.js')
const index = new URL('../../dist/index.js', import.meta.url).href
const docker = JSON.stringify('docker-default')

interface Found {
  readonly failure?: { readonly code: string; readonly message: string }
  readonly pid: number
  readonly execArgv: readonly string[]
  readonly filters: readonly (number | null)[]
}

const run = (
  profile: string,
  node: string = process.execPath,
): { found: Found; pid: number; began: number } => {
  const { stdout, stderr, status, pid } = spawnSync(node, ['--no-warnings', victim, profile], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`)
  return { found: JSON.parse(stdout) as Found, pid, began: stderr.match(/began/g)!.length }
}

describe.each(nodes)('execSelf on Node $major', ({ node }) => {
  test('executes the same program once more, as the same process, under the profile', () => {
    const { found, pid, began } = run(docker, node)
    expect(began).toBe(2)
    const { filters, ...rest } = found
    expect(rest).toEqual({
      ...{ pid, argv: [victim], execArgv: ['--no-warnings'], ours: [], rings: 0, memfds: 0 },
    })
    expect(filters).toHaveLength(1)
    if (filters[0] !== null) expect(filters[0]).toBeGreaterThanOrEqual(2)
  })

  test.each([
    ['a name', '"node:compute"'],
    ['a path', JSON.stringify(join(import.meta.dirname, 'staged/unread.json'))],
    ['a document', readFileSync(join(import.meta.dirname, 'staged/unread.json'), 'utf8')],
  ])('knows the second time that it was done where no file can be opened: %s', (_, profile) => {
    const program = join(import.meta.dirname, 'staged/exec-self.cjs')
    const { status, stdout, stderr } = spawnSync(node!, ['--no-warnings', program, profile], {
      ...{ encoding: 'utf8', timeout: 30_000, killSignal: 'SIGKILL' },
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'began\nbegan\nEACCES\n', stderr: '' })
  })

  test('keeps the channel to the parent', async () => {
    const child = fork(victim, [docker], {
      execPath: node,
      execArgv: [],
      serialization: 'advanced',
      silent: true,
    })
    const messages: unknown[] = []
    child.on('message', (message) => {
      messages.push(message)
      if (messages.length === 1) child.send('answer')
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect({ code, messages }).toMatchObject({
      code: 0,
      messages: [{ pid: child.pid, map: new Map([['kept', 1]]) }, { message: 'answer' }],
    })
  })
})

describe.runIf(canFilter)('execSelf', () => {
  test('does nothing for unconfined', () => {
    expect(run(JSON.stringify('unconfined'))).toMatchObject({
      began: 1,
      found: { execArgv: ['--no-warnings'] },
    })
  })

  test('refuses what the new process would not survive, and this one goes on', () => {
    const deadly = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['exit_group'], action: 'SCMP_ACT_ERRNO', errno: 'EPERM' }],
    }
    const { found, began } = run(JSON.stringify(deadly))
    expect(began).toBe(1)
    expect(found.failure).toMatchObject({ code: 'ERR_PREFLIGHT' })
  })

  test('goes on when execve is refused', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['execve', 'mkdir'], action: 'SCMP_ACT_ERRNO', errno: 'EPERM' }],
    }
    const script = `const { apply, execSelf } = await import(${JSON.stringify(index)})
      apply(${JSON.stringify(profile)})
      try { execSelf('docker-default') } catch ({ code, syscall, errno }) { console.log(code, syscall, errno) }`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect({ stdout, stderr }).toEqual({ stdout: 'ERR_KERNEL execve EPERM\n', stderr: '' })
  })
})
