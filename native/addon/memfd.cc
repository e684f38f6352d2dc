#include "memfd.h"

#include <cerrno>

#include "../system.h"

namespace seccomp {

namespace {

constexpr long kCloseOnExec = 1;   // MFD_CLOEXEC
constexpr long kAllowSealing = 2;  // MFD_ALLOW_SEALING
constexpr long kNoExecSeal = 8;    // MFD_NOEXEC_SEAL, Linux 6.3; sysctl vm.memfd_noexec=2 refuses files without it
constexpr long kAddSeals = 1033;   // F_ADD_SEALS
constexpr long kAllSeals = 1 | 2 | 4 | 8;  // F_SEAL_SEAL, SHRINK, GROW, WRITE

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
  const long flags = kCloseOnExec | kAllowSealing;
  const long text = reinterpret_cast<long>(name);
  long fd = RawSyscall(SYS_memfd_create, text, flags | kNoExecSeal, 0, 0, 0, 0);
  if (fd == -EINVAL) fd = RawSyscall(SYS_memfd_create, text, flags, 0, 0, 0, 0);
  if (fd < 0) return fd;

  long result = WriteAll(fd, static_cast<const char*>(bytes), size);
  if (result == 0) result = RawSyscall(SYS_fcntl, fd, kAddSeals, kAllSeals, 0, 0, 0);
  if (result == 0) return fd;
  RawSyscall(SYS_close, fd, 0, 0, 0, 0, 0);
  return result;
}

}  // namespace seccomp
