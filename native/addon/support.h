#ifndef SECCOMP_ADDON_SUPPORT_H
#define SECCOMP_ADDON_SUPPORT_H

#include <cstdint>

namespace seccomp {

// struct seccomp_notif_sizes: the kernel's sizes, in bytes, of what a listener reads and writes.
struct NotificationSizes {
  uint16_t notification;
  uint16_t response;
  uint16_t data;
};

// 0 if the kernel knows this SECCOMP_RET_* action, else -errno (EOPNOTSUPP: it doesn't).
long ActionAvailable(uint32_t action);

// Asks for a filter at the null address: -EFAULT if the kernel accepted these flags and went on to read it, -EINVAL if
// it knows no such flag or combination. Never zero, nothing is ever installed.
long ProbeFlags(uint32_t flags);

// 0 and `sizes` filled, or -errno.
long GetNotificationSizes(NotificationSizes* sizes);

}  // namespace seccomp

#endif
