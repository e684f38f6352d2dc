/**
 * Where the generators read from: a Linux source tree.
 *
 *   --linux DIR       a tree that is there already (or the environment variable LINUX_SOURCE)
 *   --debian SUITE    Debian's newest linux-source-N of that suite (`sid`), fetched by apt-get into a throw-away
 *                     folder with lists of its own, so dpkg and the machine's apt never notice
 *   --check           write nothing; exit 1 if the generated file would change
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const projectRoot = resolve(import.meta.dirname, '..')

/** What the generators read, as GNU tar patterns: definitions, tables and headers, but hardly any driver. */
const wanted = [
  '*/Makefile',
  '*/Makefile.syscalls',
  'linux-source-*/arch/*/Kconfig',
  '*.tbl',
  '*/include/*',
  ...['arch', 'fs', 'init', 'io_uring', 'ipc', 'kernel', 'mm', 'net', 'security', 'block'].map(
    (folder) => `linux-source-*/${folder}/*.c`,
  ),
  'linux-source-*/drivers/char/random.c',
  'linux-source-*/drivers/pci/syscall.c',
]

/** The mirror that this machine's apt already uses: it has every suite. */
const debianMirror = () => {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian']
  const [mirror] = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).split('\n')
  if (!mirror)
    throw new Error(
      'apt-get knows no Debian mirror: run apt-get update on a Debian machine, or use --linux DIR',
    )
  return mirror
}

const fetchFromDebian = (suite, scratch) => {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc/preferences.d', 'linux']) {
    mkdirSync(join(scratch, folder), { recursive: true })
  }
  writeFileSync(join(scratch, 'state/status'), '')
  writeFileSync(
    join(scratch, 'etc/sources.list'),
    `deb [signed-by=${keyring}] ${debianMirror()} ${suite} main\n`,
  )
  const apt = (command, ...rest) =>
    execFileSync(
      command,
      [
        ...['-o', `Dir::State=${scratch}/state`, '-o', `Dir::State::status=${scratch}/state/status`],
        ...['-o', `Dir::Cache=${scratch}/cache`, '-o', `Dir::Etc=${scratch}/etc`],
        // Without it root's apt-get complains that the user _apt can't write here.
        ...['-o', 'APT::Sandbox::User=root', ...rest],
      ],
      { cwd: scratch, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 600_000 },
    )
  apt('apt-get', '-q', 'update')
  const packages = apt('apt-cache', 'search', '--names-only', '^linux-source-[0-9.]+$')
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter(Boolean)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const newest = packages.at(-1)
  if (!newest)
    throw new Error(`Debian ${suite} has no linux-source package; name another suite or --linux DIR`)
  apt('apt-get', '-q', 'download', newest)
  const deb = readdirSync(scratch).find((file) => file.endsWith('.deb'))
  const unpack =
    'set -o pipefail; deb=$1 to=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" |' +
    ' tar -xO --wildcards "./usr/src/linux-source-*.tar.xz" | xz -dc |' +
    ' tar -x -C "$to" --strip-components=1 --wildcards "$@"'
  execFileSync('bash', ['-c', unpack, 'unpack', join(scratch, deb), join(scratch, 'linux'), ...wanted], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 600_000,
  })
  return join(scratch, 'linux')
}

const versionOf = (root) => {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8')
  const field = (name) => makefile.match(new RegExp(`^${name} = (\\d+)$`, 'm'))?.[1]
  const [major, minor] = [field('VERSION'), field('PATCHLEVEL')]
  if (!major || !minor)
    throw new Error(`${root}/Makefile names no Linux version: is this a Linux source tree?`)
  return `${major}.${minor}`
}

/**
 * Runs a generator: `generate({ root, version })` returns the files as `{ path: content }`, paths from the project
 * root. Writes them, or with `--check` compares.
 */
export const run = (generate) => {
  const { values } = parseArgs({
    options: { linux: { type: 'string' }, debian: { type: 'string' }, check: { type: 'boolean' } },
  })
  const scratch = mkdtempSync(join(tmpdir(), 'linux-source-'))
  try {
    const given = values.linux ?? (values.debian ? undefined : process.env['LINUX_SOURCE'])
    if (!given && !values.debian) {
      console.error('name a source: --linux DIR (or LINUX_SOURCE), or --debian SUITE (for instance sid)')
      process.exitCode = 2
      return
    }
    const root = given ? resolve(given) : fetchFromDebian(values.debian, scratch)
    const files = Object.entries(generate({ root, version: versionOf(root) }))
    for (const [path, content] of files) {
      const file = join(projectRoot, path)
      if (!values.check) {
        mkdirSync(resolve(file, '..'), { recursive: true })
        writeFileSync(file, content)
        console.log(`wrote ${path}`)
      } else if (readFileSync(file, 'utf8') === content) {
        console.log(`${path} is what this source gives`)
      } else {
        console.error(
          `${path} differs from what this source gives; run node ${relative(projectRoot, process.argv[1])} without --check`,
        )
        process.exitCode = 1
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The comment that opens a generated file. */
export const header = (version, what) =>
  `// Generated by tools/gen-syscalls.js from the source of Linux ${version}. Do not edit: run the tool again.\n${what
    .map((line) => `// ${line}\n`)
    .join('')}`
