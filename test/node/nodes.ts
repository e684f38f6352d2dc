import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { npmCli } from '../package/packed.ts'

/** Every line of Node that the package supports, as the program that a user of it runs. */
export const majors = [20, 22, 24, 26] as const

const cache = resolve(import.meta.dirname, '../../node_modules/.cache/seccomp-node-versions')
const packageName = `node-linux-${process.arch}`

/** To be had without asking anybody: the Node that runs this, or one fetched earlier. */
export const installedNode = (major: number): string | undefined => {
  if (majorOf(process.execPath) === major) return process.execPath
  const path = fetchedPath(major)
  return existsSync(path) && majorOf(path) === major ? path : undefined
}

/**
 * Fetches the newest Node of this line through npm, which has each as a package of two files that count. It appears in
 * its place whole, for other tests may be looking for it.
 */
export const fetchNode = async (major: number): Promise<string> => {
  mkdirSync(cache, { recursive: true })
  const place = mkdtempSync(join(cache, `${major}-`))
  try {
    const quiet = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
    const args = ['install', ...quiet, '--prefix', place, `${packageName}@${major}`]
    await promisify(execFile)(process.execPath, [npmCli, ...args], { cwd: cache, timeout: 240_000 })
    if (installedNode(major) === undefined) {
      rmSync(join(cache, String(major)), { recursive: true, force: true })
      renameSync(place, join(cache, String(major)))
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
  if (majorOf(fetchedPath(major)) !== major) throw new Error(`${fetchedPath(major)} isn't Node ${major}`)
  return fetchedPath(major)
}

const fetchedPath = (major: number): string =>
  join(cache, String(major), 'node_modules', packageName, 'bin/node')

const majorOf = (node: string): number =>
  Number(execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).split('.')[0])

/** `npm run test:nodes`: every Node, fetched where it isn't installed (60 MB each), and the whole matrix on each. */
export const allNodes: boolean = Boolean(process.env['SECCOMP_ALL_NODES'])
