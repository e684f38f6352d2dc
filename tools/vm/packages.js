/**
 * Packages of other Debian releases and architectures, unpacked into a folder: by apt itself, from this machine's own
 * mirror and with its keys, but with lists of its own, so that nothing of this machine's changes. Needs no root.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** It can't be had here, and why: a reason to skip, not a failure. */
export class Unavailable extends Error {}

/** What is fetched once; `npm ci` clears it. */
export const cache = resolve(import.meta.dirname, '../../node_modules/.cache/seccomp-vms')

const run = (command, args, options = {}) => {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
      maxBuffer: 64 << 20,
      ...options,
    })
  } catch (error) {
    const said = String(error.stderr ?? '')
      .trim()
      .split('\n')
      .at(-1)
    throw new Unavailable(`${command} ${args.at(-1)}: ${said || error.message.split('\n')[0]}`)
  }
}

/** Where this machine's apt has Debian from. */
const mirror = () => {
  const format = '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)'
  const rows = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).split('\n')
  const found = rows
    .map((row) => row.split('|'))
    .find((row) => row.slice(0, 3).join() === 'Debian,Debian,main')
  if (!found) throw new Unavailable('apt knows no mirror of Debian here (apt-get update)')
  return found[3]
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** apt for one release and architecture, its lists fetched. */
const aptFor = ({ suite, architecture }) => {
  const state = join(cache, 'apt', `${suite}-${architecture}`)
  const list = join(state, 'sources.list')
  const options = [
    `Dir::State=${state}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${state}/cache`,
    `Dir::Etc::sourcelist=${list}`,
    'Dir::Etc::sourceparts=-',
    'Dir::Etc::preferencesparts=-',
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option])
  const apt = (command, args, at) => run(command, [...options, ...args], { cwd: at })
  if (!existsSync(join(state, 'fetched'))) {
    for (const folder of ['lists/partial', 'cache/archives/partial'])
      mkdirSync(join(state, folder), { recursive: true })
    writeFileSync(list, `deb [signed-by=${keyring}] ${mirror()} ${suite} main\n`)
    apt('apt-get', ['update', '-q', '--error-on=any'])
    writeFileSync(join(state, 'fetched'), '')
  }
  return apt
}

/**
 * The folder with a package's files.
 * @param from `{ suite, architecture }`, as Debian calls them
 */
export const unpacked = (from, name) => {
  const folder = join(cache, 'packages', `${from.suite}-${from.architecture}`, name)
  if (existsSync(folder)) return folder
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  aptFor(from)('apt-get', ['download', '-q', name], making)
  const [deb] = readdirSync(making)
  mkdirSync(join(making, 'files'))
  // A kernel's modules are most of its package, and these machines need none.
  const extract = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --exclude "*.ko" --exclude "*.ko.xz"'
  run('sh', ['-c', extract, 'sh', join(making, deb), join(making, 'files')])
  renameSync(join(making, 'files'), folder)
  rmSync(making, { recursive: true })
  return folder
}

/** The packages a package names that match, in its own order. */
const dependencies = (from, name, pattern) =>
  aptFor(from)('apt-cache', ['depends', '--no-recommends', '--no-suggests', name])
    .split('\n')
    .flatMap((line) => line.match(/Depends: (\S+)/)?.[1] ?? [])
    .filter((each) => pattern.test(each))

/**
 * The kernel image behind a name that stands for the newest of a release, such as linux-image-cloud-amd64. From 7.x on
 * the image's package is empty and its binary's has it.
 * @returns its path, and its name as `uname -r` has it
 */
export const kernelImage = (from, name) => {
  let packages = [name]
  for (let depth = 0; depth < 3; depth++) {
    packages = packages.flatMap((each) => dependencies(from, each, /^linux-(image|binary)-\d/))
    for (const each of packages) {
      const image = imageIn(unpacked(from, each))
      if (image) return { image, release: each.replace(/^linux-(image|binary)-/, '') }
    }
  }
  throw new Unavailable(`${name} of ${from.suite} leads to no kernel image`)
}

const imageIn = (folder) => {
  const boot = join(folder, 'boot')
  if (existsSync(boot)) {
    const file = readdirSync(boot).find((name) => /^vmlinu[xz]-/.test(name))
    if (file) return join(boot, file)
  }
  const modules = join(folder, 'usr/lib/modules')
  const versions = existsSync(modules) ? readdirSync(modules) : []
  return versions.map((version) => join(modules, version, 'vmlinuz')).find((path) => existsSync(path))
}
