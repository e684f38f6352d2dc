/**
 * Makes a base image for Dockerfile.test from this machine's own Node, in seconds and without a registry: the Node
 * that runs this script, a few small programs, and the shared libraries that ldd names for them.
 * Prints the image's tag. Usage: docker build -f Dockerfile.test --build-arg BASE_IMAGE="$(node tools/docker/base-image.js)" .
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What the tests run under a filter, besides Node. */
const programs = 'sh env id cat echo ls mkdir readlink sleep true false uname unshare'.split(' ')

const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/** The absolute paths in ldd's answer: libraries and the dynamic loader. A static program has none. */
const libraries = (file) => {
  try {
    const answer = execFileSync('ldd', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return answer.match(/\/[^ \n]+(?= \()/g) ?? []
  } catch {
    return []
  }
}

/** Image path → file of this machine. */
const contents = () => {
  const files = new Map([['/usr/local/bin/node', realpathSync(process.execPath)]])
  for (const name of programs) {
    const found = onPath(name)
    if (!found) throw new Error(`${name} is not on PATH; install coreutils and util-linux`)
    files.set(`/usr/bin/${name}`, realpathSync(found))
  }
  for (const file of [...files.values()])
    for (const library of libraries(file)) files.set(library, realpathSync(library))
  // The rest of the C library, which addons in node_modules link to and Node doesn't.
  const libc = [...files.keys()].find((path) => path.includes('/libc.so'))
  for (const name of ['libdl.so.2', 'libpthread.so.0', 'librt.so.1', 'libresolv.so.2', 'libutil.so.1']) {
    const path = libc && join(dirname(libc), name)
    if (path && existsSync(path)) files.set(path, realpathSync(path))
  }
  return files
}

const lay = (root, files) => {
  // As Debian lays them out, so that /bin/sh and the loader's /lib64 path are where programs look.
  for (const folder of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'usr/local/bin', 'tmp', 'etc', 'root'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${folder}`, join(root, folder))
  chmodSync(join(root, 'tmp'), 0o1777)
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\n',
  )
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n')
  for (const [path, file] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(file, join(root, path))
    chmodSync(join(root, path), 0o755)
  }
}

const files = contents()
const key = createHash('sha256')
  .update(JSON.stringify([process.version, process.arch, [...files]]))
  .digest('hex')
const tag = `seccomp-test-base:node-${process.versions.node}-${key.slice(0, 12)}`
const docker = (...args) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })

if (docker('image', 'ls', '--quiet', tag).trim() === '') {
  const scratch = mkdtempSync(join(tmpdir(), 'seccomp-base-'))
  try {
    const root = join(scratch, 'root')
    lay(root, files)
    execFileSync('tar', ['-C', root, '--owner=0', '--group=0', '-cf', join(scratch, 'base.tar'), '.'])
    docker(
      'import',
      '--change',
      'ENV PATH=/usr/local/bin:/usr/bin:/bin',
      '--change',
      'CMD ["node"]',
      join(scratch, 'base.tar'),
      tag,
    )
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
console.log(tag)
