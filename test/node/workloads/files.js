// Workloads with files.
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratch } from './surroundings.js'

/** Reads a file and a folder in every way there is. */
export const fsRead = async () => {
  const fs = await import('node:fs')
  const folder = scratch()
  const file = join(folder, 'file')
  return async () => {
    const texts = [fs.readFileSync(file, 'utf8'), await fs.promises.readFile(file, 'utf8')]
    for await (const chunk of fs.createReadStream(file)) texts.push(String(chunk))
    const handle = await fs.promises.open(file)
    await handle.read(Buffer.alloc(4), 0, 4, 2)
    await handle.readv([Buffer.alloc(2), Buffer.alloc(2)])
    await handle.readv([Buffer.alloc(2), Buffer.alloc(2)], 1)
    await handle.stat()
    await handle.close()
    const names = [fs.readdirSync(folder), await fs.promises.readdir(folder)]
    for await (const entry of await fs.promises.opendir(folder)) names.push([entry.name])
    fs.statSync(file)
    fs.lstatSync(file)
    fs.existsSync(file)
    fs.accessSync(file)
    fs.realpathSync(file)
    fs.realpathSync.native(file)
    fs.readlinkSync(join(folder, 'link'))
    fs.statfsSync(folder)
    process.chdir(folder)
    await fs.promises.access(file, fs.constants.R_OK)
    return new Set(texts).size === 1 && names.length
  }
}

export const importModule = () => async () =>
  (await import(join(scratch(), 'module.mjs'))).default +
  (await import(join(scratch(), 'module.cjs'))).default

/** Makes, changes and removes files and folders. */
export const fsWrite = async () => {
  const fs = await import('node:fs')
  const folder = join(scratch(), 'made')
  return async () => {
    fs.mkdirSync(folder)
    const [file, other] = [join(folder, 'file'), join(folder, 'other')]
    fs.writeFileSync(file, 'one')
    await fs.promises.appendFile(file, 'two')
    fs.copyFileSync(file, other)
    await fs.promises.cp(file, join(folder, 'third'))
    const handle = await fs.promises.open(file, 'r+')
    await handle.write('three', 2)
    await handle.writev([Buffer.from('four'), Buffer.from('five')])
    await handle.writev([Buffer.from('six'), Buffer.from('seven')], 0)
    await handle.truncate(4)
    await handle.chmod(0o600)
    await handle.utimes(1, 1)
    await handle.datasync()
    await handle.sync()
    await handle.close()
    fs.chmodSync(file, 0o644)
    fs.utimesSync(file, 1, 1)
    fs.lutimesSync(file, 1, 1)
    fs.truncateSync(file, 1)
    fs.chownSync(file, process.getuid(), process.getgid())
    fs.lchownSync(file, process.getuid(), process.getgid())
    fs.linkSync(file, join(folder, 'hard'))
    fs.symlinkSync(file, join(folder, 'soft'))
    fs.renameSync(other, join(folder, 'renamed'))
    fs.mkdirSync(join(folder, 'a/b'), { recursive: true })
    fs.mkdtempSync(join(folder, 'temporary-'))
    fs.createWriteStream(join(folder, 'stream')).end('text')
    await sleep(20)
    fs.rmdirSync(join(folder, 'a/b'))
    fs.unlinkSync(join(folder, 'hard'))
    await fs.promises.rm(folder, { recursive: true })
    return process.umask() >= 0 && !fs.existsSync(folder)
  }
}

/** Locks a file, and remaps memory over it. Node 20 has no SQLite. */
export const sqlite = async () => {
  const { DatabaseSync } = await import('node:sqlite').catch(() => ({}))
  return () => {
    if (!DatabaseSync) return 'absent'
    const database = new DatabaseSync(join(scratch(), 'database'))
    database.exec('create table t (n); pragma journal_mode = wal; insert into t values (42)')
    const { n } = database.prepare('select n from t').get()
    database.close()
    return n
  }
}

/** The partner, told of a folder, changes something in it. */
export const watch = async () => {
  const fs = await import('node:fs')
  return async () => {
    const watcher = fs.watch(scratch())
    console.log(`watching ${scratch()}`)
    const changed = once(watcher, 'change')
    const [event] = (await Promise.race([changed, sleep(15_000, undefined, { ref: false })])) ?? []
    watcher.close()
    if (!event) throw Object.assign(new Error('nothing was seen'), { code: 'NO_EVENT' })
    return event
  }
}
