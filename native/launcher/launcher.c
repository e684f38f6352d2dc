// launcher FILTER_FD FLAGS NO_NEW_PRIVS STATUS_FD FILE ARGV0 [ARGUMENT]...
//
// Installs a seccomp filter and becomes another program, so that the program is filtered from its first instruction.
//
//   FILTER_FD     an inherited descriptor (3 or above) holding an array of struct sock_filter and nothing else, 1 to
//                 4096 of them. A file or memfd is read from its beginning whatever its offset, so that many
//                 launchers may share one; a pipe is read to its end. Closed before the program starts.
//   FLAGS         SECCOMP_FILTER_FLAG_* for seccomp(2), a decimal number. Not NEW_LISTENER: nobody would listen.
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
// 78 (EX_CONFIG) when the filter can't be read or installed. In each case nothing was run.
//
// There is no libc in here. That makes a start twice as quick as a dynamic program's, one binary serves glibc and
// musl, and what happens between seccomp(2) and execve(2) is in plain sight: nothing. A filter that lets execve(2)
// through is enough.
#include <stddef.h>

#include "../system.h"
#include "execute.h"
#include "message.h"
#include "start.h"

enum { kFlagNewListener = 8 };

// Words of STATUS_FD; lib/process/launcher.ts reads them.
enum Stage {
  kStageUsage = 1,
  kStageRead = 2,
  kStageNoNewPrivs = 3,
  kStageInstall = 4,
  kStageExecute = 5,
};

static const int kNoStatus = -1;

typedef struct {
  int filter;
  uint32_t flags;
  uint32_t no_new_privs;
  int status;
  const char* file;
  char** argv;
} Arguments;

// Tells the parent, or else the reader of standard error, and ends.
__attribute__((noreturn)) static void Fail(int status, enum Stage stage, int error, int code, const Message* message) {
  const uint32_t record[2] = {stage, (uint32_t)error};
  const long size = sizeof record;
  if (status == kNoStatus || RawSyscall(SYS_write, status, (long)record, size, 0, 0, 0) != size) Print(message);
  Exit(code);
}

__attribute__((noreturn)) static void FailUsage(const char* reason) {
  Message message;
  Begin(&message);
  AddText(&message, "launcher: ");
  AddText(&message, reason);
  AddText(&message, "\nusage: launcher FILTER_FD FLAGS NO_NEW_PRIVS STATUS_FD FILE ARGV0 [ARGUMENT]...\n");
  Fail(kNoStatus, kStageUsage, EINVAL, 125, &message);
}

__attribute__((noreturn)) static void FailEnforcing(int status, enum Stage stage, int error, const char* what) {
  Message message;
  Begin(&message);
  AddText(&message, what);
  AddText(&message, ": ");
  AddError(&message, error);
  AddText(&message, "; nothing was run\n");
  Fail(status, stage, error, 78, &message);
}

static int ParseNumber(const char* text, uint32_t limit, uint32_t* number) {
  uint64_t value = 0;
  const char* at = text;
  for (; *at >= '0' && *at <= '9' && value <= limit; at++) value = value * 10 + (uint64_t)(*at - '0');
  *number = (uint32_t)value;
  return *at == '\0' && at != text && value <= limit;
}

// The standard three are the program's own: closing one would hand its number to the first file the program opens.
static int ParseDescriptor(const char* text, int* descriptor) {
  uint32_t number;
  if (!ParseNumber(text, INT32_MAX, &number) || number < 3) return 0;
  *descriptor = (int)number;
  return 1;
}

static int IsVersion(const char* argument) {
  static const char version[] = "--version";
  for (size_t at = 0; at < sizeof version; at++) {
    if (argument[at] != version[at]) return 0;
  }
  return 1;
}

