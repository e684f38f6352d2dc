// SIGSYS in this process. The handler may interrupt any code on any thread, so it takes no lock, allocates nothing and
// calls nothing but the kernel, once; and that call the filter itself could refuse, which it must then do by an errno:
// SIGSYS is blocked here, and a blocked one that the kernel has to send ends the process (kernel/signal.c,
// force_sig_info_to_task).
#include "violations.h"

#include <cerrno>
#include <cstddef>

#include "../system.h"

namespace seccomp {

namespace {

constexpr int kSigsys = 31;
constexpr int kFromFilter = 1;  // SYS_SECCOMP, include/uapi/asm-generic/siginfo.h

// uapi/asm/signal.h, of both architectures.
constexpr unsigned long kSigInfo = 0x00000004;    // SA_SIGINFO
constexpr unsigned long kRestorer = 0x04000000;   // SA_RESTORER
constexpr unsigned long kOnStack = 0x08000000;    // SA_ONSTACK: on the thread's own signal stack where it has one
constexpr unsigned long kRestart = 0x10000000;    // SA_RESTART

// siginfo_t for SIGSYS, on 64-bit machines.
struct Info {
  int signal, error, code, padding;
  uint64_t call_address;
  int number;
  uint32_t arch;
};

// The start of struct ucontext: flags, link, stack_t (arch/*/include/uapi/asm/{ucontext,sigcontext}.h).
#if defined(__x86_64__)
struct Context {
  uint64_t head[5];
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip;
};
static_assert(offsetof(Context, ax) == 144 && offsetof(Context, ip) == 168);
constexpr uint32_t kArch32 = 0x40000003;  // AUDIT_ARCH_I386: a 64-bit program's int 0x80
#else
struct Context {
  uint64_t head[5];
  uint64_t mask[16];
  alignas(16) uint64_t fault_address;
  uint64_t x[31];
  uint64_t sp, pc;
};
static_assert(offsetof(Context, x) == 184 && offsetof(Context, pc) == 440);
#endif

// The kernel's struct sigaction, not libc's.
struct Action {
  void (*handler)(int, Info*, void*);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

// A queue with numbered slots (D. Vyukov's): a slot's turn says whether it can be written to or read from at a position.
constexpr uint32_t kSlots = 1024;
struct Slot {
  uint32_t turn;  // less the slot's index, so that the start is all zeros
  Violation violation;
};
Slot slots[kSlots];
uint32_t tail;
uint32_t head;
uint32_t lost;

Action before;
enum State : uint32_t { kNot, kBusy, kCaught };
uint32_t state;

template <typename Use>
bool Claim(uint32_t* end, uint32_t ahead, Use use) {
  uint32_t position = __atomic_load_n(end, __ATOMIC_RELAXED);
  for (;;) {
    const uint32_t index = position % kSlots;
    Slot& slot = slots[index];
    const int32_t off = static_cast<int32_t>(__atomic_load_n(&slot.turn, __ATOMIC_ACQUIRE) + index - position - ahead);
    if (off < 0) return false;
    if (off > 0) {
      position = __atomic_load_n(end, __ATOMIC_RELAXED);
    } else if (__atomic_compare_exchange_n(end, &position, position + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      use(slot.violation);
      const uint32_t next = ahead == 0 ? position + 1 : position + kSlots;
      __atomic_store_n(&slot.turn, next - index, __ATOMIC_RELEASE);
      return true;
    }
  }
}

void ReadArguments(const Context& context, uint32_t arch, uint64_t* args) {
#if defined(__x86_64__)
  const uint64_t wide[6] = {context.di, context.si, context.dx, context.r10, context.r8, context.r9};
  const uint64_t narrow[6] = {context.bx, context.cx, context.dx, context.si, context.di, context.bp};
  for (int index = 0; index < 6; index++)
    args[index] = arch == kArch32 ? static_cast<uint32_t>(narrow[index]) : wide[index];
#else
  (void)arch;
  for (int index = 0; index < 6; index++) args[index] = context.x[index];
#endif
}

// What a SIGSYS did before: it was sent by somebody, for no filter's sake.
void PassOn(int signal, Info* info, void* context) {
  const auto disposition = reinterpret_cast<uint64_t>(before.handler);
  if (disposition == 1) return;  // SIG_IGN
  if (disposition != 0) {
    before.handler(signal, info, context);
    return;
  }
  const Action byDefault = {};
  RawSyscall(SYS_rt_sigaction, kSigsys, reinterpret_cast<long>(&byDefault), 0, sizeof byDefault.mask, 0, 0);
  const long pid = RawSyscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
  const long tid = RawSyscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
  // Ends the process when this handler returns; a filter may refuse even that.
  if (RawSyscall(SYS_tgkill, pid, tid, kSigsys, 0, 0, 0) < 0) RawSyscall(SYS_exit_group, 128 + kSigsys, 0, 0, 0, 0, 0);
}

void Handle(int signal, Info* info, void* raw_context) {
  if (info->code != kFromFilter) {
    PassOn(signal, info, raw_context);
    return;
  }
  Context& context = *static_cast<Context*>(raw_context);
  // Without an errno in it a verdict is another program's; success would be a lie.
  const int error = info->error <= 0 ? EPERM : info->error > kMaxErrno ? static_cast<int>(kMaxErrno) : info->error;
  const long tid = RawSyscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
  const bool kept = Claim(&tail, 0, [&](Violation& violation) {
    ReadArguments(context, info->arch, violation.args);
    violation.instruction_pointer = info->call_address;
    violation.number = static_cast<uint32_t>(info->number);
    violation.arch = info->arch;
    violation.tid = tid < 0 ? 0 : static_cast<uint32_t>(tid);
    violation.error = static_cast<uint32_t>(error);
  });
  if (!kept) __atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
#if defined(__x86_64__)
  context.ax = static_cast<uint64_t>(-static_cast<int64_t>(error));
#else
  context.x[0] = static_cast<uint64_t>(-static_cast<int64_t>(error));
#endif
}

#if defined(__x86_64__)
// x86_64 has no way back from a handler but the one that its owner brings.
extern "C" __attribute__((visibility("hidden"))) void seccomp_restore();
__asm__(
    ".text\n"
    ".hidden seccomp_restore\n"
    ".type seccomp_restore, @function\n"
    "seccomp_restore:\n"
    "  mov $15, %eax\n"  // rt_sigreturn
    "  syscall\n"
    ".size seccomp_restore, . - seccomp_restore\n");
constexpr unsigned long kBack = kRestorer;
#else
constexpr unsigned long kBack = 0;  // through the vDSO
#endif

}  // namespace

long CatchViolations() {
  // Of two threads that come at a time one waits for the other's answer, a moment.
  for (uint32_t expected = kNot;
       !__atomic_compare_exchange_n(&state, &expected, kBusy, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
       expected = kNot) {
    if (expected == kCaught) return 0;
  }
  Action action = {Handle, kSigInfo | kOnStack | kRestart | kBack, nullptr, ~0ul};
#if defined(__x86_64__)
  action.restorer = seccomp_restore;
#endif
  const long result = RawSyscall(SYS_rt_sigaction, kSigsys, reinterpret_cast<long>(&action),
                                 reinterpret_cast<long>(&before), sizeof action.mask, 0, 0);
  __atomic_store_n(&state, result < 0 ? kNot : kCaught, __ATOMIC_RELEASE);
  return result;
}

size_t TakeViolations(Violation* violations, size_t most) {
  size_t count = 0;
  while (count < most && Claim(&head, 1, [&](const Violation& violation) { violations[count] = violation; })) count++;
  return count;
}

uint32_t TakeLost() { return __atomic_exchange_n(&lost, 0, __ATOMIC_RELAXED); }

}  // namespace seccomp
