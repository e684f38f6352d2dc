import type { Condition } from '../../types.ts'
import { bits, grant, is, type NodePromise, oneOf } from './promise.ts'

/** open(2): how far its flags let the file be changed. O_TRUNC cuts even a file that is opened to be read. */
const [O_ACCMODE, O_CREAT, O_TRUNC, O_TMPFILE] = [0x3n, 0x40n, 0x200n, 0x400000n]
const readOnly = (flags: number): readonly Condition[] => [
  bits(flags, O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE),
]

/** S_ISUID | S_ISGID: a program with these bits gives its owner's rights to whoever runs it. */
const SET_ID = 0o6000n
const plainMode = (mode: number): readonly Condition[] => [bits(mode, SET_ID)]

/** fcntl(2), by which SQLite locks its file. */
const locks = oneOf(1, 5n, 6n, 7n, 36n, 37n, 38n)
/** ioctl(2): copies by sharing blocks, fs.copyFile(). */
const FICLONE = 0x40049409n

/** Every file that the user may read: a filter can't tell paths apart, for they are behind pointers. */
export const fsRead: NodePromise = {
  title: 'open any file to read it, list folders, load modules',
  implies: ['run'],
  grants: [
    grant('Open a file to read it, and nothing else', 'openat', readOnly(2)),
    grant('The same in musl', 'open', readOnly(1)),
    grant(
      'What is known of a file: fs.stat(), and every module that is loaded',
      'newfstatat statx stat lstat access faccessat faccessat2 readlink readlinkat statfs fstatfs',
    ),
    grant('List a folder', 'getdents64'),
    grant('process.chdir()', 'chdir fchdir'),
  ],
}

export const fsWrite: NodePromise = {
  title: 'make, change and remove files',
  implies: ['fsRead'],
  grants: [
    grant('Open a file for writing, make one; no set-user-ID program', 'openat', plainMode(3)),
    grant('The same in musl', 'open', plainMode(2)),
    grant('Copy', 'copy_file_range sendfile'),
    grant('Copy by sharing blocks', 'ioctl', [is(1, FICLONE)]),
    grant('Size', 'truncate fallocate'),
    grant(
      'Make, link, rename, remove',
      `mkdir mkdirat rmdir link linkat symlink symlinkat unlink unlinkat rename renameat renameat2`,
    ),
    grant('Permissions; no set-user-ID program', 'chmod fchmod', plainMode(1)),
    grant('The same, relative to a folder', 'fchmodat fchmodat2', plainMode(2)),
    grant('Owner, times', 'chown fchown lchown fchownat utimensat'),
    grant('Locks on files: SQLite', 'fcntl', ...locks),
    grant('Locks on files', 'flock'),
  ],
}

export const watch: NodePromise = {
  title: 'be told of changes to files: fs.watch()',
  implies: ['run'],
  grants: [
    grant('libuv watches by inotify', 'inotify_init inotify_init1 inotify_add_watch inotify_rm_watch'),
  ],
}
