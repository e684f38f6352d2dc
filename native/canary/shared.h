// The memory that is shared with the parent, and the end of a process that may make no call any more.
#ifndef SECCOMP_CANARY_SHARED_H
#define SECCOMP_CANARY_SHARED_H

#include <stddef.h>

#include "../launcher/message.h"
#include "../launcher/start.h"
#include "../system.h"

enum {
  kDeathSignal = 1,  // PR_SET_PDEATHSIG
  kDumpable = 4,     // PR_SET_DUMPABLE
  kSigkill = 9,
  kRead = 1,   // PROT_READ
  kWrite = 2,  // PROT_WRITE
  kShared = 1,            // MAP_SHARED
  kPrivate = 2,           // MAP_PRIVATE
  kFixed = 16,            // MAP_FIXED
  kPopulate = 0x8000,     // MAP_POPULATE
  kLargestPage = 65536,   // of any kernel for these two CPUs
};

__attribute__((noreturn)) static void FailSetup(const char* what, long result) {
  Message message;
  Begin(&message);
  AddText(&message, what);
  AddText(&message, ": ");
  AddError(&message, (int)-result);
  AddText(&message, "; nothing was asked\n");
  Print(&message);
  Exit(78);
}

static size_t FileSize(int descriptor) {
  const long size = RawSyscall(SYS_lseek, descriptor, 0, 2, 0, 0, 0);  // SEEK_END
  if (size <= 0) FailSetup("a file that should be there isn't", size < 0 ? size : -EINVAL);
  return (size_t)size;
}

static void* Map(unsigned long address, int descriptor, size_t size, int protection, int flags) {
  const long result = RawSyscall(SYS_mmap, (long)address, (long)size, protection, flags | kPopulate, descriptor, 0);
  if (result < 0 && result >= -kMaxErrno) FailSetup("memory can't be shared", result);
  return (void*)result;
}

// Dies with its parent, and leaves no core file: it ends by a signal on purpose.
static void PrepareEnd(void) {
  RawSyscall(SYS_prctl, kDeathSignal, kSigkill, 0, 0, 0, 0);
  RawSyscall(SYS_prctl, kDumpable, 0, 0, 0, 0, 0);
}

// Where no file is behind a mapping: one that reaches beyond the file's end.
static size_t BeyondFile(size_t size) { return (size + kLargestPage - 1) & ~(size_t)(kLargestPage - 1); }

// The end without a call: SIGBUS, which unlike SIGILL and SIGSEGV leaves no line in the kernel's log.
__attribute__((noreturn)) static void End(volatile char* beyond) {
  for (;;) {
    *beyond = 1;
    __builtin_trap();
  }
}

#endif
