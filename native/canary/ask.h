// One call, made as a program would make it, with nothing between the registers and the answer.
#ifndef SECCOMP_CANARY_ASK_H
#define SECCOMP_CANARY_ASK_H

#include "../system.h"

// Ways into the kernel; lib/testing/questions.ts writes them.
enum Entry {
  kNative = 0,  // x32 too: its numbers carry bit 30
  kInt80 = 1,   // i386, on x86_64 with 32-bit emulation; SIGSEGV without
  kEntries = 2,
};

typedef struct {
  uint32_t entry;
  uint32_t number;
  uint64_t arguments[6];
  uint64_t unused;  // a cache line
} Question;

#if defined(__x86_64__)
// The 32-bit registers of i386; the upper halves are cut off on the way (arch/x86/entry/entry_64_compat.S). The sixth
// argument travels in the frame pointer, which no constraint can name, so that it changes places for the time.
static inline long AskInt80(const Question* question) {
  const uint64_t* arguments = question->arguments;
  int32_t result;
  register uint64_t sixth __asm__("r12") = (uint32_t)arguments[5];
  __asm__ volatile(
      "xchg %%r12, %%rbp\n\t"
      "int $0x80\n\t"
      "xchg %%r12, %%rbp"
      : "=a"(result), "+r"(sixth)
      : "a"(question->number), "b"((uint32_t)arguments[0]), "c"((uint32_t)arguments[1]), "d"((uint32_t)arguments[2]),
        "S"((uint32_t)arguments[3]), "D"((uint32_t)arguments[4])
      : "r8", "r9", "r10", "r11", "memory", "cc");
  return result;
}
#endif

static inline long Ask(const Question* question) {
#if defined(__x86_64__)
  if (question->entry == kInt80) return AskInt80(question);
#endif
  const uint64_t* arguments = question->arguments;
  return RawSyscall((long)question->number, (long)arguments[0], (long)arguments[1], (long)arguments[2],
                    (long)arguments[3], (long)arguments[4], (long)arguments[5]);
}

// getpid(2): harmless should it really run.
static inline Question Harmless(uint32_t entry) {
  return (Question){entry, entry == kInt80 ? 20 : SYS_getpid, {0}, 0};
}

#endif
