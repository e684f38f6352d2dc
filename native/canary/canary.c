// canary, which takes no arguments and these descriptors:
//
//   3  a filter, an array of struct sock_filter, that answers every call with an errno from 1024 to 4095
//   4  questions, an array of Question
//   5  answers: a Report, then a 16-bit errno for each question
//
// Installs the filter and asks the kernel every question by making the call. None of them runs, for the filter refuses
// all: what the errno is tells which verdict it stands for (lib/testing/canary.ts). Before the filter is in force this
// looks at the filter itself; after, it makes harmless calls first; and the first answer that isn't such an errno ends
// it. So no call that does something is ever made without a filter that is known to refuse it.
//
// Ends by SIGBUS, as no call could end it; the Report says how far it came. Exit code 78: the filter isn't in force, and
// standard error says why; nothing was asked.
#include <stddef.h>

#include "../launcher/filters.h"
#include "../launcher/start.h"
#include "../system.h"
#include "ask.h"
#include "shared.h"

enum {
  kFilter = 3,
  kQuestions = 4,
  kAnswers = 5,

  kFirst = 1024,  // of the errno that stand for a verdict
  kLast = 4095,
  kBlock = 1024,

  kReturn = 6,            // BPF_RET, a class of instructions
  kReturnConstant = 0x06,  // BPF_RET|BPF_K
  kErrno = 0x00050000,    // SECCOMP_RET_ERRNO
};

// lib/testing/ask.ts reads it.
enum State {
  kInForce = 1,
  kDone = 2,
  kStray = 3,  // a call was answered by somebody else than the filter
};

typedef struct {
  uint32_t state;
  uint32_t asked;
  int64_t stray;
  // Two clocks at the beginning and later: how long a tick is. Under the filter, only ticks are left.
  uint64_t nanoseconds[2];
  uint64_t ticks[2];
  // What the quickest kBlock questions in a row took: as long as nothing else wants the processor.
  uint64_t block;
  uint64_t unused;
} Report;

// Whatever its jumps do, a program all of whose returns are canaries lets no call through. (Dividing by zero returns
// KILL_THREAD.)
static int IsCanary(const Program* program) {
  for (uint32_t at = 0; at < program->length; at++) {
    const Instruction* instruction = program->instructions + at;
    if ((instruction->code & 7) != kReturn) continue;
    if (instruction->code != kReturnConstant) return 0;
    if (instruction->k < kErrno + kFirst || instruction->k > kErrno + kLast) return 0;
  }
  return 1;
}

static int IsVerdict(long result) { return result <= -kFirst && result >= -kLast; }

// Never returns: nothing that isn't known to be refused may be asked any more.
__attribute__((noreturn)) static void Stray(volatile Report* report, long result, volatile char* beyond) {
  report->stray = result;
  report->state = kStray;
  End(beyond);
}

// A clock that needs no call.
static inline uint64_t Ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#endif
}

static uint64_t Nanoseconds(void) {
  int64_t time[2] = {0, 0};
  RawSyscall(SYS_clock_gettime, 1, (long)time, 0, 0, 0, 0);  // CLOCK_MONOTONIC
  return (uint64_t)time[0] * 1000000000 + (uint64_t)time[1];
}

static void Start(long* stack) {
  (void)stack;
  const uint64_t nanoseconds = Nanoseconds();
  const uint64_t ticks = Ticks();
  static const Filters filters = {{kFilter}, 1};
  static Program program;
  ReadFilters(&filters, &program, kNoStatus);
  if (!IsCanary(&program)) FailSetup("the filter doesn't refuse every call", -EINVAL);

  const size_t size = FileSize(kQuestions);
  const size_t room = FileSize(kAnswers);
  const uint32_t count = (uint32_t)(size / sizeof(Question));
  if (size % sizeof(Question) != 0 || size / sizeof(Question) != count) FailSetup("questions are cut off", -EINVAL);
  if (room != sizeof(Report) + count * sizeof(uint16_t)) FailSetup("there is no room for the answers", -EINVAL);
  const Question* questions = Map(0, kQuestions, size, kRead, kPrivate);
  char* memory = Map(0, kAnswers, BeyondFile(room) + kLargestPage, kRead | kWrite, kShared);
  volatile Report* report = (volatile Report*)memory;
  volatile uint16_t* answers = (volatile uint16_t*)(memory + sizeof(Report));
  volatile char* beyond = memory + BeyondFile(room);

  PrepareEnd();
  report->nanoseconds[0] = nanoseconds;
  report->ticks[0] = ticks;
  report->nanoseconds[1] = Nanoseconds();
  report->ticks[1] = Ticks();
  InstallFilters(&filters, &program, 0, 1, kNoStatus);
  report->state = kInForce;

  uint32_t entry = kEntries;
  uint64_t began = Ticks();
  for (uint32_t at = 0; at < count; at++) {
    const Question* question = questions + at;
    if (question->entry != entry) {
      entry = question->entry;
      const Question harmless = Harmless(entry);
      const long result = Ask(&harmless);
      if (!IsVerdict(result)) Stray(report, result, beyond);
    }
    const long result = Ask(question);
    if (!IsVerdict(result)) Stray(report, result, beyond);
    answers[at] = (uint16_t)-result;
    report->asked = at + 1;
    if ((at + 1) % kBlock != 0) continue;
    const uint64_t now = Ticks();
    if (report->block == 0 || now - began < report->block) report->block = now - began;
    began = now;
  }
  report->state = kDone;
  End(beyond);
}
