#ifndef SECCOMP_ADDON_INSTALL_H
#define SECCOMP_ADDON_INSTALL_H

#include <cstddef>
#include <cstdint>

namespace seccomp {

// Loads a program of `size` bytes (struct sock_filter, native byte order) with SECCOMP_FILTER_FLAG_* `flags`, after
// setting no_new_privs for the calling thread if asked. Zero when it is in force; a positive number with TSYNC is
// the thread that can't take the filter (nothing was installed), with NEW_LISTENER the listener's descriptor;
// a negative one is -errno.
long Install(const void* program, size_t size, uint32_t flags, bool no_new_privs);

// 1 or 0, or -errno.
long NoNewPrivs();

}  // namespace seccomp

#endif
