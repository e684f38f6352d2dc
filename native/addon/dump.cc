#include "dump.h"

#include <cerrno>

namespace seccomp {

namespace {

// include/uapi/linux/ptrace.h
constexpr long kDetach = 17;
constexpr long kSeize = 0x4206;
constexpr long kInterrupt = 0x4207;
constexpr long kGetFilter = 0x420c;
constexpr long kGetMetadata = 0x420d;

// include/uapi/linux/wait.h
constexpr long kPid = 1;
constexpr long kNoHang = 1;
constexpr long kStopped = 2;
constexpr long kExited = 4;
constexpr long kNoWait = 0x01000000;
constexpr long kAll = 0x40000000;  // threads too

// include/uapi/asm-generic/siginfo.h: CLD_TRAPPED, CLD_STOPPED
constexpr int kTrapped = 4;
constexpr int kJobStopped = 5;

constexpr long kMonotonic = 1;  // CLOCK_MONOTONIC
constexpr int64_t kMillisecond = 1'000'000;
// A running thread stops in microseconds. One that waits for a disk or a dead server may take for ever.
constexpr int64_t kPatience = 1000 * kMillisecond;
constexpr int64_t kPause = kMillisecond / 10;

// The start of siginfo_t as waitid(2) fills it, on 64-bit machines.
struct ChildInfo {
  int signal, error, code, padding;
  int pid, uid, status;
  int rest[25];
};

struct Time {
  int64_t seconds, nanoseconds;
};

// struct seccomp_metadata
struct Metadata {
  uint64_t index, flags;
};

long Ptrace(long request, long tid, long address, long data) {
  return RawSyscall(SYS_ptrace, request, tid, address, data, 0, 0);
}

int64_t Now() {
  Time time;
  time.seconds = time.nanoseconds = 0;
  RawSyscall(SYS_clock_gettime, kMonotonic, reinterpret_cast<long>(&time), 0, 0, 0, 0);
  return time.seconds * 1000 * kMillisecond + time.nanoseconds;
}

void Pause() {
  Time time;
  time.seconds = 0;
  time.nanoseconds = kPause;
  RawSyscall(SYS_nanosleep, reinterpret_cast<long>(&time), 0, 0, 0, 0, 0);
}

enum class State { kRunning, kStopped, kGone };

// One question for stops and ends, told apart by what it says: the kernel tells a tracer of a stop whatever it asks for
// (kernel/exit.c, wait_task_stopped), so that a stop between two questions would pass for an end.
//
// Never reaps a child of ours that ended: libuv waits for it. Any other thread that ends while we trace it has to be
// reaped here, for its own parent hears of it only then.
State Look(long tid, bool own_child, int* status) {
  ChildInfo info;
  info.pid = 0;
  const long address = reinterpret_cast<long>(&info);
  const long result = RawSyscall(SYS_waitid, kPid, tid, address, kStopped | kExited | kNoHang | kNoWait | kAll, 0, 0);
  if (result == -EINTR || (result == 0 && info.pid == 0)) return State::kRunning;
  if (result < 0) return State::kGone;
  const bool stopped = info.code == kTrapped || info.code == kJobStopped;
  *status = info.status;
  if (stopped || !own_child) {
    RawSyscall(SYS_waitid, kPid, tid, address, (stopped ? kStopped : kExited) | kNoHang | kAll, 0, 0);
  }
  return stopped ? State::kStopped : State::kGone;
}

// A stop for a signal has its number alone as status, and the signal is ours to pass on; other stops have an event
// above it (ptrace(2), "Signal-delivery-stop" and "PTRACE_EVENT stops").
int PendingSignal(int status) { return status >> 8 == 0 ? status : 0; }

}  // namespace

Tracee::Tracee(long tid, bool own_child) : tid_(tid), own_child_(own_child) {
  result_ = Ptrace(kSeize, tid, 0, 0);
  if (result_ < 0) return;
  Ptrace(kInterrupt, tid, 0, 0);
  int status = 0;
  const int64_t deadline = Now() + kPatience;
  for (;;) {
    const State state = Look(tid, own_child, &status);
    if (state == State::kStopped) break;
    result_ = state == State::kGone ? -ESRCH : Now() > deadline ? -ETIMEDOUT : 0;
    if (result_ < 0) return;
    Pause();
  }
  signal_ = PendingSignal(status);
}

Tracee::~Tracee() {
  if (result_ < 0) return;
  // Only the thread's end keeps it from being let go: killed, it may have to be reaped.
  int status;
  if (Ptrace(kDetach, tid_, 0, signal_) < 0) Look(tid_, own_child_, &status);
}

long Tracee::ReadFilter(size_t index, Instruction (&instructions)[kMaxInstructions]) const {
  return Ptrace(kGetFilter, tid_, static_cast<long>(index), reinterpret_cast<long>(instructions));
}

long Tracee::ReadFlags(size_t index) const {
  Metadata metadata;
  metadata.index = index;
  metadata.flags = 0;
  const long result = Ptrace(kGetMetadata, tid_, sizeof metadata, reinterpret_cast<long>(&metadata));
  return result < 0 ? result : static_cast<long>(metadata.flags);
}

long Release(long tid, bool own_child) {
  int status = 0;
  const State state = Look(tid, own_child, &status);
  if (state == State::kRunning) return -EAGAIN;
  if (state == State::kStopped) Ptrace(kDetach, tid, 0, PendingSignal(status));
  return 0;
}

}  // namespace seccomp
