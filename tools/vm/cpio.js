/** An initramfs: a cpio archive as the kernel unpacks it, all of root's, written without being root. */
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const modes = { folder: 0o040755, link: 0o120777, device: 0o020600 }

/**
 * @param entries path without a leading slash → `{ file, mode }` for a file of this machine, `{ text, mode }`,
 * `{ link }`, or `{ device: [major, minor] }`. Folders above come by themselves.
 * @see Documentation/driver-api/early-userspace/buffer-format.rst
 */
export const writeArchive = (output, entries) => {
  const archive = openSync(output, 'w')
  const known = new Set(['.'])
  let inode = 1
  const add = (path, mode, body = Buffer.alloc(0), [major, minor] = [0, 0]) => {
    const name = Buffer.from(`${path}\0`)
    const fields = [inode++, mode, 0, 0, 1, 0, body.length, 0, 0, major, minor, name.length, 0]
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
    const start = Buffer.concat([Buffer.from(header), name])
    for (const part of [start, body])
      writeSync(archive, Buffer.concat([part, Buffer.alloc(-part.length & 3)]))
  }
  const addFolder = (path) => {
    if (known.has(path)) return
    known.add(path)
    addFolder(dirname(path))
    add(path, modes.folder)
  }
  for (const [path, { file, text, link, device, mode }] of entries) {
    addFolder(dirname(path))
    if (link !== undefined) add(path, modes.link, Buffer.from(link))
    else if (device) add(path, modes.device, undefined, device)
    else if (file === undefined) add(path, 0o100000 | (mode ?? 0o644), Buffer.from(text))
    else add(path, 0o100000 | (mode ?? statSync(file).mode & 0o777), readFileSync(file))
  }
  add('TRAILER!!!', 0)
  closeSync(archive)
}
