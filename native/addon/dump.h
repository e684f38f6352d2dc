#ifndef SECCOMP_ADDON_DUMP_H
#define SECCOMP_ADDON_DUMP_H

#include <cstddef>
#include <cstdint>

#include "../system.h"

namespace seccomp {

// A thread of another process, stopped by ptrace(2) for as long as this object lives, so that its filters can be read.
// Whatever happens in between, its destructor lets the thread go on, with the signal that it was about to get.
class Tracee {
 public:
  // `own_child`: the thread is the main one of a child of this process, whose end somebody else here waits for.
  Tracee(long tid, bool own_child);
  ~Tracee();
  Tracee(const Tracee&) = delete;
  Tracee& operator=(const Tracee&) = delete;

  // 0 when it is stopped, or -errno: EPERM (not allowed, or traced already), ESRCH (it ended), ETIMEDOUT (it can't be
  // stopped now; Release() has to be called until it says that nothing is left to release).
  long result() const { return result_; }

  // The number of instructions of the filter installed as `index`th, or -errno: ENOENT behind the last one.
  long ReadFilter(size_t index, Instruction (&instructions)[kMaxInstructions]) const;

  // SECCOMP_FILTER_FLAG_* that the kernel remembers of that filter (LOG alone), or -errno.
  long ReadFlags(size_t index) const;

 private:
  long tid_;
  bool own_child_;
  int signal_ = 0;
  long result_;
};

// Lets go of a thread that couldn't be stopped in time. 0 when it is free (or gone), -EAGAIN when it still isn't.
long Release(long tid, bool own_child);

}  // namespace seccomp

#endif
