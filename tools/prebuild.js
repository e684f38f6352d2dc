/**
 * Makes what the npm package carries in place of an install script: prebuilds/linux-{x64,arm64}/ with the addon, once a
 * libc, and the programs with their run bit. `npm pack` runs it (prepack).
 *
 * This CPU's binaries always; the other's if its cross compiler is there (Debian: g++-aarch64-linux-gnu or
 * g++-x86-64-linux-gnu). `--all` makes a missing one an error: what a release wants. `--only arm64` makes no other. The
 * addon depends on no libc (binding.gyp), so the file for glibc is the file for musl too; two names, because
 * node-gyp-build tells the two apart.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const modules = dirname(dirname(createRequire(import.meta.url).resolve('prebuildify/package.json')))
const programs = ['launcher', 'canary', 'probe']
const crossPrefixes = { x64: 'x86_64-linux-gnu-', arm64: 'aarch64-linux-gnu-' }

const answers = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

/**
 * Only what makes a binary: a build of its own, so that the checkout's build and its test addon stay as they are. It lies
 * within the checkout, for prebuildify runs programs from every node_modules/.bin above it.
 */
const layCopy = () => {
  mkdirSync(join(root, 'build'), { recursive: true })
  const copy = mkdtempSync(join(root, 'build/prebuild-'))
  for (const name of ['package.json', 'binding.gyp', 'native'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  return copy
}

const prebuild = (arch, prefix) => {
  const copy = layCopy()
  const folder = join(root, 'prebuilds', `linux-${arch}`)
  rmSync(folder, { recursive: true, force: true })
  const nodedir = resolve(process.execPath, '../..')
  const env = {
    ...process.env,
    GYP_DEFINES: 'tests=0',
    ...(existsSync(join(nodedir, 'include/node/node_api.h')) ? { npm_config_nodedir: nodedir } : {}),
    ...(prefix ? { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar` } : {}),
  }
  const args = ['--napi', '--strip', '--strip-bin', `${prefix}strip`, '--tag-libc', 'glibc', '--arch', arch]
  args.push('--target', process.version, '--cwd', copy, '--out', root)
  try {
    const { status } = spawnSync(process.execPath, [join(modules, 'prebuildify/bin.js'), ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      cwd: copy,
      env,
    })
    if (status !== 0) throw new Error(`prebuild: prebuildify failed for ${arch}`)
    copyFileSync(join(folder, 'seccomp.glibc.node'), join(folder, 'seccomp.musl.node'))
    for (const program of programs) {
      copyFileSync(join(copy, 'build/Release', program), join(folder, program))
      chmodSync(join(folder, program), 0o755)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

if (process.platform !== 'linux' || !(process.arch in crossPrefixes)) {
  console.log(
    `prebuild: nothing is built on ${process.platform} ${process.arch}; a package made here has no native part`,
  )
} else {
  const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
  for (const [arch, prefix] of Object.entries(crossPrefixes)) {
    if (only !== undefined && arch !== only) continue
    if (arch === process.arch) prebuild(arch, '')
    else if (answers(`${prefix}g++`)) prebuild(arch, prefix)
    else if (process.argv.includes('--all'))
      throw new Error(`prebuild: ${prefix}g++ is missing, and --all was asked for`)
    else console.log(`prebuild: ${arch} is left out, for there is no ${prefix}g++`)
  }
}
