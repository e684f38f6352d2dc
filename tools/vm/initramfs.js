/** What a machine starts with: the probe; where there is Node, Node and the package with its tests. */
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { writeArchive } from './cpio.js'
import { realOrder, verdictsOrder } from './order.js'
import { cache, Unavailable, unpacked } from './packages.js'

const root = resolve(import.meta.dirname, '../..')
/** Debian's name for an architecture in Node's. */
const nodeArchitectures = { amd64: 'x64', arm64: 'arm64' }

/**
 * @param kernel as `uname -r` will have it
 * @returns the archive's path
 */
export const makeInitramfs = (machine, kernel) => {
  const { name, arch, debian, suite, node } = machine
  const version = kernel.match(/^\d+\.\d+/)[0]
  const entries = new Map([
    // Without it the first program has no output.
    ['dev/console', { device: [5, 1] }],
    ['init', { file: join(root, 'test/vm/init'), mode: 0o755 }],
    ['bin/busybox', { file: busybox(suite, debian) }],
    ['etc/passwd', { text: 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\n' }],
    ['etc/group', { text: 'root:x:0:\nnode:x:1000:\n' }],
    ['vm/probe', { file: compileProbe(arch) }],
    ['vm/verdicts', { text: verdictsOrder(arch, version) }],
    ['vm/real', { text: realOrder(arch, version) }],
  ])
  if (node) {
    for (const [path, entry] of nodeFor(node, debian)) entries.set(path, entry)
    for (const [path, entry] of packageFor(nodeArchitectures[debian])) entries.set(`app/${path}`, entry)
    const { lacks } = machine
    entries.set('vm/machine.json', { text: JSON.stringify({ arch, version, lacks }) })
  }
  mkdirSync(join(cache, 'machines'), { recursive: true })
  const archive = join(cache, 'machines', `${name}.cpio`)
  writeArchive(archive, entries)
  return archive
}

/** Any release's will do, for it is static; from bookworm on it is in usr/bin or bin. */
const busybox = (suite, debian) => {
  const folder = unpacked({ suite, architecture: debian }, 'busybox-static')
  return [join(folder, 'bin/busybox'), join(folder, 'usr/bin/busybox')].find((path) => existsSync(path))
}

const compileProbe = (arch) => {
  mkdirSync(cache, { recursive: true })
  const program = join(cache, `probe-${arch}`)
  const args = ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', program, join(root, 'test/vm/probe.c')]
  const compiler = `${arch}-linux-gnu-gcc`
  try {
    execFileSync(compiler, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: 60_000 })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Unavailable(
      `there is no ${compiler} (apt-get install ${compiler.replace(/(.*)-(gcc)$/, '$2-$1').replace('_', '-')})`,
    )
  }
  return program
}

const sharedLibrary = /^(usr\/)?lib(64)?\/([^/]+-linux-gnu\/)?[^/]+\.so[.\d]*$/
const isLink = (path) => lstatSync(path).isSymbolicLink()

/** Node as npm has it, with the C and C++ libraries of Debian 12. */
const nodeFor = (major, debian) => {
  const folder = fetchedNode(major, nodeArchitectures[debian])
  const entries = new Map([['usr/local/bin/node', { file: join(folder, 'bin/node'), mode: 0o755 }]])
  for (const name of ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1']) {
    const files = unpacked({ suite: 'bookworm', architecture: debian }, name)
    for (const path of filesBelow(files).filter((each) => sharedLibrary.test(each)))
      entries.set(
        path,
        isLink(join(files, path)) ? { link: readlinkSync(join(files, path)) } : { file: join(files, path) },
      )
  }
  return entries
}

/** Those that the tests of other Nodes fetched serve here too. */
const fetchedNode = (major, architecture) => {
  const name = `node-linux-${architecture}`
  const places = ['seccomp-node-versions', 'seccomp-vms/node'].map((folder) =>
    join(root, 'node_modules/.cache', folder, String(major)),
  )
  const folderIn = (place) => join(place, 'node_modules', name)
  const found = places.map(folderIn).find((folder) => existsSync(join(folder, 'bin/node')))
  if (found) return found
  const quiet = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--force']
  try {
    // --force: it is for another CPU than this one's.
    execFileSync('npm', ['install', ...quiet, '--prefix', places[1], `${name}@${major}`], {
      stdio: 'ignore',
      timeout: 240_000,
    })
  } catch {
    rmSync(places[1], { recursive: true, force: true })
    throw new Unavailable(`npm can't install ${name}@${major}`)
  }
  return folderIn(places[1])
}

/** What a user of the package has, and the tests. */
const packageFor = (architecture) => {
  const folders = [
    'bin',
    'dist',
    'out',
    'node_modules/commander',
    'node_modules/yaml',
    'node_modules/node-gyp-build',
  ]
  const tests = ['test/vm/guest', 'test/kernel/victims', 'test/kernel/refuse-mkdir.json']
  const files = [...folders, ...tests, ...nativeFor(architecture)].flatMap((path) =>
    filesBelow(join(root, path)).map((file) => join(path, file)),
  )
  const kept = files.filter((path) => !/\.(d\.[cm]?ts|map|md)$/.test(path))
  return new Map(['package.json', ...kept].map((path) => [path, { file: join(root, path) }]))
}

/** This checkout's build, or for another CPU what the published package has for it, made anew. */
const nativeFor = (architecture) => {
  if (architecture === process.arch)
    return ['seccomp.node', 'launcher', 'canary', 'probe'].map((name) => `build/Release/${name}`)
  const folder = `prebuilds/linux-${architecture}`
  rmSync(join(root, folder), { recursive: true, force: true })
  execFileSync(process.execPath, [join(root, 'tools/prebuild.js'), '--only', architecture], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 240_000,
    maxBuffer: 64 << 20,
  })
  if (existsSync(join(root, folder))) return [folder]
  throw new Unavailable(`there is no cross compiler for ${architecture}`)
}

/** Paths relative to a folder; of a file, '' for itself. */
const filesBelow = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((each) => !each.isDirectory())
        .map((each) => relative(path, join(each.parentPath ?? each.path, each.name)))
    : ['']
