#ifndef SECCOMP_ADDON_EXECUTE_H
#define SECCOMP_ADDON_EXECUTE_H

#include <cstddef>
#include <cstdint>

namespace seccomp {

// execve(2) of this process: all its threads end, and the program takes its place. `block` begins with 64-bit words, each
// the offset in it of a string that ends in a zero byte: the file, the arguments, a zero word, the environment, a zero
// word. Returns only when it fails: -errno; -EINVAL for a block that is no such thing. The words are overwritten.
long Execute(void* block, size_t size);

// Whether a descriptor closes when a program is executed. 0, or -errno.
long SetCloseOnExec(uint32_t descriptor, bool closes);

// A pipe whose ends close when a program is executed: the end to read, the end to write. 0, or -errno.
long MakePipe(int32_t ends[2]);

// Closes the end to write, waits until nobody else has one either or something was written, and closes the end to read.
// How many bytes were written, 0 for none; or -errno.
long EndOfPipe(uint32_t read_end, uint32_t write_end, void* bytes, size_t size);

}  // namespace seccomp

#endif
