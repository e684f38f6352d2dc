// Those who look on while the call is made: a supervisor that gets its notification, a tracer that gets its stop. Both
// only say that they got it; the caller never goes on.
#ifndef SECCOMP_PROBE_WATCH_H
#define SECCOMP_PROBE_WATCH_H

#include "../canary/shared.h"
#include "order.h"

enum {
  kSigtrap = 5,
  kNoHang = 1,              // WNOHANG
  kAllChildren = 0x40000000,  // __WALL
  kPollIn = 1,
  kSeize = 0x4206,          // PTRACE_SEIZE
  kContinue = 7,            // PTRACE_CONT
  kGetEventMessage = 0x4201,  // PTRACE_GETEVENTMSG
  kTraceOptions = 0x00100080,  // PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP
  kSeccompStop = kSigtrap | 7 << 8,  // PTRACE_EVENT_SECCOMP
};

// struct seccomp_notif
typedef struct {
  uint64_t id;
  uint32_t pid;
  uint32_t flags;
  int32_t number;
  uint32_t arch;
  uint64_t instruction_pointer;
  uint64_t arguments[6];
  uint64_t room[16];  // for what newer kernels add
} Notification;

static const uint32_t kReceive = 0xc0502100;  // SECCOMP_IOCTL_NOTIF_RECV

static void Sleep(long nanoseconds) {
  const int64_t time[2] = {0, nanoseconds};
  RawSyscall(SYS_nanosleep, (long)time, 0, 0, 0, 0, 0);
}

static int Ended(volatile Report* report, long flags) {
  int32_t status = 0;
  if (RawSyscall(SYS_wait4, report->caller, (long)&status, flags | kAllChildren, 0, 0, 0) != report->caller) return 0;
  report->status = status;
  return 1;
}

// The caller's own word comes before how it ended: SIGBUS is how all end.
__attribute__((noreturn)) static void Finish(volatile Report* report) {
  if (report->state == kCalling) report->state = kEnded;
  Exit(0);
}

__attribute__((noreturn)) static void Supervise(volatile Report* report) {
  while (report->descriptor == 0) {
    if (Ended(report, kNoHang)) Finish(report);
    Sleep(200000);
  }
  for (;;) {
    struct {
      int32_t descriptor;
      int16_t events;
      int16_t happened;
    } wanted = {report->descriptor, kPollIn, 0};
    const int64_t time[2] = {0, 20000000};
    RawSyscall(SYS_ppoll, (long)&wanted, 1, (long)time, 0, 8, 0);
    if (wanted.happened & kPollIn) {
      Notification notification = {0};
      if (RawSyscall(SYS_ioctl, report->descriptor, kReceive, (long)&notification, 0, 0, 0) == 0) {
        report->number = (uint32_t)notification.number;
        report->arch = notification.arch;
        for (int at = 0; at < 6; at++) report->arguments[at] = notification.arguments[at];
        report->state = kNotified;
        RawSyscall(SYS_kill, report->caller, kSigkill, 0, 0, 0, 0);
        Exit(0);
      }
    }
    if (Ended(report, kNoHang)) Finish(report);
  }
}

__attribute__((noreturn)) static void Trace(volatile Report* report) {
  const long caller = report->caller;
  const long result = RawSyscall(SYS_ptrace, kSeize, caller, 0, kTraceOptions, 0, 0);
  if (result < 0) {
    RawSyscall(SYS_kill, caller, kSigkill, 0, 0, 0, 0);
    FailSetup("the call can't be traced", result);
  }
  report->ready = 1;
  for (;;) {
    int32_t status = 0;
    if (RawSyscall(SYS_wait4, caller, (long)&status, kAllChildren, 0, 0, 0) != caller) continue;
    report->status = status;
    if ((status & 0xff) != 0x7f) Finish(report);  // not a stop, but the end
    const int stop = status >> 8;
    if (stop == kSeccompStop) {
      uint64_t message = 0;
      RawSyscall(SYS_ptrace, kGetEventMessage, caller, 0, (long)&message, 0, 0);
      report->data = (uint32_t)message;
      report->state = kTraced;
      RawSyscall(SYS_kill, caller, kSigkill, 0, 0, 0, 0);
      Exit(0);
    }
    const int is_event = stop >> 8;
    RawSyscall(SYS_ptrace, kContinue, caller, 0, is_event ? 0 : stop, 0, 0);
  }
}

#endif
