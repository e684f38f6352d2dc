#include "execute.h"

#include <cerrno>

#include "../system.h"

namespace seccomp {

namespace {

// Turns offsets into addresses from word `first` to the next zero word, whose index it returns; 0 for a bad one.
size_t Relocate(uint64_t* words, size_t count, size_t size, size_t first) {
  for (size_t at = first; at < count; at++) {
    if (words[at] == 0) return at;
    if (words[at] >= size) return 0;
    words[at] += reinterpret_cast<uint64_t>(words);
  }
  return 0;
}

}  // namespace

long Execute(void* block, size_t size) {
  uint64_t* words = static_cast<uint64_t*>(block);
  const bool aligned = reinterpret_cast<uint64_t>(block) % sizeof *words == 0;
  const size_t count = size / sizeof *words;
  // The last byte ends every string.
  if (!aligned || count < 4 || static_cast<const char*>(block)[size - 1] != '\0') return -EINVAL;

  const size_t arguments_end = Relocate(words, count, size, 0);
  if (arguments_end < 2) return -EINVAL;
  const size_t environment = arguments_end + 1;
  if (Relocate(words, count, size, environment) == 0) return -EINVAL;
  return RawSyscall(SYS_execve, static_cast<long>(words[0]), reinterpret_cast<long>(words + 1),
                    reinterpret_cast<long>(words + environment), 0, 0, 0);
}

long SetCloseOnExec(uint32_t descriptor, bool closes) {
  const long set_descriptor_flags = 2;  // F_SETFD, with FD_CLOEXEC or nothing
  return RawSyscall(SYS_fcntl, descriptor, set_descriptor_flags, closes ? 1 : 0, 0, 0, 0);
}

long MakePipe(int32_t ends[2]) {
  const long close_on_exec = 02000000;  // O_CLOEXEC, on x86_64 and aarch64 alike
  return RawSyscall(SYS_pipe2, reinterpret_cast<long>(ends), close_on_exec, 0, 0, 0, 0);
}

long EndOfPipe(uint32_t read_end, uint32_t write_end, void* bytes, size_t size) {
  RawSyscall(SYS_close, write_end, 0, 0, 0, 0, 0);
  long result;
  do result = RawSyscall(SYS_read, read_end, reinterpret_cast<long>(bytes), size, 0, 0, 0);
  while (result == -EINTR);
  RawSyscall(SYS_close, read_end, 0, 0, 0, 0, 0);
  return result;
}

}  // namespace seccomp
