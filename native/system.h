// The kernel's own interface, without a libc: the syscall instruction of each architecture, and the few numbers of
// the seccomp(2), prctl(2) and memfd_create(2) ABI that we use. They are spelt out here so that the build asks for no
// kernel headers (Alpine has them in a package of their own, and older distributions lack the newer flags).
// Sources: arch/*/entry*, include/uapi/linux/{seccomp,prctl,filter,memfd,fcntl}.h.
#ifndef SECCOMP_SYSTEM_H
#define SECCOMP_SYSTEM_H

#include <stdint.h>
#include <sys/syscall.h>  // numbers only

#if !defined(__linux__) || !(defined(__x86_64__) || defined(__aarch64__))
#error "only Linux on x86_64 and aarch64 is supported"
#endif

enum {
  kSetModeFilter = 1,    // SECCOMP_SET_MODE_FILTER
  kGetActionAvail = 2,   // SECCOMP_GET_ACTION_AVAIL
  kGetNotifSizes = 3,    // SECCOMP_GET_NOTIF_SIZES
  kSetNoNewPrivs = 38,   // PR_SET_NO_NEW_PRIVS
  kGetNoNewPrivs = 39,   // PR_GET_NO_NEW_PRIVS
  kMaxInstructions = 4096,  // BPF_MAXINSNS
  kMaxErrno = 4095,      // the kernel's MAX_ERRNO
};

// struct sock_filter
typedef struct {
  uint16_t code;
  uint8_t jt;
  uint8_t jf;
  uint32_t k;
} Instruction;

// struct sock_fprog
typedef struct {
  uint16_t length;
  const Instruction* instructions;
} Program;

// The raw call: a result, or -errno.
static inline long RawSyscall(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
#endif
}

#endif
