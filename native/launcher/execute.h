// execvp(3) as glibc has it, for a process whose filter may refuse everything but execve: the search makes no other
// call, and needs no memory.
#ifndef SECCOMP_LAUNCHER_EXECUTE_H
#define SECCOMP_LAUNCHER_EXECUTE_H

#include <errno.h>  // numbers only
#include <stddef.h>

#include "../system.h"

enum {
  kMaxPath = 4096,  // PATH_MAX, with the closing zero
  kMaxName = 255,   // NAME_MAX
};

static size_t Length(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

// PATH of the program's environment; confstr(_CS_PATH) when there is none.
static const char* SearchPath(char** environment) {
  for (; *environment != NULL; environment++) {
    const char* entry = *environment;
    if (entry[0] == 'P' && entry[1] == 'A' && entry[2] == 'T' && entry[3] == 'H' && entry[4] == '=') return entry + 5;
  }
  return "/bin:/usr/bin";
}

// One try. A file that the kernel knows no format for is a shell script. argv[-1] must be ours to write.
// Returns the errno; doesn't return on success.
static int ExecuteFile(const char* file, char** argv, char** environment) {
  long result = RawSyscall(SYS_execve, (long)file, (long)argv, (long)environment, 0, 0, 0);
  if (result != -ENOEXEC) return (int)-result;

  char* const name = argv[0];
  char** const script = argv - 1;
  script[0] = (char*)"/bin/sh";
  script[1] = (char*)file;
  result = RawSyscall(SYS_execve, (long)"/bin/sh", (long)script, (long)environment, 0, 0, 0);
  argv[0] = name;
  return (int)-result;
}

// A directory without the file, or that can't be reached at all, lets the search go on.
static int IsAbsent(int error) {
  return error == ENOENT || error == ENOTDIR || error == ESTALE || error == ENODEV || error == ETIMEDOUT;
}

// Returns the errno execvp(3) would leave; doesn't return on success.
static int Execute(const char* file, char** argv, char** environment) {
  if (*file == '\0') return ENOENT;
  const size_t length = Length(file);
  for (size_t at = 0; at < length; at++) {
    if (file[at] == '/') return ExecuteFile(file, argv, environment);
  }
  if (length > kMaxName) return ENAMETOOLONG;

  int denied = 0;
  const char* directory = SearchPath(environment);
  for (;;) {
    const char* end = directory;
    while (*end != '\0' && *end != ':') end++;

    char path[kMaxPath];
    const size_t prefix = (size_t)(end - directory);
    if (prefix + 1 + length < sizeof path) {
      size_t at = 0;
      for (; at < prefix; at++) path[at] = directory[at];
      if (prefix > 0) path[at++] = '/';  // an empty entry is the working directory
      for (size_t from = 0; from <= length; from++) path[at++] = file[from];

      const int error = ExecuteFile(path, argv, environment);
      if (error == EACCES) {
        denied = 1;  // told only if no later directory has the file
      } else if (!IsAbsent(error)) {
        return error;
      }
    }
    if (*end == '\0') return denied ? EACCES : ENOENT;
    directory = end + 1;
  }
}

#endif
