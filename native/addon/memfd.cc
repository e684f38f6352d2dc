#include "memfd.h"

#include <cerrno>

#include "../system.h"

namespace seccomp {

namespace {

constexpr long kCloseOnExec = 1;   // MFD_CLOEXEC
constexpr long kAllowSealing = 2;  // MFD_ALLOW_SEALING
constexpr long kNoExecSeal = 8;    // MFD_NOEXEC_SEAL, Linux 6.3; sysctl vm.memfd_noexec=2 refuses files without it
constexpr long kAddSeals = 1033;   // F_ADD_SEALS
constexpr long kSizeSeals = 1 | 2 | 4;     // F_SEAL_SEAL, SHRINK, GROW
constexpr long kWriteSeal = 8;             // F_SEAL_WRITE

long Create(const char* name) {
  const long flags = kCloseOnExec | kAllowSealing;
  const long text = reinterpret_cast<long>(name);
  const long fd = RawSyscall(SYS_memfd_create, text, flags | kNoExecSeal, 0, 0, 0, 0);
  return fd == -EINVAL ? RawSyscall(SYS_memfd_create, text, flags, 0, 0, 0, 0) : fd;
}

// The descriptor once it is sealed; closed when `result` or sealing is a failure.
long Finish(long fd, long result, long seals) {
  if (result == 0) result = RawSyscall(SYS_fcntl, fd, kAddSeals, seals, 0, 0, 0);
  if (result == 0) return fd;
  RawSyscall(SYS_close, fd, 0, 0, 0, 0, 0);
  return result;
}

long WriteAll(long fd, const char* bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    const long written = RawSyscall(SYS_write, fd, reinterpret_cast<long>(bytes + done), size - done, 0, 0, 0);
    if (written == -EINTR) continue;
    if (written < 0) return written;
    done += written;
  }
  return 0;
}

}  // namespace

long SealedMemfd(const char* name, const void* bytes, size_t size) {
  const long fd = Create(name);
  if (fd < 0) return fd;
  return Finish(fd, WriteAll(fd, static_cast<const char*>(bytes), size), kSizeSeals | kWriteSeal);
}

long SharedMemfd(const char* name, size_t size) {
  const long fd = Create(name);
  if (fd < 0) return fd;
  return Finish(fd, RawSyscall(SYS_ftruncate, fd, static_cast<long>(size), 0, 0, 0, 0), kSizeSeals);
}

long Inode(uint32_t descriptor) {
  uint64_t status[18];  // struct stat, the longer one of the two architectures: x86_64's
  const long result = RawSyscall(SYS_fstat, descriptor, reinterpret_cast<long>(status), 0, 0, 0, 0);
  return result == 0 ? static_cast<long>(status[1]) : result;  // st_ino, behind st_dev, on both
}

}  // namespace seccomp
