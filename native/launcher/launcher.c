// launcher FILTER_FD[,FILTER_FD]... FLAGS NO_NEW_PRIVS STATUS_FD FILE ARGV0 [ARGUMENT]...
//
// Installs seccomp filters and becomes another program, so that the program is filtered from its first instruction.
//
//   FILTER_FD     an inherited descriptor (3 or above) holding an array of struct sock_filter and nothing else, 1 to
//                 4096 of them. A file or memfd is read from its beginning whatever its offset, so that many
//                 launchers may share one; a pipe is read to its end. Closed before the program starts. Of several, at
//                 most 64, all are read before the first is installed, and they are installed in their order; the
//                 program runs when all are in force. All but the last must let seccomp(2) through.
//   FLAGS         SECCOMP_FILTER_FLAG_* for seccomp(2), a decimal number, for every filter. Not NEW_LISTENER: nobody
//                 would listen.
//   NO_NEW_PRIVS  1 sets no_new_privs first; 0 leaves it, and the kernel then asks for CAP_SYS_ADMIN.
//   STATUS_FD     an inherited descriptor, or `-`. It is made close-on-exec; when the launcher fails it gets two
//                 native 32-bit words, the stage (enum Stage) and the errno, in place of the message on standard
//                 error. End of file without them means that the program is running.
//   FILE          what to run, found as execvp(3) finds it: by the PATH in the environment unless it has a slash.
//   ARGV0 ...     the program's whole argument list. The environment and all other descriptors pass through.
//
// launcher --version prints which protocol it speaks, and so shows that it runs here.
//
// Exit codes as env(1) has them: 127 FILE not found, 126 FILE can't be executed, 125 wrong arguments; and
// 78 (EX_CONFIG) when a filter can't be read or installed. In each case nothing was run.
//
// There is no libc in here. That makes a start twice as quick as a dynamic program's, one binary serves glibc and
// musl, and what happens between seccomp(2) and execve(2) is in plain sight: nothing. A filter that lets execve(2)
// through is enough.
#include <stddef.h>

#include "../system.h"
#include "execute.h"
#include "failure.h"
#include "filters.h"
#include "message.h"
#include "start.h"

enum { kFlagNewListener = 8 };

typedef struct {
  Filters filters;
  uint32_t flags;
  uint32_t no_new_privs;
  int status;
  const char* file;
  char** argv;
} Arguments;

__attribute__((noreturn)) static void FailUsage(const char* reason) {
  Message message;
  Begin(&message);
  AddText(&message, "launcher: ");
  AddText(&message, reason);
  AddText(&message, "\nusage: launcher FILTER_FD[,FILTER_FD]... FLAGS NO_NEW_PRIVS STATUS_FD FILE ARGV0 [ARGUMENT]...\n");
  Fail(kNoStatus, kStageUsage, EINVAL, 125, &message);
}

// Reads digits up to `end`, another character; returns where they end, or NULL for no digit or a number above `limit`.
static const char* ParseDigits(const char* text, uint32_t limit, uint32_t* number) {
  uint64_t value = 0;
  const char* at = text;
  for (; *at >= '0' && *at <= '9' && value <= limit; at++) value = value * 10 + (uint64_t)(*at - '0');
  *number = (uint32_t)value;
  return at != text && value <= limit ? at : NULL;
}

static int ParseNumber(const char* text, uint32_t limit, uint32_t* number) {
  const char* end = ParseDigits(text, limit, number);
  return end != NULL && *end == '\0';
}

// The standard three are the program's own: closing one would hand its number to the first file the program opens.
static const char* ParseDescriptor(const char* text, int* descriptor) {
  uint32_t number;
  const char* end = ParseDigits(text, INT32_MAX, &number);
  *descriptor = (int)number;
  return number < 3 ? NULL : end;
}

static int ParseFilters(const char* text, Filters* filters) {
  for (filters->count = 0; filters->count < kMaxFilters;) {
    text = ParseDescriptor(text, &filters->descriptors[filters->count]);
    if (text == NULL) return 0;
    filters->count++;
    if (*text == '\0') return 1;
    if (*text++ != ',') return 0;
  }
  return 0;
}

static int IsFilter(const Filters* filters, int descriptor) {
  for (uint32_t index = 0; index < filters->count; index++) {
    if (filters->descriptors[index] == descriptor) return 1;
  }
  return 0;
}

// `-`, or a descriptor that holds no filter.
static int ParseStatus(const char* text, const Filters* filters, int* status) {
  *status = kNoStatus;
  if (text[0] == '-' && text[1] == '\0') return 1;
  const char* end = ParseDescriptor(text, status);
  return end != NULL && *end == '\0' && !IsFilter(filters, *status);
}

static int IsVersion(const char* argument) {
  static const char version[] = "--version";
  for (size_t at = 0; at < sizeof version; at++) {
    if (argument[at] != version[at]) return 0;
  }
  return 1;
}

static void ParseArguments(long count, char** argv, Arguments* arguments) {
  if (count == 2 && IsVersion(argv[1])) {
    static const char text[] = "seccomp launcher, protocol 2\n";
    RawSyscall(SYS_write, 1, (long)text, sizeof text - 1, 0, 0, 0);
    Exit(0);
  }
  if (count < 7) FailUsage("too few arguments");
  if (!ParseFilters(argv[1], &arguments->filters)) FailUsage("FILTER_FD must be 1 to 64 descriptors, each 3 or above");
  if (!ParseNumber(argv[2], UINT32_MAX, &arguments->flags)) FailUsage("FLAGS must be a 32-bit decimal number");
  if (arguments->flags & kFlagNewListener) FailUsage("FLAGS must not ask for a listener");
  if (!ParseNumber(argv[3], 1, &arguments->no_new_privs)) FailUsage("NO_NEW_PRIVS must be 0 or 1");
  if (!ParseStatus(argv[4], &arguments->filters, &arguments->status)) {
    FailUsage("STATUS_FD must be - or another descriptor, 3 or above");
  }
  arguments->file = argv[5];
  arguments->argv = argv + 6;
}

static void Start(long* stack) {
  const long count = stack[0];
  char** argv = (char**)(stack + 1);
  char** environment = argv + count + 1;
  static Arguments arguments;
  ParseArguments(count, argv, &arguments);

  if (arguments.status != kNoStatus) {
    const long set_close_on_exec = 2;  // F_SETFD, with FD_CLOEXEC
    if (RawSyscall(SYS_fcntl, arguments.status, set_close_on_exec, 1, 0, 0, 0) < 0) FailUsage("STATUS_FD isn't open");
  }

  static Program programs[kMaxFilters];
  ReadFilters(&arguments.filters, programs, arguments.status);
  InstallFilters(&arguments.filters, programs, arguments.flags, (int)arguments.no_new_privs, arguments.status);

  const int error = Execute(arguments.file, arguments.argv, environment);
  Message message;
  Begin(&message);
  AddQuoted(&message, arguments.file);
  AddText(&message, ": ");
  AddError(&message, error);
  AddCharacter(&message, '\n');
  Fail(arguments.status, kStageExecute, error, error == ENOENT ? 127 : 126, &message);
}
