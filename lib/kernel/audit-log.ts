/** The kernel's audit records as they are made, from the kernel itself. */
import { closeSync, constants, openSync, read, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { binding } from './binding.ts'
import { KernelError, nameOfResult } from './errors.ts'

/** Where live records come from. */
export interface AuditLog {
  /** `netlink` gives every record; `kmsg`, the kernel's log, at most ten in five seconds. */
  readonly kind: 'netlink' | 'kmsg'
  /** Why it isn't netlink: the name of an error number. */
  readonly refused?: string
  /** Lines as `parseAuditLine` takes them, until the signal. Other records of audit's are among them. */
  lines(signal: AbortSignal): AsyncGenerator<string, void>
  close(): void
}

/** What the reader is told where records were dropped; worded as the kernel words its own losses. */
const DROPPED = 'audit: receive buffer limit exceeded'

/**
 * Opens the audit records of this kernel: audit's netlink multicast (Linux 3.16, CAP_AUDIT_READ), which doesn't
 * disturb auditd; else `/dev/kmsg` from its end on.
 * @throws KernelError when neither may be read; SeccompError ERR_UNSUPPORTED_PLATFORM, ERR_BINDING_NOT_FOUND.
 * @see netlink(7); kernel/audit.c, audit_multicast_bind
 */
export const openAuditLog = (): AuditLog => {
  const fd = binding().openAuditLog()
  if (fd >= 0)
    return { kind: 'netlink', lines: (signal) => netlinkLines(fd, signal), close: () => closeSync(fd) }
  const refused = nameOfResult(fd)
  const log = openKernelLog(refused)
  return {
    kind: 'kmsg',
    refused,
    lines: (signal) => kernelLogLines(log, signal),
    close: () => closeSync(log),
  }
}

const openKernelLog = (refused: string): number => {
  try {
    const fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
    // What was logged before is none of ours: reading goes on behind it.
    while (readKernelLog(fd) !== undefined);
    return fd
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    throw new KernelError(
      'bind',
      refused,
      `this process may read neither audit's records (CAP_AUDIT_READ) nor /dev/kmsg (${code}): run it as root, or ` +
        'follow a log that you may read',
      { cause: error },
    )
  }
}

/** struct nlmsghdr; a record with its stamp follows. */
const HEADER = 16
/** audit.c, AUDIT_MESSAGE_TEXT_MAX: no record is longer. */
const LONGEST = 16_384

async function* netlinkLines(fd: number, signal: AbortSignal): AsyncGenerator<string, void> {
  const buffer = Buffer.alloc(LONGEST)
  while (!signal.aborted) {
    const size = await readOnce(fd, buffer)
    if (size === 'lost') yield DROPPED
    else if (size > HEADER)
      // Both CPUs that the addon is written for are little-endian.
      yield `type=${buffer.readUInt16LE(4)} ${buffer.toString('utf8', HEADER, size).replace(/[\0\n]+$/, '')}`
  }
}

/** Bytes read; 0 when there was nothing for a while. */
const readOnce = (fd: number, buffer: Buffer): Promise<number | 'lost'> =>
  new Promise((done, fail) => {
    read(fd, buffer, 0, buffer.length, null, (error, size) => {
      if (!error) done(size)
      else if (error.code === 'EAGAIN' || error.code === 'EINTR') done(0)
      else if (error.code === 'ENOBUFS') done('lost')
      else fail(new KernelError('read', error.code ?? 'EIO', error.message, { cause: error }))
    })
  })

async function* kernelLogLines(fd: number, signal: AbortSignal): AsyncGenerator<string, void> {
  while (!signal.aborted) {
    const line = readKernelLog(fd)
    if (line === undefined) await sleep(100, undefined, { signal }).catch(() => {})
    else yield line
  }
}

const kernelLogBuffer = Buffer.alloc(LONGEST)

/** One message, without the fields that may follow it; undefined when there is none yet. */
const readKernelLog = (fd: number): string | undefined => {
  try {
    const size = readSync(fd, kernelLogBuffer)
    return kernelLogBuffer.toString('utf8', 0, size).split('\n', 1)[0]!
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN') return undefined
    // The kernel overwrote what wasn't read yet.
    if (code === 'EPIPE') return DROPPED
    throw error
  }
}
