import { binding } from './binding.ts'
import { KernelError, nameOfResult } from './errors.ts'

/**
 * An anonymous file that holds `bytes` and that nobody can change any more, not even this process. Made for handing a
 * filter to many launchers: what was checked once stays what is loaded.
 *
 * @param name Seen in /proc/PID/fd, at most 249 bytes.
 * @returns A close-on-exec descriptor; the caller closes it.
 * @throws KernelError when the kernel has no descriptor or memory to give.
 * @see memfd_create(2), F_ADD_SEALS in fcntl(2)
 */
export const sealedMemfd = (name: string, bytes: Uint8Array): number =>
  descriptor(binding().sealedMemfd(name, bytes), bytes.length)

/**
 * An anonymous file of `size` zeros that this process and another one may both write to, and neither can shorten.
 *
 * @param name Seen in /proc/PID/fd, at most 249 bytes.
 * @param size In bytes, below 4 GiB.
 * @returns A close-on-exec descriptor; the caller closes it.
 * @throws KernelError when the kernel has no descriptor or memory to give.
 */
export const sharedMemfd = (name: string, size: number): number =>
  descriptor(binding().sharedMemfd(name, size), size)

const descriptor = (result: number, size: number): number => {
  if (result >= 0) return result
  throw new KernelError(
    'memfd_create',
    nameOfResult(result),
    `no memory file of ${size} bytes could be made; EMFILE and ENFILE mean too many open descriptors`,
  )
}

/**
 * Which file a descriptor stands for: its inode, which tells when the number was closed and stands for another file. Every
 * spawn asks, and fs.fstatSync takes five times as long for its Stats.
 * @returns -errno for a descriptor that is closed, or where fstat(2) is refused.
 */
export const inodeOf = (descriptor: number): number => binding().inode(descriptor)
