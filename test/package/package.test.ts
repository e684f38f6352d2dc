import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Packed, packAndInstall } from './packed.ts'

const root = resolve(import.meta.dirname, '../..')
const hasNative = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
if (!hasNative)
  console.log(`skipped: the native half of the package, which ${process.platform} ${process.arch} lacks`)

let packed: Packed
beforeAll(() => {
  packed = packAndInstall()
}, 300_000)
afterAll(() => packed?.remove())

/** Holds the package to one of the repository's own development tools; its words are the failure's message. */
const expectPasses = (tool: string, ...args: string[]): void => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', tool), ...args],
    {
      encoding: 'utf8',
      timeout: 120_000,
    },
  )
  expect(status, `${stdout}${stderr}`).toBe(0)
}

const json = (code: string, env: Record<string, string> = {}): unknown =>
  JSON.parse(packed.run(['--input-type=module', '-e', code], env))

describe('the tarball', () => {
  const allowed = [
    /^(package\.json|README\.md|LICENSE)$/,
    /^bin\/seccomp\.js$/,
    /^dist\/(?!.*\.test\.)[\w./-]+\.(c?js|d\.c?ts)$/,
    /^native\/(addon|launcher|canary|probe)\/[\w-]+\.(cc|c|h)$/,
    /^native\/system\.h$/,
    /^schema\/expectations\.schema\.json$/,
    /^prebuilds\/linux-(x64|arm64)\/(launcher|canary|probe|seccomp\.(glibc|musl)\.node)$/,
  ]

  test('has what is named here and nothing else', () => {
    expect(packed.files.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([])
  })

  test('has no binding.gyp, from which npm would build, and no script that runs at install time', () => {
    expect(packed.files).not.toContain('binding.gyp')
    const { scripts, gypfile } = JSON.parse(readFileSync(join(packed.installed, 'package.json'), 'utf8'))
    expect(gypfile).toBe(false)
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  })

  test('has a file for each entry, with its types, and what they share: nothing stale, nothing by itself', () => {
    const isModule = (path: string): boolean => /^dist\/.*\.c?js$/.test(path)
    const modules = packed.files.filter((path) => isModule(path) && !path.startsWith('dist/chunks/'))
    expect(modules.length).toBeGreaterThan(8)
    for (const path of modules) expect(packed.files).toContain(path.replace(/\.(c?)js$/, '.d.$1ts'))
    for (const path of packed.files.filter((path) => /^dist\/.*\.d\.c?ts$/.test(path))) {
      const source = path.replace(/^dist/, 'lib').replace(/\.d(\.c?ts)$/, '$1')
      expect(existsSync(join(root, source)), path).toBe(true)
    }
  })

  test('has a pure half without a word of Node in it', () => {
    const files = ['core.js', 'chunks/pure.js'].map((name) =>
      readFileSync(join(packed.installed, 'dist', name), 'utf8'),
    )
    expect(files.join('').match(/from "(?!\.)[^"]*"/g)).toBeNull()
    expect([...files[0]!.matchAll(/from "([^"]*)"/g)].map(([, path]) => path)).toEqual(['./chunks/pure.js'])
  })

  test('passes publint, strictly', () => {
    expectPasses('publint/src/cli.js', 'run', packed.tarball, '--strict')
  })

  test('passes arethetypeswrong, as an ESM-only package', () => {
    expectPasses('@arethetypeswrong/cli/dist/index.js', packed.tarball, '--profile', 'esm-only')
  })

  test('has types that a strict consumer compiles', () => {
    writeFileSync(
      join(packed.home, 'consumer.ts'),
      `import { type KernelSupport, SeccompError, kernelSupport } from 'seccomp'
       import { compile, type Filter, parseProfile } from 'seccomp/core'
       export const support: KernelSupport = kernelSupport()
       const profile = parseProfile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] })
       export const filter: Filter = compile(profile, { arch: 'aarch64', kernel: '6.1', capabilities: 'none' })
       export const isOurs = (error: unknown): boolean => error instanceof SeccompError
       // @ts-expect-error: a text is no number, unless everything is any
       export const wrong: number = kernelSupport().release\n`,
    )
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    }
    writeFileSync(
      join(packed.home, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    )
    expectPasses('typescript/bin/tsc', '-p', packed.home)
  })
})

describe('installed without a compiler and without scripts', () => {
  test('import and require give the same module', () => {
    const code = `import { createRequire } from 'node:module'
      import * as imported from 'seccomp'
      const required = createRequire(process.cwd() + '/x.js')('seccomp')
      console.log(JSON.stringify([required.SeccompError === imported.SeccompError, typeof imported.kernelSupport]))`
    expect(json(code)).toEqual([true, 'function'])
  })

  test('the pure half is a module of its own', () => {
    expect(json(`console.log(JSON.stringify(Object.keys(await import('seccomp/core'))))`)).toContain(
      'compile',
    )
  })

  test('nothing else can be imported', () => {
    const code = `await import('seccomp/dist/kernel/binding.js').catch((error) => console.log(JSON.stringify(error.code)))`
    expect(json(code)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })
})

describe.runIf(hasNative)('the binaries', () => {
  const binaries = (): string[] => packed.files.filter((path) => path.startsWith('prebuilds/'))

  test('are there for both libcs', () => {
    const folder = `prebuilds/linux-${process.arch}`
    expect(binaries()).toEqual(
      expect.arrayContaining([
        `${folder}/launcher`,
        `${folder}/canary`,
        `${folder}/probe`,
        `${folder}/seccomp.glibc.node`,
        `${folder}/seccomp.musl.node`,
      ]),
    )
    if (!binaries().some((path) => !path.startsWith(folder)))
      console.log('skipped: the binaries of the other CPU, for want of its cross compiler')
  })

  test('are small', () => {
    for (const path of binaries())
      expect(statSync(join(packed.installed, path)).size, path).toBeLessThan(100_000)
  })

  test('ask for no library, and the addon for no function but those of Node-API', () => {
    for (const path of binaries()) {
      const file = join(packed.installed, path)
      const read = (option: string): string =>
        execFileSync('readelf', ['-W', option, file], { encoding: 'utf8' })
      expect(read('-d'), path).not.toContain('NEEDED')
      const undefinedSymbols = [...read('--dyn-syms').matchAll(/ GLOBAL +\w+ +UND (\S+)/g)].map(
        ([, name]) => name!,
      )
      expect(undefinedSymbols.filter((name) => !name.startsWith('napi_'))).toEqual([])
      expect(undefinedSymbols.length > 0, path).toBe(path.endsWith('.node'))
      expect(read('-l'), 'no executable stack').toMatch(/GNU_STACK.* RW +0x/)
    }
  })

  test('the addon is loaded on first use, from the package', () => {
    const code = `import { readFileSync } from 'node:fs'
      const loaded = () => /\\S*seccomp\\.\\w+\\.node/.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? null
      const { kernelSupport } = await import('seccomp')
      const before = loaded()
      const { filters } = kernelSupport()
      console.log(JSON.stringify({ before, filters, after: loaded() }))`
    const prebuilt = (libc: string): string =>
      join(packed.installed, `prebuilds/linux-${process.arch}/seccomp.${libc}.node`)
    expect(json(code)).toEqual({ before: null, filters: true, after: prebuilt('glibc') })
    expect(json(code, { LIBC: 'musl' })).toEqual({ before: null, filters: true, after: prebuilt('musl') })
  })

  test('the launcher has its run bit, and enforces', () => {
    const launcher = join(packed.installed, `prebuilds/linux-${process.arch}/launcher`)
    expect(statSync(launcher).mode & 0o777).toBe(0o755)
    const filter = join(packed.home, 'deny-all.bpf')
    writeFileSync(filter, Uint8Array.of(0x06, 0, 0, 0, 0x01, 0, 0x05, 0)) // RET ERRNO|EPERM
    const code = `import { spawnSync } from 'node:child_process'
      import { openSync } from 'node:fs'
      const stdio = ['ignore', 'pipe', 'pipe', openSync(${JSON.stringify(filter)})]
      const { stdout, signal } = spawnSync(${JSON.stringify(launcher)}, ['3', '0', '1', '-', process.execPath, 'node', '-p', '1'], { stdio })
      console.log(JSON.stringify({ stdout: String(stdout), signal }))`
    expect(json(code)).toEqual({ stdout: '', signal: process.arch === 'x64' ? 'SIGILL' : 'SIGTRAP' })
  })

  test('a Node is forked in two stages, and registers, from the package', () => {
    const worker = join(packed.home, 'worker.cjs')
    const read = "try { require('node:fs').readFileSync(__filename) } catch (error) { tell(error.code) }"
    writeFileSync(worker, `const tell = process.send?.bind(process) ?? console.log\n${read}`)
    const code = `import { fork } from 'seccomp'
      fork(${JSON.stringify(worker)}, { seccomp: 'node:compute', execArgv: [] })
        .on('message', (message) => console.log(JSON.stringify(message)))`
    expect(json(code)).toBe('EACCES')
    expect(packed.run(['--import', 'seccomp/register', worker], { SECCOMP_PROFILE: 'node:compute' })).toBe(
      'EACCES\n',
    )
  })

  test('the kernel answers for a profile, from the package', () => {
    const code = `import { probe, verify } from 'seccomp/testing'
      const { agrees } = await verify('docker-default')
      const [{ outcome }] = await probe('docker-default', [{ call: 'socket', args: ['AF_VSOCK'] }])
      console.log(JSON.stringify({ agrees, outcome }))`
    expect(json(code)).toEqual({
      agrees: true,
      outcome: { kind: 'errno', errno: 'EPERM', number: 1, by: 'filter' },
    })
  })

  test('the command enforces a profile', () => {
    const command = join(packed.home, 'node_modules/.bin/seccomp')
    expect(statSync(command).mode & 0o111).toBe(0o111)
    expect(packed.run([command, 'run', '--', process.execPath, '-p', '6 * 7'])).toBe('42\n')
    const status = packed.run([
      command,
      'run',
      '--',
      process.execPath,
      '-p',
      `fs.readFileSync('/proc/self/status', 'utf8')`,
    ])
    expect(status).toMatch(/^Seccomp:\s2$/m)
    const profile = join(packed.home, 'no-mkdir.json')
    const syscalls = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }]
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }))
    const code = `try { fs.mkdirSync('never') } catch (error) { console.log(error.code) }`
    expect(packed.run([command, 'run', '--profile', profile, '--', process.execPath, '-e', code])).toBe(
      'ENOTSUP\n',
    )
  })
})
