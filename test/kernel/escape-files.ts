import { AT_FDCWD, type Attempt, each, HIGH, NOWHERE, never, PARENT, unless } from './escape-attempt.ts'

/** Files by path: read, looked at, made, changed; by every call that takes a path or stands for one. */

/** open(2) */
const [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_PATH, O_TMPFILE] = [
  1, 2, 0x40, 0x200, 0x400, 0x20_0000, 0x41_0000,
]
const [O_EXCL, O_NONBLOCK, O_NOFOLLOW, O_CLOEXEC, O_DIRECTORY] = [0x80, 0x800, 0x2_0000, 0x8_0000, 0x1_0000]
const AT_EMPTY_PATH = 0x1000

/** In a folder that there is not, so that nothing is made or changed. */
const NONE = '/proc/none/file'
const memoryOfParent = `/proc/${PARENT}/mem`
const ownMemory = '/proc/self/mem'

const readingFlags = [0, O_CLOEXEC, O_NONBLOCK, O_NOFOLLOW, O_PATH, O_PATH | O_NOFOLLOW, HIGH, HIGH << 31n]
const readable = [
  '/etc/passwd',
  ownMemory,
  memoryOfParent,
  '/proc/self/maps',
  '/proc/1/environ',
  '/proc/kallsyms',
]
const writingFlags = [
  O_WRONLY,
  O_RDWR,
  3, // neither, for ioctl(2) alone
  O_WRONLY | O_APPEND,
  O_CREAT,
  O_CREAT | O_EXCL | O_RDWR,
  O_WRONLY | O_CREAT | O_TRUNC,
  O_TRUNC,
  O_TMPFILE | O_RDWR,
  O_PATH | O_RDWR,
  HIGH | BigInt(O_WRONLY),
  HIGH | BigInt(O_CREAT),
]
/** Written to, each would change this process, its parent or the machine; here they are opened at most. */
const writable = [ownMemory, memoryOfParent, '/proc/self/oom_score_adj', '/proc/sys/kernel/core_pattern']

const read = unless('fsRead')(
  ...each(readingFlags, (flags) => ['openat', AT_FDCWD, '/etc/passwd', flags]),
  ...each(readingFlags, (flags) => ['open', '/etc/passwd', flags]),
  ...each(readable, (path) => ['openat', -1, path, 0]),
  ['openat', AT_FDCWD, '/', O_DIRECTORY],
  ['open', '/proc/self/fd', O_DIRECTORY],
  ['newfstatat', AT_FDCWD, '/etc/shadow', NOWHERE, 0],
  ['newfstatat', AT_FDCWD, '/etc/shadow', NOWHERE, 0x100],
  ['statx', AT_FDCWD, '/etc/shadow', 0, 0x7ff, NOWHERE],
  ['stat', '/etc/shadow', NOWHERE],
  ['lstat', '/etc/shadow', NOWHERE],
  ['access', NONE, 0],
  ['faccessat', AT_FDCWD, NONE, 0],
  ['faccessat2', AT_FDCWD, NONE, 0, 0],
  ['readlink', '/proc/self/exe', NOWHERE, 100],
  ['readlinkat', AT_FDCWD, '/proc/self/exe', NOWHERE, 100],
  ['statfs', '/', NOWHERE],
  ['fstatfs', -1, NOWHERE],
  ['getdents64', -1, NOWHERE, 100],
  ['chdir', NONE],
  ['fchdir', -1],
)

