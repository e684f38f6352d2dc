import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bin, execute, type Result } from '../cli/seccomp.ts'
import { withoutMkdir } from '../kernel/programs.ts'
import { canFilter, hex } from '../kernel/victims.ts'
import { sharedData } from '../shared-data.ts'
import { allNodes, installedNode, majors } from './nodes.ts'

/** The command, the library and the filtered program, each on every Node that the package supports. */

const found = new Map(majors.map((major) => [major, canFilter ? installedNode(major) : undefined]))
const absent = majors.filter((major) => found.get(major) === undefined)
const why = allNodes
  ? "for npm can't install it here"
  : "not fetched yet; 'npm run test:nodes' fetches them (60 MB each) and tests all"
if (canFilter && absent.length > 0) console.log(`skipped: Node ${absent.join(', ')}, ${why}`)
if (allNodes || !canFilter) for (const major of absent) test.skip(`on Node ${major}`)

const profile = sharedData('profiles/moby-default.json') ?? 'docker-default'
const index = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)

for (const major of majors.filter((each) => !absent.includes(each)))
  describe(`on Node ${major}`, () => {
    const node = found.get(major)!
    const seccomp = (...args: string[]): Promise<Result> => execute(node, [bin, ...args])
    const run = (...command: string[]): Promise<Result> =>
      seccomp('run', '--profile', profile, '--', ...command)

    test("a Docker profile denies unshare, with EPERM, and Node's own work goes on", async () => {
      expect(await run('unshare', '-U', 'true')).toMatchObject({
        code: 1,
        stderr: 'unshare: unshare failed: Operation not permitted\n',
      })
      expect(await run(node, '-e', 'console.log(1)')).toMatchObject({ code: 0, stdout: '1\n', stderr: '' })
    })

    test('files, network, threads, children, cryptography and timers work under it', async () => {
      const { code, stdout, stderr } = await run(node, join(import.meta.dirname, 'work.js'))
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout)).toEqual({
        files: 'written',
        network: 'served',
        thread: 'threaded',
        child: 'spawned',
        crypto: 32,
        zlib: 'compressed',
        timer: 'waited',
        mode: '2',
      })
    })

    test('the addon loads, and finds what it finds on the Node of these tests', async () => {
      const script = `import(${index}).then(({ kernelSupport }) => console.log(JSON.stringify(kernelSupport())))`
      const [own, other] = await Promise.all(
        [process.execPath, node].map((each) => execute(each, ['-e', script])),
      )
      expect(other).toMatchObject({ code: 0, stderr: '' })
      expect(JSON.parse(other!.stdout)).toMatchObject({ filters: true, ...JSON.parse(own!.stdout) })
      const checked = await seccomp('check', '--json')
      expect(checked).toMatchObject({ code: 0, stderr: '' })
      expect(() => JSON.parse(checked.stdout)).not.toThrow()
    })

    test('a filter installed in the process reaches the threads of the pool', async () => {
      const victim = join(import.meta.dirname, '../kernel/victims/install.js')
      const { code, stdout, stderr } = await execute(node, [victim, hex(withoutMkdir)])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout)).toMatchObject({ failure: null, main: 'EPERM', pool: 'EPERM' })
    })

    test('compile gives the same bytes as everywhere', async () => {
      const args = ['compile', profile, '--arch', 'x86_64', '--kernel', '6.18', '--caps', 'docker', '--quiet']
      const [own, other] = await Promise.all(
        [process.execPath, node].map((each) => execute(each, [bin, ...args])),
      )
      expect(other).toMatchObject({ code: 0, stderr: '' })
      expect(other!.bytes.length).toBeGreaterThan(0)
      expect(other!.bytes.equals(own!.bytes)).toBe(true)
    })
  })
