#include "support.h"

#include "../system.h"

namespace seccomp {

long ActionAvailable(uint32_t action) {
  return RawSyscall(SYS_seccomp, kGetActionAvail, 0, reinterpret_cast<long>(&action), 0, 0, 0);
}

// kernel/seccomp.c, seccomp_set_mode_filter: flags are checked first, then the program is copied, and only then are
// privileges asked for; so this needs none.
long ProbeFlags(uint32_t flags) { return RawSyscall(SYS_seccomp, kSetModeFilter, flags, 0, 0, 0, 0); }

long GetNotificationSizes(NotificationSizes* sizes) {
  return RawSyscall(SYS_seccomp, kGetNotifSizes, 0, reinterpret_cast<long>(sizes), 0, 0, 0);
}

}  // namespace seccomp
