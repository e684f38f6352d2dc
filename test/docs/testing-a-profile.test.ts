import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { scratch } from '../cli/scratch.ts'
import { execute, type Result, seccomp } from '../cli/seccomp.ts'
import { canFilter } from '../kernel/victims.ts'
import { blocksOf } from './blocks.ts'

/** The test files and CI set-ups that docs/testing-a-profile.md shows are run, each as its reader would run it. */
const root = resolve(import.meta.dirname, '../..')
const blocks = blocksOf('docs/testing-a-profile.md')

const block = (language: string, opening = ''): string => {
  const found = blocks.find((each) => each.language === language && each.text.startsWith(opening))
  if (!found) throw new Error(`the document has no ${language} block that begins with ${opening}`)
  return found.text
}

/**
 * Files in a folder of the checkout, where `import 'seccomp'` finds this package by its own name; in one that other tests
 * don't copy.
 */
const inCheckout = (files: Record<string, string>): string => {
  const folder = join(root, 'test-results', `example-${process.pid}-${Object.keys(files)[0]}`)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

/** The runner's own reporters would otherwise write where the outer one does. */
const alone = { CI: '', GITHUB_ACTIONS: '', NODE_OPTIONS: '', VITEST: '' }

describe.runIf(canFilter)('test files', () => {
  test('of node:test', async () => {
    const folder = inCheckout({ 'a.test.js': block('js node:test') })
    const args = ['--test', '--test-reporter=tap', join(folder, 'a.test.js')]
    const { code, stdout, stderr } = await execute(process.execPath, args, { env: alone })
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/# pass [1-9]/)
  })

  test('of vitest', async () => {
    const folder = inCheckout({
      'b.test.js': block('js vitest'),
      'vitest.config.js': 'export default {}\n',
    })
    const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder]
    const { code, stdout, stderr } = await execute(process.execPath, args, { cwd: folder, env: alone })
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('1 passed')
  })

  test("of Jest, with Jest's own expect and globals like its", async () => {
    const folder = inCheckout({
      'c.test.js': block('js jest'),
      'run.js': `import { expect } from 'expect'
        const tests = []
        Object.assign(globalThis, { expect, test: (name, run) => tests.push(run) })
        await import('seccomp/testing/jest')
        await import('./c.test.js')
        for (const run of tests) await run()
        console.log(tests.length)`,
    })
    const { stdout, stderr } = await execute(process.execPath, [join(folder, 'run.js')], { env: alone })
    expect(stdout, stderr).toBe('1\n')
  })
})

describe('set-ups', () => {
  const profile = JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }],
  })
  const holds = 'expect: [{ call: read, verdict: ALLOW }]'
  const fails = 'expect: [{ call: mount, verdict: ALLOW }]'

  /** Runs a set-up's command, after `seccomp`, where its files are. */
  const run = async (args: readonly string[], files: Record<string, string>): Promise<Result> => {
    const cwd = scratch()
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(resolve(cwd, name, '..'), { recursive: true })
      writeFileSync(join(cwd, name), content)
    }
    return seccomp(
      args.map((arg) => arg.replace(/^\//, './')),
      { cwd },
    )
  }

  test('of GitHub Actions', async () => {
    const { jobs } = parse(block('yaml', '# .github/workflows/seccomp.yml\n')) as {
      jobs: { profile: { steps: { run?: string }[] } }
    }
    const command = jobs.profile.steps.flatMap(
      ({ run = '' }) => /^npx seccomp (.*)$/.exec(run)?.[1] ?? [],
    )[0]!
    const args = command.split(' ')
    const files = { 'seccomp/web.json': profile }
    expect(await run(args, { ...files, 'seccomp/expectations.yaml': holds })).toMatchObject({ code: 0 })
    expect(await run(args, { ...files, 'seccomp/expectations.yaml': fails })).toMatchObject({ code: 1 })
  })

  test('of Kubernetes', async () => {
    const { spec } = parse(block('yaml', '# web-pod.yaml\n')) as {
      spec: { initContainers: { command: string[] }[] }
    }
    const [, ...args] = spec.initContainers[0]!.command
    const files = { 'profiles/web.json': profile }
    expect(await run(args, { ...files, 'expectations/web.yaml': holds })).toMatchObject({ code: 0 })
    expect(await run(args, { ...files, 'expectations/web.yaml': fails })).toMatchObject({ code: 1 })
  })
})
