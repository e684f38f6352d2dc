import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Block, blocksOf } from './blocks.ts'

/**
 * What README and docs show is run: every js block with `// prints:` lines, which are its output; a document's other js
 * blocks as one program, each console.log with its output behind `//`; every sh block with prompts, the lines after a
 * prompt being its output (… stands for anything). A yaml block that begins with `# name.yaml` is that file. And every
 * link to a file leads somewhere.
 */
const root = resolve(import.meta.dirname, '../..')
const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))]

const blocks = documents.flatMap(blocksOf)

const linux = process.platform === 'linux'
const place = mkdtempSync(join(tmpdir(), 'seccomp-docs-'))
afterAll(() => rmSync(place, { recursive: true }))
symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
writeFileSync(
  join(place, 'seccomp'),
  `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/seccomp.js')}' "$@"\n`,
  {
    mode: 0o755,
  },
)
for (const { document, language, text } of blocks)
  if (document === 'README.md' && language === 'json') writeFileSync(join(place, 'profile.json'), text)
for (const { language, text } of blocks) {
  const name = language === 'yaml' && /^# ([\w-]+\.yaml)$/m.exec(text)?.[1]
  if (name) writeFileSync(join(place, name), text)
}

/** A file inside the checkout, so that `import 'seccomp'` finds this package by its own name. */
const runScript = (text: string): string => {
  const file = join(root, `.example-${process.pid}-${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(file, text)
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
      cwd: place,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return status === 0 ? stdout : `exit ${status}\n${stdout}${stderr}`
  } finally {
    rmSync(file)
  }
}

/** Expected text as a pattern: … is anything, on as many lines as it takes. */
const pattern = (expected: string): RegExp =>
  new RegExp(
    `^${expected
      .trim()
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('[^]*')}$`,
  )

const title = ({ document, text }: Block): string =>
  `${document}: ${text.split('\n').find((line) => line.trim())}`

describe.skipIf(!linux)(`examples${linux ? '' : ' (skipped: they need Linux)'}`, () => {
  const scripts = blocks.filter(({ language }) => language === 'js')
  const alone = scripts.filter(({ text }) => text.includes('// prints: '))
  test.each(alone.map((block) => [title(block), block] as const))('%s', (_, { text }) => {
    const prints = [...text.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line)
    expect(runScript(text).trim()).toMatch(pattern(prints.join('\n')))
  })

  const rest = scripts.filter((block) => !alone.includes(block))
  test.each([...new Set(rest.map(({ document }) => document))])('%s, as one program', (document) => {
    const program = rest
      .filter((block) => block.document === document)
      .map(({ text }) => text)
      .join('\n')
    const logs = program.split('\n').filter((line) => line.startsWith('console.log('))
    const prints = logs.map((line) => / \/\/ (.*)$/.exec(line)?.[1])
    expect(prints.length, 'a program says what it prints').toBeGreaterThan(0)
    expect(runScript(program).trim()).toMatch(pattern(prints.join('\n')))
  })

  const sessions = blocks.filter(({ language, text }) => language === 'sh' && text.startsWith('$ '))
  test.each(sessions.map((block) => [title(block), block] as const))('%s', (_, { text }) => {
    for (const step of text.split(/^\$ /m).slice(1)) {
      const [command, ...expected] = step.split('\n')
      const { stdout, stderr } = spawnSync('sh', ['-c', command!], {
        cwd: place,
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, PATH: `${place}:${dirname(process.execPath)}:${process.env['PATH']}` },
      })
      expect(`${stdout}${stderr}`.trim(), command).toMatch(pattern(expected.join('\n')))
    }
  })
})

describe('documents', () => {
  test('link to files that exist', () => {
    const broken = documents.flatMap((document) =>
      [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !existsSync(resolve(root, dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    )
    expect(broken).toEqual([])
  })

  test('have examples that run', () => {
    expect(blocks.filter(({ language }) => language === 'js').length).toBeGreaterThan(3)
  })
})