const write = unless('fsWrite')(
  ...each(writingFlags, (flags) => ['openat', AT_FDCWD, NONE, flags, 0o644]),
  ...each(writingFlags, (flags) => ['open', NONE, flags, 0o644]),
  ...each(writable, (path) => ['openat', AT_FDCWD, path, O_RDWR]),
  ...each(writable, (path) => ['open', path, O_WRONLY]),
  ['mkdir', NONE, 0o755],
  ['mkdirat', AT_FDCWD, NONE, 0o755],
  ['rmdir', NONE],
  ['unlink', NONE],
  ['unlinkat', AT_FDCWD, NONE, 0],
  ['rename', NONE, NONE],
  ['renameat', AT_FDCWD, NONE, AT_FDCWD, NONE],
  ['renameat2', AT_FDCWD, NONE, AT_FDCWD, NONE, 0],
  ['link', NONE, NONE],
  ['linkat', -1, '', AT_FDCWD, NONE, AT_EMPTY_PATH],
  ['symlink', '/etc/passwd', NONE],
  ['symlinkat', '/etc/passwd', AT_FDCWD, NONE],
  ['truncate', NONE, 0],
  ['fallocate', -1, 0, 0, 1],
  ['copy_file_range', -1, 0, -1, 0, 1, 0],
  ['sendfile', -1, -1, 0, 1],
  ['chmod', NONE, 0o777],
  ['fchmod', -1, 0o777],
  ['fchmodat', AT_FDCWD, NONE, 0o777],
  ['fchmodat2', -1, '', 0o777, AT_EMPTY_PATH],
  ['chown', NONE, 1, 1],
  ['lchown', NONE, 1, 1],
  ['fchown', -1, 1, 1],
  ['fchownat', -1, '', 1, 1, AT_EMPTY_PATH],
  ['utimensat', AT_FDCWD, NONE, 0, 0],
)

/** Those whose flags no filter reads, that go round paths, or that hand out other users' rights. */
const neither = never(
  ['openat2', AT_FDCWD, '/etc/passwd', NOWHERE, 24],
  ['openat2', AT_FDCWD, ownMemory, NOWHERE, 24],
  ['openat2', -1, '', NOWHERE, 0],
  ['creat', NONE, 0o644],
  ['creat', NONE, 0o4755],
  ['name_to_handle_at', AT_FDCWD, '/etc/passwd', NOWHERE, NOWHERE, 0],
  ['name_to_handle_at', -1, '', NOWHERE, NOWHERE, AT_EMPTY_PATH],
  ['open_by_handle_at', AT_FDCWD, NOWHERE, 0],
  ['open_by_handle_at', -1, NOWHERE, O_RDWR],
  ...each([0o4755, 0o2755, 0o6000], (mode) => ['openat', AT_FDCWD, NONE, O_CREAT | O_WRONLY, mode]),
  ...each([0o4755, 0o2755], (mode) => ['open', NONE, O_CREAT | O_RDWR, mode]),
  ...each([0o4755, 0o2755], (mode) => ['chmod', NONE, mode]),
  ...each([0o4755, 0o2755], (mode) => ['fchmod', -1, mode]),
  ...each([0o4755, 0o2755], (mode) => ['fchmodat', AT_FDCWD, NONE, mode]),
  ...each([0o4755, 0o2755], (mode) => ['fchmodat2', -1, '', mode, AT_EMPTY_PATH]),
  ['mknod', NONE, 0o60666, 0x800],
  ['mknod', NONE, 0o104755, 0],
  ['mknodat', AT_FDCWD, NONE, 0o20666, 0x101],
  ['setxattr', NONE, NOWHERE, NOWHERE, 0, 0],
  ['lsetxattr', NONE, NOWHERE, NOWHERE, 0, 0],
  ['fsetxattr', -1, NOWHERE, NOWHERE, 0, 0],
  ['setxattrat', -1, '', AT_EMPTY_PATH, NOWHERE, NOWHERE, 16],
  ['removexattr', NONE, NOWHERE],
  ['getxattr', NONE, NOWHERE, NOWHERE, 0],
  ['file_setattr', AT_FDCWD, NONE, NOWHERE, 24, 0],
  ['fanotify_init', 0xffff, 0],
  ['fanotify_mark', -1, 1, 1, -1, NONE],
  ['getdents', -1, NOWHERE, 100],
  ['splice', -1, 0, -1, 0, 1, 0],
  ['tee', -1, -1, 1, 0],
  ['vmsplice', -1, NOWHERE, 1, 0],
  ['uselib', NONE],
  ['utimes', NONE, 0],
  ['futimesat', AT_FDCWD, NONE, 0],
  ['io_setup', 0, NOWHERE],
  ['io_submit', 0, 1, NOWHERE],
  ['memfd_secret', 0xffff],
)

const others = [
  ...unless('watch')(
    ['inotify_init1', -1],
    ['inotify_add_watch', -1, '/etc', 2],
    ['inotify_rm_watch', -1, 1],
  ),
  ...unless('spawn')(['memfd_create', NOWHERE, 0], ['memfd_create', NOWHERE, 3]),
]

export const files: readonly Attempt[] = [...read, ...write, ...neither, ...others]
