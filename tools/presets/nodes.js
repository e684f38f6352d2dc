// Every Node at hand: the one that runs this, and those that `npm run test:nodes` has fetched.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const cache = resolve(import.meta.dirname, '../../node_modules/.cache/seccomp-node-versions')

/** Major version to program; of two that are the same, the one that runs this. */
export const nodesAtHand = () => {
  const fetched = existsSync(cache)
    ? readdirSync(cache).map((major) =>
        join(cache, major, `node_modules/node-linux-${process.arch}/bin/node`),
      )
    : []
  const found = [...fetched.filter((path) => existsSync(path)), process.execPath]
  return new Map(found.map((path) => [majorOf(path), path]).sort(([a], [b]) => a - b))
}

const majorOf = (path) =>
  Number(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).split('.')[0])