static Arguments ParseArguments(long count, char** argv) {
  Arguments arguments = {.status = kNoStatus};
  if (count == 2 && IsVersion(argv[1])) {
    static const char text[] = "seccomp launcher, protocol 1\n";
    RawSyscall(SYS_write, 1, (long)text, sizeof text - 1, 0, 0, 0);
    Exit(0);
  }
  if (count < 7) FailUsage("too few arguments");
  if (!ParseDescriptor(argv[1], &arguments.filter)) FailUsage("FILTER_FD must be a descriptor, 3 or above");
  if (!ParseNumber(argv[2], UINT32_MAX, &arguments.flags)) FailUsage("FLAGS must be a 32-bit decimal number");
  if (arguments.flags & kFlagNewListener) FailUsage("FLAGS must not ask for a listener");
  if (!ParseNumber(argv[3], 1, &arguments.no_new_privs)) FailUsage("NO_NEW_PRIVS must be 0 or 1");
  const int no_status = argv[4][0] == '-' && argv[4][1] == '\0';
  if (!no_status && (!ParseDescriptor(argv[4], &arguments.status) || arguments.status == arguments.filter)) {
    FailUsage("STATUS_FD must be - or another descriptor, 3 or above");
  }
  arguments.file = argv[5];
  arguments.argv = argv + 6;
  return arguments;
}

// Reads the whole filter into `program`, which has room for one instruction too many; returns its size in bytes.
static size_t ReadFilter(const Arguments* arguments, char* program, size_t room) {
  static const char what[] = "the filter can't be read";
  int seekable = 1;
  size_t size = 0;
  while (size < room) {
    const long to = (long)(program + size);
    const long rest = (long)(room - size);
    const long result = seekable ? RawSyscall(SYS_pread64, arguments->filter, to, rest, (long)size, 0, 0)
                                 : RawSyscall(SYS_read, arguments->filter, to, rest, 0, 0, 0);
    if (result == 0) break;
    if (result == -EINTR) continue;
    if (result == -ESPIPE && seekable) {
      seekable = 0;
      continue;
    }
    if (result < 0) FailEnforcing(arguments->status, kStageRead, (int)-result, what);
    size += (size_t)result;
  }
  if (size == 0) FailEnforcing(arguments->status, kStageRead, EINVAL, "the filter is empty");
  if (size == room) {
    FailEnforcing(arguments->status, kStageRead, E2BIG, "the filter has more than 4096 instructions");
  }
  if (size % sizeof(Instruction) != 0) {
    FailEnforcing(arguments->status, kStageRead, EINVAL, "the filter isn't a whole number of instructions");
  }
  return size;
}

static void Install(const Arguments* arguments, const Instruction* instructions, size_t size) {
  if (arguments->no_new_privs) {
    const long result = RawSyscall(SYS_prctl, kSetNoNewPrivs, 1, 0, 0, 0, 0);
    if (result < 0) FailEnforcing(arguments->status, kStageNoNewPrivs, (int)-result, "no_new_privs can't be set");
  }
  const Program program = {(uint16_t)(size / sizeof(Instruction)), instructions};
  const long result = RawSyscall(SYS_seccomp, kSetModeFilter, arguments->flags, (long)&program, 0, 0, 0);
  if (result == 0) return;
  const int needs_privilege = result == -EACCES && !arguments->no_new_privs;
  FailEnforcing(arguments->status, kStageInstall, (int)-result,
                needs_privilege ? "the kernel refuses the filter without no_new_privs or CAP_SYS_ADMIN"
                                : "the kernel refuses the filter");
}

static void Start(long* stack) {
  const long count = stack[0];
  char** argv = (char**)(stack + 1);
  char** environment = argv + count + 1;
  const Arguments arguments = ParseArguments(count, argv);

  if (arguments.status != kNoStatus) {
    const long set_close_on_exec = 2;  // F_SETFD, with FD_CLOEXEC
    if (RawSyscall(SYS_fcntl, arguments.status, set_close_on_exec, 1, 0, 0, 0) < 0) FailUsage("STATUS_FD isn't open");
  }

  static Instruction instructions[kMaxInstructions + 1];
  const size_t size = ReadFilter(&arguments, (char*)instructions, sizeof instructions);
  RawSyscall(SYS_close, arguments.filter, 0, 0, 0, 0, 0);
  Install(&arguments, instructions, size);

  const int error = Execute(arguments.file, arguments.argv, environment);
  Message message;
  Begin(&message);
  AddQuoted(&message, arguments.file);
  AddText(&message, ": ");
  AddError(&message, error);
  AddCharacter(&message, '\n');
  Fail(arguments.status, kStageExecute, error, error == ENOENT ? 127 : 126, &message);
}
