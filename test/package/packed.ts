import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
/** npm tells its scripts where it is; without it the one beside Node. */
export const npmCli: string =
  process.env['npm_execpath'] ?? join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')

/** What a clone doesn't have, so that the pack makes it anew. */
const left = ['node_modules', '.git', 'build', 'dist', 'out', 'prebuilds', 'coverage', 'test-results']

/** The package as a stranger has it. */
export interface Packed {
  readonly tarball: string
  /** What is in the tarball, sorted. */
  readonly files: readonly string[]
  /** An empty folder in which the tarball was installed, without scripts. */
  readonly home: string
  /** The package in it. */
  readonly installed: string
  /** Runs the Node of this process in `home`, where there is no compiler and the shipped binaries are used. */
  run(args: readonly string[], env?: Record<string, string>): string
  remove(): void
}

/**
 * `npm pack` of a fresh copy of this checkout, so that nothing that other tests use is built anew under them; then an
 * installation into an empty folder.
 */
export const packAndInstall = (): Packed => {
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-package-'))
  const [checkout, home, bin] = ['checkout', 'home', 'bin'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ]
  cpSync(root, checkout, {
    recursive: true,
    filter: (path) => dirname(path) !== root || !left.includes(basename(path)),
  })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  const npm = (cwd: string, args: readonly string[], path: string): void => {
    // npm's own settings of an outer `npm test` would speak of another package.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/.test(name)),
    )
    execFileSync(process.execPath, [npmCli, ...args], {
      cwd,
      env: { ...env, PATH: path },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 240_000,
    })
  }
  npm(checkout, ['pack', '--pack-destination', scratch], process.env['PATH']!)
  const tarball = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz'))!)

  // Node is the only program there is.
  for (const folder of [home, bin]) mkdirSync(folder)
  symlinkSync(process.execPath, join(bin, 'node'))
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  npm(home, ['install', ...quiet, tarball], bin)

  return {
    tarball,
    files: execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
      .trimEnd()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''))
      .sort(),
    home,
    installed: join(home, 'node_modules/seccomp'),
    run: (args, env = {}) =>
      execFileSync(process.execPath, args, {
        cwd: home,
        encoding: 'utf8',
        timeout: 30_000,
        env: { PATH: bin, PREBUILDS_ONLY: '1', ...env },
      }),
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  }
}
