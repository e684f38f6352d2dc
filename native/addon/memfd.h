#ifndef SECCOMP_ADDON_MEMFD_H
#define SECCOMP_ADDON_MEMFD_H

#include <cstddef>
#include <cstdint>

namespace seccomp {

// An anonymous file holding `size` bytes that nobody, this process included, can change any more (sealed against
// write, grow, shrink and further seals); close-on-exec. The descriptor, or -errno.
long SealedMemfd(const char* name, const void* bytes, size_t size);

// An anonymous file of `size` zeros for two processes to write to; its size is sealed, so that neither can have the
// other run out of the file. Close-on-exec. The descriptor, or -errno.
long SharedMemfd(const char* name, size_t size);

// Which file a descriptor stands for: st_ino of fstat(2). Or -errno.
long Inode(uint32_t descriptor);

}  // namespace seccomp

#endif
