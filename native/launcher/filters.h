// The filters: all are read before the first is installed, for that one may already forbid reading.
#ifndef SECCOMP_LAUNCHER_FILTERS_H
#define SECCOMP_LAUNCHER_FILTERS_H

#include <errno.h>  // numbers only
#include <stddef.h>

#include "../system.h"
#include "failure.h"

enum {
  // What the kernel takes for one process (kernel/seccomp.c, MAX_INSNS_PER_PATH). It counts after translating them, so
  // this many never all fit: room enough.
  kMaxTotal = 32768,
  kMaxFilters = 64,
};

typedef struct {
  int descriptors[kMaxFilters];
  uint32_t count;
} Filters;

// Reads a whole filter to `program`, which has room for one instruction too many; returns its size in bytes.
static size_t ReadFilter(int descriptor, char* program, int status, Which which) {
  static const char what[] = "the filter can't be read";
  const size_t room = (kMaxInstructions + 1) * sizeof(Instruction);
  int seekable = 1;
  size_t size = 0;
  while (size < room) {
    const long to = (long)(program + size);
    const long rest = (long)(room - size);
    const long result = seekable ? RawSyscall(SYS_pread64, descriptor, to, rest, (long)size, 0, 0)
                                 : RawSyscall(SYS_read, descriptor, to, rest, 0, 0, 0);
    if (result == 0) break;
    if (result == -EINTR) continue;
    if (result == -ESPIPE && seekable) {
      seekable = 0;
      continue;
    }
    if (result < 0) FailEnforcing(status, kStageRead, (int)-result, which, what);
    size += (size_t)result;
  }
  if (size == 0) FailEnforcing(status, kStageRead, EINVAL, which, "the filter is empty");
  if (size == room) FailEnforcing(status, kStageRead, E2BIG, which, "the filter has more than 4096 instructions");
  if (size % sizeof(Instruction) != 0) {
    FailEnforcing(status, kStageRead, EINVAL, which, "the filter isn't a whole number of instructions");
  }
  return size;
}

// Fills `programs`, and closes the descriptors.
static void ReadFilters(const Filters* filters, Program* programs, int status) {
  static Instruction instructions[kMaxTotal + kMaxInstructions + 1];
  size_t total = 0;
  for (uint32_t index = 0; index < filters->count; index++) {
    const Which which = {index, filters->count};
    const size_t size = ReadFilter(filters->descriptors[index], (char*)(instructions + total), status, which);
    RawSyscall(SYS_close, filters->descriptors[index], 0, 0, 0, 0, 0);
    const size_t length = size / sizeof(Instruction);
    programs[index] = (Program){(uint16_t)length, instructions + total};
    total += length;
    if (total > kMaxTotal) {
      FailEnforcing(status, kStageRead, E2BIG, which, "the filters have more than 32768 instructions in all");
    }
  }
}

static const char* Refusal(int error, int no_new_privs) {
  if (error == EACCES && !no_new_privs) return "the kernel refuses the filter without no_new_privs or CAP_SYS_ADMIN";
  if (error == ENOMEM) return "the kernel has no room for the filter (it takes 32768 translated instructions in all)";
  return "the kernel refuses the filter";
}

// Whether the kernel itself will answer: it knows the flags, and goes on to a program that isn't there. A filter that
// answers seccomp(2) with errno 0 would else pass for an installation. Returns 0, or the errno and what it means.
static int Probe(uint32_t flags, const char** what) {
  const long result = RawSyscall(SYS_seccomp, kSetModeFilter, flags, 0, 0, 0, 0);
  if (result == -EFAULT) return 0;
  *what = result == -EINVAL ? "the kernel refuses the flags"
          : result >= 0     ? "a filter that is already in force answers in the kernel's place"
                            : Refusal((int)-result, 1);
  return result < 0 ? (int)-result : EPERM;
}

// In their order. When one is refused, those before it are in force: the caller ends, so that nothing runs half filtered.
static void InstallFilters(const Filters* filters, const Program* programs, uint32_t flags, int no_new_privs, int status) {
  if (no_new_privs) {
    const long result = RawSyscall(SYS_prctl, kSetNoNewPrivs, 1, 0, 0, 0, 0);
    const Which all = {0, 1};
    if (result < 0) FailEnforcing(status, kStageNoNewPrivs, (int)-result, all, "no_new_privs can't be set");
  }
  for (uint32_t index = 0; index < filters->count; index++) {
    const Which which = {index, filters->count};
    const char* what;
    const int closed = Probe(flags, &what);
    if (closed != 0) FailEnforcing(status, kStageInstall, closed, which, what);
    const long result = RawSyscall(SYS_seccomp, kSetModeFilter, flags, (long)(programs + index), 0, 0, 0);
    if (result == 0) continue;
    // Positive: the thread that TSYNC found in the way.
    const int error = result < 0 ? (int)-result : ESRCH;
    FailEnforcing(status, kStageInstall, error, which, Refusal(error, no_new_privs));
  }
}

#endif
