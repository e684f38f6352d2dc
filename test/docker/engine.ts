import { execFile, execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A Docker engine that answers; `stop` ends it if this process started it. */
export interface Engine {
  readonly stop: () => Promise<void>
}

const run = promisify(execFile)

/** The legacy builder is in every engine; BuildKit wants a plug-in that distributions leave out. */
const env = { ...process.env, DOCKER_BUILDKIT: '0' }

/** `docker …args`, with a time limit in milliseconds; resolves to its standard output. */
export const docker = async (args: readonly string[], timeout: number): Promise<string> =>
  (await run('docker', args, { env, timeout, killSignal: 'SIGKILL', maxBuffer: 1 << 26 })).stdout

const answers = (): Promise<boolean> =>
  docker(['info', '--format', '{{.ServerVersion}}'], 5_000).then(
    () => true,
    () => false,
  )

const onPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))

/** Why there can be no engine here, or undefined. Starts nothing. */
export const engineMissing = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'the container suite needs Linux'
  if (!onPath('docker')) return 'no docker on PATH: install docker.io (Debian) or docker-ce'
  if (await answers()) return undefined
  if (!onPath('dockerd')) return 'no Docker engine answers: start one, or install docker.io'
  if (process.getuid?.() !== 0) return 'no Docker engine answers, and only root can start one: start it first'
  return undefined
}

/** The engine that answers already, or a dockerd of our own. */
export const startEngine = async (): Promise<Engine> => {
  if (await answers()) return { stop: async () => {} }
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-dockerd-'))
  const log = openSync(join(scratch, 'log'), 'w')
  const daemon = spawn('dockerd', [], { stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    daemon.kill('SIGTERM')
    await ended
    rmSync(scratch, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 100 && daemon.exitCode === null; tries++) {
    if (await answers()) return { stop }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const words = readFileSync(join(scratch, 'log'), 'utf8').trim().split('\n').slice(-5).join('\n')
  await stop()
  throw new Error(`dockerd doesn't answer; the end of its log:\n${words}`)
}

const OFFICIAL = 'node:22-bookworm-slim'

/** The base for Dockerfile.test: the official image if it is here or can be pulled, else one made from this Node. */
export const baseImage = async (): Promise<string> => {
  const named = process.env['SECCOMP_TEST_BASE_IMAGE']
  if (named) return named
  try {
    const present = (await docker(['image', 'ls', '--quiet', OFFICIAL], 10_000)).trim() !== ''
    if (!present) await docker(['pull', '--quiet', OFFICIAL], 60_000)
    return OFFICIAL
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || 'no answer within 60 s'
    console.log(`${OFFICIAL} can't be pulled (${reason}): making a base image from this machine's Node`)
    return execFileSync(process.execPath, ['tools/docker/base-image.js'], { encoding: 'utf8' }).trim()
  }
}
