#ifndef SECCOMP_ADDON_VIOLATIONS_H
#define SECCOMP_ADDON_VIOLATIONS_H

#include <stddef.h>
#include <stdint.h>

namespace seccomp {

// A call that a filter answered with SECCOMP_RET_TRAP, as the thread that made it had it in its registers.
struct Violation {
  uint64_t args[6];
  uint64_t instruction_pointer;  // behind the call
  uint32_t number;
  uint32_t arch;   // AUDIT_ARCH_*
  uint32_t tid;    // 0 where the filter refuses gettid
  uint32_t error;  // what the caller got
};

// Has this process, all its threads, answer such calls with the errno in the verdict's data, and keep them. Any other
// SIGSYS goes where it went before. 0, also if that is so already, or -errno.
long CatchViolations();

// Takes the oldest kept ones, at most `most`, and says how many. For any thread at any time.
size_t TakeViolations(Violation* violations, size_t most);

// How many weren't kept, for want of room, since this was asked last.
uint32_t TakeLost();

}  // namespace seccomp

#endif
