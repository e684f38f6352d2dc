// probe, which takes no arguments and these descriptors:
//
//   3   an Order: one call, with the bytes that its arguments point to
//   4   a Report
//   5…  filters, arrays of struct sock_filter, in the order to install them
//
// Installs the filters and makes the call, for real. The Report says what came of it; what it doesn't say is told by the
// end of this process: SIGSYS for KILL_PROCESS and KILL_THREAD, none at all for a call that doesn't return. Otherwise it
// ends by SIGBUS, for the filters may refuse every call there is to end by. Exit code 78: the filters aren't in force,
// and standard error says why; nothing was called. Where one that comes first refuses what putting the next in force
// takes, it may refuse these words too, and even to exit: then the Report says kInstalling, and the end is SIGILL.
//
// A supervisor or a tracer, where one is ordered, is this process; the call is made by a child that shares its
// descriptors and has no memory in common with it but the Report.
#include <errno.h>
#include <stddef.h>

#include "../canary/shared.h"
#include "../launcher/filters.h"
#include "../launcher/start.h"
#include "../system.h"
#include "order.h"
#include "watch.h"

enum {
  kOrderFd = 3,
  kReportFd = 4,
  kFirstFilterFd = 5,

  kSigsys = 31,
  kSignalInfo = 4,              // SA_SIGINFO
  kRestorer = 0x04000000,       // SA_RESTORER
  kBySeccomp = 1,               // SYS_SECCOMP, a si_code
  kFlagNewListener = 8,         // SECCOMP_FILTER_FLAG_NEW_LISTENER
  kShareFiles = 0x00000400,     // CLONE_FILES
  kSigchld = 17,
};

static volatile Report* report;
static volatile char* beyond;

// siginfo_t of a SIGSYS
typedef struct {
  int32_t signal;
  int32_t data;  // of the verdict
  int32_t code;
  int32_t unused;
  uint64_t address;
  int32_t number;
  uint32_t arch;
} SignalInfo;

static void OnSigsys(int signal, const SignalInfo* info, void* context) {
  (void)signal;
  (void)context;
  if (info->code == kBySeccomp) {
    report->data = (uint32_t)info->data;
    report->number = (uint32_t)info->number;
    report->arch = info->arch;
    report->state = kTrapped;
  }
  End(beyond);
}

__attribute__((noreturn)) static void NeverReturns(void) { End(beyond); }

// The kernel's own struct, the same for both CPUs.
static void CatchTraps(void) {
  const struct {
    void (*handler)(int, const SignalInfo*, void*);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
  } action = {OnSigsys, kSignalInfo | kRestorer, NeverReturns, 0};
  RawSyscall(SYS_rt_sigaction, kSigsys, (long)&action, 0, sizeof action.mask, 0, 0);
}

// As InstallFilters, but that one of them may have a listener.
static void Install(const Order* order, const Filters* filters, const Program* programs) {
  if (order->watch != kListener) {
    InstallFilters(filters, programs, order->flags, 1, kNoStatus);
    return;
  }
  const long allowed = RawSyscall(SYS_prctl, kSetNoNewPrivs, 1, 0, 0, 0, 0);
  if (allowed < 0) FailSetup("no_new_privs can't be set", allowed);
  for (uint32_t at = 0; at < filters->count; at++) {
    const uint32_t flags = order->flags | (at == order->listener ? kFlagNewListener : 0);
    const long result = RawSyscall(SYS_seccomp, kSetModeFilter, flags, (long)(programs + at), 0, 0, 0);
    if (result < 0) FailSetup("the kernel refuses the filter", result);
    if (at == order->listener) report->descriptor = (int32_t)result;
  }
}

__attribute__((noreturn)) static void Call(const Order* order, const Filters* filters, const Program* programs) {
  while (order->watch == kTracer && report->ready == 0) Sleep(200000);
  PrepareEnd();
  CatchTraps();
  report->state = kInstalling;
  Install(order, filters, programs);
  report->state = kCalling;
  report->result = Ask(&order->question);
  report->state = kReturned;
  End(beyond);
}

static void Start(long* stack) {
  (void)stack;
  const size_t size = FileSize(kOrderFd);
  if (size < sizeof(Order) || FileSize(kReportFd) != sizeof(Report)) FailSetup("the order is cut off", -EINVAL);
  const Order* order = Map(kOrderAddress, kOrderFd, size, kRead | kWrite, kPrivate | kFixed);
  char* memory = Map(0, kReportFd, BeyondFile(sizeof(Report)) + kLargestPage, kRead | kWrite, kShared);
  report = (volatile Report*)memory;
  beyond = memory + BeyondFile(sizeof(Report));

  static Filters filters;
  static Program programs[kMaxFilters];
  if (order->filters == 0 || order->filters > kMaxFilters) FailSetup("1 to 64 filters are needed", -EINVAL);
  for (filters.count = 0; filters.count < order->filters; filters.count++) {
    filters.descriptors[filters.count] = kFirstFilterFd + (int)filters.count;
  }
  ReadFilters(&filters, programs, kNoStatus);

  if (order->watch == kNobody) Call(order, &filters, programs);
  RawSyscall(SYS_prctl, kDeathSignal, kSigkill, 0, 0, 0, 0);
  const long child = RawSyscall(SYS_clone, kShareFiles | kSigchld, 0, 0, 0, 0, 0);
  if (child < 0) FailSetup("no process can be started", child);
  if (child == 0) Call(order, &filters, programs);
  report->caller = (int32_t)child;
  if (order->watch == kTracer) Trace(report);
  Supervise(report);
}
