import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dockerCapabilities } from '../../lib/syscalls/capabilities.ts'
import { docker } from './engine.ts'
import { buildResident, RESIDENT, untilStaying } from './resident.ts'

/** How a container is started. */
export interface Container {
  /** JSON text; undefined: unconfined. */
  readonly profile?: string
  /** Beyond Docker's fourteen, and instead of them where `drop` says so. */
  readonly add?: readonly string[]
  readonly drop?: 'ALL'
  readonly noNewPrivileges?: boolean
  /** What its program does before it stays (resident.c). */
  readonly steps: readonly string[]
}

/** A container whose program did its steps. */
export interface Running {
  /** Its only process, as this machine numbers it. */
  readonly pid: number
  readonly output: string
}

/** What starts containers: an engine or a runtime by itself. */
export interface Runtime {
  /** Starts one, hands it over, and ends it whatever comes of that. */
  readonly within: <T>(container: Container, use: (running: Running) => T | Promise<T>) => Promise<T>
  readonly remove: () => Promise<void>
}

/** The capabilities that such a container is to have. */
export const capabilitiesOf = ({ add = [], drop }: Pick<Container, 'add' | 'drop'>): readonly string[] => [
  ...(drop === 'ALL' ? [] : dockerCapabilities),
  ...add.map((name) => `CAP_${name}`),
]

/** The resident program's last step. */
const STAY = 'stay'

/** Docker by its command line; `--security-opt seccomp=FILE` has the profile. */
export const dockerRuntime = async (): Promise<Runtime> => {
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-docker-'))
  const image = await scratchImage()
  const within: Runtime['within'] = async ({ profile, add = [], drop, noNewPrivileges, steps }, use) => {
    const name = `seccomp-test-${randomUUID()}`
    const file = join(scratch, `${name}.json`)
    if (profile !== undefined) writeFileSync(file, profile)
    const options = [
      `--security-opt=seccomp=${profile === undefined ? 'unconfined' : file}`,
      ...(noNewPrivileges ? ['--security-opt=no-new-privileges'] : []),
      ...(drop ? [`--cap-drop=${drop}`] : []),
      ...add.map((each) => `--cap-add=${each}`),
    ]
    return await withinDocker(name, [...options, '--network=none', image, RESIDENT, ...steps], use)
  }
  const remove = async (): Promise<void> => {
    rmSync(scratch, { recursive: true, force: true })
    await docker(['image', 'rm', '--force', image], 60_000)
  }
  return { within, remove }
}

/** `docker run` with these arguments, the resident's last step left out. */
export const withinDocker = async <T>(
  name: string,
  args: readonly string[],
  use: (running: Running) => T | Promise<T>,
): Promise<T> => {
  try {
    const run = ['run', '--rm', '--name', name, ...args, STAY]
    const output = await untilStaying('docker', run)
    const pid = Number(await docker(['inspect', '--format', '{{.State.Pid}}', name], 20_000))
    return await use({ pid, output })
  } finally {
    await docker(['rm', '--force', name], 30_000).catch(() => {})
  }
}

/** Why runc can't run here by itself, or undefined. */
export const runcMissing = (): string | undefined => {
  if (process.platform !== 'linux') return 'runc needs Linux'
  if (process.getuid?.() !== 0) return 'runc needs root to make a container'
  const { error } = spawnSync('runc', ['--version'])
  return error && 'no runc on PATH: install runc (it comes with docker.io)'
}

const runc = async (args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('runc', args, { timeout: 30_000, killSignal: 'SIGKILL' })).stdout

/** `1.1.5+ds1`. */
export const runcVersion = async (): Promise<string> =>
  /^runc version (\S+)/.exec(await runc(['--version']))?.[1] ?? 'unknown'

/** runc by itself, with `linux.seccomp` in its config.json. */
export const runcRuntime = async (): Promise<Runtime> => {
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-runc-'))
  const program = buildResident(scratch)
  const within: Runtime['within'] = async (container, use) => {
    const name = `seccomp-test-${randomUUID()}`
    const bundle = join(scratch, name)
    // Its own, for runc makes the device files in it.
    mkdirSync(join(bundle, 'rootfs/proc'), { recursive: true })
    copyFileSync(program, join(bundle, 'rootfs', RESIDENT))
    writeFileSync(join(bundle, 'config.json'), runcConfig(container))
    const state = ['--root', join(scratch, 'state')]
    try {
      const output = await untilStaying('runc', [...state, 'run', '--bundle', bundle, name])
      const { pid } = JSON.parse(await runc([...state, 'state', name])) as { pid: number }
      return await use({ pid, output })
    } finally {
      await runc([...state, 'delete', '--force', name])
    }
  }
  return { within, remove: async () => rmSync(scratch, { recursive: true, force: true }) }
}

/** As little as a container can be. JSON.stringify can't write an operand beyond 2^53, so the profile stays text. */
const runcConfig = ({ profile, noNewPrivileges = false, steps, ...rest }: Container): string => {
  const capabilities = capabilitiesOf(rest)
  const config = {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [RESIDENT, ...steps, STAY],
      cwd: '/',
      noNewPrivileges,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    root: { path: 'rootfs', readonly: true },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: {
      namespaces: ['pid', 'mount', 'network', 'ipc', 'uts'].map((type) => ({ type })),
      ...(profile === undefined ? {} : { seccomp: PROFILE }),
    },
  }
  return JSON.stringify(config).replace(JSON.stringify(PROFILE), () => profile ?? '')
}

const PROFILE = 'the profile'

/** An image that holds the resident program, and files of a test's own: a few kilobytes. */
export const scratchImage = async (
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> => {
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-image-'))
  try {
    buildResident(scratch)
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(scratch, name), content, { mode: 0o755 })
    writeFileSync(join(scratch, 'Dockerfile'), 'FROM scratch\nCOPY . /\n')
    const tag = `seccomp-test-scratch:${randomUUID()}`
    await docker(['build', '--quiet', '--force-rm', '--tag', tag, scratch], 60_000)
    return tag
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
