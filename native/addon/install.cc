#include "install.h"

#include <cerrno>

#include "../system.h"

namespace seccomp {

long Install(const void* program, size_t size, uint32_t flags, bool no_new_privs) {
  // The kernel takes the length as a 16-bit count: a longer program must fail here, not be cut.
  if (size % sizeof(Instruction) != 0 || size / sizeof(Instruction) > kMaxInstructions) return -EINVAL;
  if (no_new_privs) {
    const long result = RawSyscall(SYS_prctl, kSetNoNewPrivs, 1, 0, 0, 0, 0);
    if (result < 0) return result;
  }
  const Program argument = {static_cast<uint16_t>(size / sizeof(Instruction)),
                            static_cast<const Instruction*>(program)};
  return RawSyscall(SYS_seccomp, kSetModeFilter, flags, reinterpret_cast<long>(&argument), 0, 0, 0);
}

long NoNewPrivs() { return RawSyscall(SYS_prctl, kGetNoNewPrivs, 0, 0, 0, 0, 0); }

}  // namespace seccomp
