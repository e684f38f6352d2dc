// Saying that nothing was run, and why.
#ifndef SECCOMP_LAUNCHER_FAILURE_H
#define SECCOMP_LAUNCHER_FAILURE_H

#include "../system.h"
#include "message.h"
#include "start.h"

// Words of STATUS_FD; lib/process/launcher.ts reads them.
enum Stage {
  kStageUsage = 1,
  kStageRead = 2,
  kStageNoNewPrivs = 3,
  kStageInstall = 4,
  kStageExecute = 5,
};

static const int kNoStatus = -1;

// Tells the parent, or else the reader of standard error, and ends.
__attribute__((noreturn)) static void Fail(int status, enum Stage stage, int error, int code, const Message* message) {
  const uint32_t record[2] = {stage, (uint32_t)error};
  const long size = sizeof record;
  if (status == kNoStatus || RawSyscall(SYS_write, status, (long)record, size, 0, 0, 0) != size) Print(message);
  Exit(code);
}

// Which filter isn't enforced, counted from 0; one of one needs no number.
typedef struct {
  uint32_t index;
  uint32_t count;
} Which;

__attribute__((noreturn)) static void FailEnforcing(int status, enum Stage stage, int error, Which which,
                                                    const char* what) {
  Message message;
  Begin(&message);
  if (which.count > 1) {
    AddText(&message, "filter ");
    AddNumber(&message, which.index + 1);
    AddText(&message, " of ");
    AddNumber(&message, which.count);
    AddText(&message, ": ");
  }
  AddText(&message, what);
  AddText(&message, ": ");
  AddError(&message, error);
  AddText(&message, "; nothing was run\n");
  Fail(status, stage, error, 78, &message);
}

#endif
