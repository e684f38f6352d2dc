import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * The native code built once more, with gcc's sanitizers, into build/Sanitized: the addon with those that need a libc
 * (bad memory accesses, undefined behaviour), the programs with those that need none: what is undefined traps (SIGILL).
 */
const root = resolve(import.meta.dirname, '../..')
const folder = resolve(root, 'build/Sanitized')

const programFlags = `-std=c11 -O1 -g -ffreestanding -fno-builtin -fno-pie -no-pie -fno-stack-protector
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -nostdlib -static -Wl,-z,noexecstack
  -fsanitize=undefined -fsanitize-undefined-trap-on-error`
const addonFlags = `-std=c++20 -O1 -g -fno-exceptions -fno-rtti -fno-omit-frame-pointer -fPIC -shared -DNAPI_VERSION=8
  -fsanitize=address,undefined -fno-sanitize-recover=undefined`
const runtimes = ['libasan.so', 'libubsan.so', 'libstdc++.so']

const words = (text: string): string[] => text.split(/\s+/)

const compile = (compiler: string, args: readonly string[]): void => {
  const { status, stderr, error } = spawnSync(compiler, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${compiler} ${args.join(' ')}: ${stderr}`)
}

/** Where gcc has a library; its bare name means that it has none. */
const library = (name: string): string =>
  spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout?.trim() ?? name

const includes = (): string | undefined => {
  const config = resolve(root, 'build/config.gypi')
  const nodedir = existsSync(config) && /"nodedir": "([^"]+)"/.exec(readFileSync(config, 'utf8'))?.[1]
  return [resolve(process.execPath, '../..'), ...(nodedir ? [nodedir] : [])]
    .map((each) => resolve(each, 'include/node'))
    .find((each) => existsSync(resolve(each, 'node_api.h')))
}

/** Why nothing can be built, or undefined. */
export const cannotSanitize = (): string | undefined => {
  if (!spawnSync('g++', ['--version'], { encoding: 'utf8' }).stdout?.includes('Free Software Foundation'))
    return 'g++ is missing'
  if (spawnSync('python3', ['--version']).status !== 0) return 'python3 is missing'
  const missing = runtimes.find((name) => !library(name).startsWith('/'))
  if (missing) return `${missing} is missing`
  return includes() ? undefined : "Node's headers are missing: npm run build:native fetches them"
}

/** One of the programs, trapping; returns where it lies. */
export const sanitizedProgram = (name: 'launcher' | 'canary' | 'probe'): string => {
  mkdirSync(folder, { recursive: true })
  const file = resolve(folder, name)
  compile('gcc', [...words(programFlags), `native/${name}/${name}.c`, '-o', file])
  return file
}

let environment: Record<string, string> | undefined

/** The addon; returns the environment with which a victim loads it in the built one's place. */
export const sanitizedAddon = (): Record<string, string> => {
  if (environment) return environment
  // Where node-gyp-build looks for a build.
  const release = resolve(folder, 'build/Release')
  mkdirSync(release, { recursive: true })
  const sources = readdirSync(resolve(root, 'native/addon'))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => `native/addon/${name}`)
  compile('g++', [...words(addonFlags), `-I${includes()}`, ...sources, '-o', `${release}/seccomp.node`])
  environment = {
    SECCOMP_PREBUILD: folder,
    LD_PRELOAD: runtimes.map(library).join(':'),
    // Node never gives back what it has when it ends.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  }
  return environment
}
