import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf } from '../docs/blocks.ts'
import { canFilter } from './victims.ts'

/** The lines of docs/sandboxing-a-worker.md that put something round a program beside a filter, as they stand there. */
const root = resolve(import.meta.dirname, '../..')
const lines = blocksOf('docs/sandboxing-a-worker.md')
  .map(({ text }) => text.trimEnd())
  .filter((text) => text.endsWith(' node main.js'))

const can = (command: string): boolean => spawnSync('sh', ['-c', command], { timeout: 20_000 }).status === 0
/** What systemd's own reader finds wrong with settings of a cgroup. It needn't be in charge here for that. */
const systemdRejects = (...settings: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'seccomp-slice-'))
  const file = join(folder, 'worker.slice')
  writeFileSync(file, ['[Slice]', ...settings, ''].join('\n'))
  const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8', timeout: 20_000 })
  rmSync(folder, { recursive: true })
  return (stderr ?? '')
    .split('\n')
    .filter((line) => line.includes(file))
    .join('\n')
}
const nodeIsIn = (folder: string): boolean => process.execPath.startsWith(`${folder}/`)
/** For a user who may be nobody. */
const asNobody = 'setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all'

/** What a line shows by, what it takes, and what the program then finds. Nothing is known of a line that isn't here. */
const surroundings = [
  {
    name: 'another user',
    mark: '--reuid',
    takes: `${asNobody} ${process.execPath} -e "process.chdir('${tmpdir()}')"`,
    lacks: 'root, setpriv(1), and a Node and a folder for temporary files that everybody may use',
    finds: { uid: 65534, secret: 'EACCES', parent: 'EACCES' },
  },
  {
    name: 'namespaces',
    mark: 'unshare --map',
    takes: 'unshare --map-root-user --net --pid --fork --kill-child --mount-proc true',
    lacks: 'unshare(1), user namespaces and a /proc that may be mounted',
    finds: { pid: 1, network: [] },
  },
  {
    name: 'bubblewrap',
    mark: 'bwrap',
    takes: `${nodeIsIn('/usr')} && bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev true`,
    lacks: 'bwrap(1), user namespaces and a Node under /usr',
    finds: { network: ['lo'], secret: 'ENOENT', outside: 'ENOENT' },
  },
  {
    name: 'Landlock',
    mark: '--landlock-access',
    takes: `${nodeIsIn('/usr') && existsSync('/etc/ssl')} && setpriv --landlock-access fs --landlock-rule path-beneath:execute,read-file,read-dir:/ true`,
    lacks: 'setpriv(1) of util-linux 2.40, a kernel with Landlock, /etc/ssl and a Node under /usr',
    finds: { secret: 'EACCES', outside: 'EACCES' },
  },
  {
    name: 'a cgroup',
    mark: 'systemd-run',
    takes: 'systemd-run --scope --quiet true',
    lacks: 'systemd, and the right to ask it',
    finds: { limited: true },
  },
]

const program = {
  'main.js': `
    import { readFileSync } from 'node:fs'
    import { networkInterfaces } from 'node:os'
    import { fork } from 'seccomp'
    const network = Object.keys(networkInterfaces())
    // What a wider preset leaves open.
    const worker = fork('worker.cjs', [process.env.SECRET, process.env.OUTER], { seccomp: 'node:reader', env: {} })
    worker.on('message', (found) => console.log(JSON.stringify({
      ...found, network, pid: process.pid, uid: process.getuid(),
      limited: /\\.scope$/m.test(readFileSync('/proc/self/cgroup', 'utf8')),
    })))`,
  'worker.cjs': `
    const { readFileSync } = require('node:fs')
    const attempt = (file) => {
      try { return readFileSync(file).length } catch ({ code }) { return code }
    }
    const [secret, outer] = process.argv.slice(2)
    process.send({
      sum: [1, 2, 3].reduce((a, b) => a + b),
      secret: attempt(secret), parent: attempt('/proc/' + outer + '/environ'), outside: attempt('/etc/passwd'),
    }, () => process.disconnect())`,
  'package.json': '{ "type": "module" }',
}

describe.runIf(canFilter)('what docs/sandboxing-a-worker.md adds to a filter', () => {
  let [home, secret] = ['', '']
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'seccomp-surroundings-'))
    chmodSync(home, 0o755)
    for (const [name, text] of Object.entries(program)) writeFileSync(join(home, name), text)
    // The Node of this test, and no other program that lies beside it.
    mkdirSync(join(home, 'bin'))
    symlinkSync(process.execPath, join(home, 'bin/node'))
    // The package where every user may read it, which a checkout in somebody's home isn't.
    const installed = join(home, 'node_modules/seccomp')
    for (const part of ['package.json', 'dist', 'build/Release/launcher', 'build/Release/seccomp.node'])
      cpSync(join(root, part), join(installed, part), { recursive: true })
    cpSync(join(root, 'node_modules/yaml'), join(home, 'node_modules/yaml'), { recursive: true })
    secret = `${home}.secret`
    writeFileSync(secret, 'secret', { mode: 0o600 })
  })
  afterAll(() => {
    for (const path of [home, secret]) rmSync(path, { recursive: true })
  })
  const run = (line: string): object => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', line], {
      cwd: home,
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        PATH: `${join(home, 'bin')}:${process.env['PATH']}`,
        SECRET: secret,
        OUTER: String(process.pid),
      },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return JSON.parse(stdout) as object
  }

  test('is known here, each line', () => {
    expect(lines.map((line) => surroundings.filter(({ mark }) => line.includes(mark)).length)).toEqual(
      surroundings.map(() => 1),
    )
  })

  test('is needed: without it a worker reads what its user may', () => {
    expect(run('node main.js')).toMatchObject({ sum: 6, secret: 6 })
  })

  const knowsSettings = canFilter && systemdRejects('NoSuchSetting=1').includes('NoSuchSetting')
  if (!knowsSettings) console.log("skipped: the cgroup's settings, for want of systemd-analyze(1)")
  test.runIf(knowsSettings)('a cgroup has settings that systemd knows, with values that it takes', () => {
    const line = lines.find((each) => each.includes('systemd-run'))!
    const settings = Array.from(line.matchAll(/ -p (\S+)/g), ([, setting]) => setting!)
    expect(settings.length).toBeGreaterThan(1)
    expect(systemdRejects(...settings)).toBe('')
  })

  for (const { name, mark, takes, lacks, finds } of surroundings) {
    const isHere = canFilter && can(takes)
    if (canFilter && !isHere) console.log(`skipped: ${name} round a worker, for want of ${lacks}`)
    test.runIf(isHere)(`${name}: the worker does its work, and finds what is left`, () => {
      const line = lines.find((each) => each.includes(mark))!
      expect(run(line)).toMatchObject({ sum: 6, ...finds })
    })
  }
})
