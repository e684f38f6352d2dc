// What a machine without Node can be asked, and the machines with it too: a static program that knows nothing of
// profiles. Prints one line of TAP for each thing that holds or doesn't; tools/vm writes the files it reads.
//   probe facts           which actions and flags the kernel has, and the sizes of notifications
//   probe verdicts FILE   makes each call of FILE under its filter, a canary, and compares the errno
//   probe real FILE       makes a few real calls under a filter: refused, killed, trapped, let through
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static long Seccomp(unsigned operation, unsigned flags, void* argument) {
  return syscall(SYS_seccomp, operation, flags, argument);
}

static void Install(const void* instructions, unsigned count) {
  struct sock_fprog program = {(unsigned short)count, (struct sock_filter*)instructions};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && Seccomp(SECCOMP_SET_MODE_FILTER, 0, &program) == 0) return;
  printf("not ok - the kernel takes the filter: %s\n", strerror(errno));
  fflush(stdout);
  _exit(1);
}

// Numbers instead of names: the C library's headers may be older than the kernel. The host knows what they mean.
static void Facts(void) {
  static const uint32_t actions[] = {0x80000000, 0x00000000, 0x00030000, 0x00050000,
                                     0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000};
  for (unsigned i = 0; i < sizeof actions / sizeof *actions; i++)
    printf("# fact action %u %d\n", actions[i], Seccomp(2, 0, (void*)&actions[i]) == 0);
  // EFAULT: the flags were taken, and the program that isn't there was to be read.
  static const unsigned flags[] = {1, 2, 4, 8, 1 | 16, 8 | 32};
  for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
    printf("# fact flags %u %d\n", flags[i], Seccomp(SECCOMP_SET_MODE_FILTER, flags[i], NULL) < 0 && errno == EFAULT);
  uint16_t sizes[3] = {0};
  if (Seccomp(3, 0, sizes) == 0) printf("# fact sizes %u %u %u\n", sizes[0], sizes[1], sizes[2]);
  struct utsname name;
  uname(&name);
  printf("# fact release %s\n# fact machine %s\n", name.release, name.machine);
}

typedef struct {
  uint64_t number;
  uint64_t arguments[6];
  uint64_t answer;  // the errno to expect
} Question;

static void* ReadFile(const char* path, size_t* size) {
  struct stat status;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &status) < 0) perror(path), exit(2);
  *size = (size_t)status.st_size;
  void* bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) perror(path), exit(2);
  return bytes;
}

static int Verdicts(const char* path) {
  size_t size;
  const uint32_t* header = ReadFile(path, &size);
  const unsigned instructions = header[0], questions = header[1];
  const void* filter = header + 2;
  const Question* question = (const Question*)((const char*)filter + 8 * (size_t)instructions);
  int32_t* answers = mmap(NULL, (1 + (size_t)questions) * sizeof *answers, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t child = fork();
  if (child == 0) {
    Install(filter, instructions);
    for (unsigned i = 0; i < questions; i++) {
      const uint64_t* a = question[i].arguments;
      const long result = syscall((long)question[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
      answers[1 + i] = result == -1 ? errno : 0;
      answers[0]++;
      if (answers[1 + i] < 1024) break;  // past the filter: nothing more is risked
    }
    // Every call is refused, exit_group(2) too.
    __builtin_trap();
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (answers[0] != (int32_t)questions) {
    printf("not ok - all %u calls are answered: ended by signal %d after %d\n", questions, WTERMSIG(status), answers[0]);
    return 1;
  }
  unsigned differing = 0;
  for (unsigned i = 0; i < questions; i++) {
    if (answers[1 + i] == (int32_t)question[i].answer) continue;
    if (differing++ < 5)
      printf("# call %llu (%#llx ...): errno %d, expected %d\n", (unsigned long long)question[i].number,
             (unsigned long long)question[i].arguments[0], answers[1 + i], (int)question[i].answer);
  }
  printf("%sok - the kernel's verdicts are the profile's: %u calls, %u differ\n", differing ? "not " : "", questions,
         differing);
  return differing != 0;
}

static void Trapped(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)context;
  // SYS_SECCOMP
  _exit(info->si_code == 1 && info->si_syscall == SYS_getpgid ? 42 : 43);
}

// Each is made in a process of its own, under the filter; the exit code says how it went.
static int Refused(void) { return mkdirat(AT_FDCWD, "/tmp/refused", 0700) == -1 && errno == EPERM ? 42 : 43; }
static int Killed(void) { return getppid() ? 43 : 44; }
static int Trap(void) {
  struct sigaction action = {.sa_sigaction = Trapped, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  return getpgid(0) ? 43 : 44;
}
static int Logged(void) { return sched_yield() == 0 ? 42 : 43; }
static int Through(void) { return getpid() > 0 && access("/tmp", F_OK) == 0 ? 42 : 43; }
static int ByArgument(void) {
  return dup3(0, 90, 0) == -1 && errno == EMFILE && dup3(0, 91, 0) == 91 && dup3(0, 90, O_CLOEXEC) == 90 ? 42 : 43;
}

static int Real(const char* path) {
  static const struct {
    const char* what;
    int (*call)(void);
    int exit, signal;
  } checks[] = {
      {"mkdirat is refused with EPERM", Refused, 42, 0},
      {"getppid kills the process", Killed, 0, SIGSYS},
      {"getpgid is trapped, and the handler learns which call it was", Trap, 42, 0},
      {"sched_yield, logged, goes through", Logged, 42, 0},
      {"what no rule names goes through", Through, 42, 0},
      {"dup3 is refused by its arguments only", ByArgument, 42, 0},
  };
  size_t size;
  const void* filter = ReadFile(path, &size);
  int failed = 0;
  for (unsigned i = 0; i < sizeof checks / sizeof *checks; i++) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      Install(filter, (unsigned)(size / 8));
      _exit(checks[i].call());
    }
    int status = 0;
    waitpid(child, &status, 0);
    const int holds = checks[i].signal ? WIFSIGNALED(status) && WTERMSIG(status) == checks[i].signal
                                       : WIFEXITED(status) && WEXITSTATUS(status) == checks[i].exit;
    printf("%sok - %s%s\n", holds ? "" : "not ", checks[i].what, holds ? "" : " (wait status below)");
    if (!holds) printf("# wait status %#x\n", status);
    failed |= !holds;
  }
  return failed;
}

int main(int count, char** words) {
  if (count == 2 && strcmp(words[1], "facts") == 0) return Facts(), 0;
  if (count == 3 && strcmp(words[1], "verdicts") == 0) return Verdicts(words[2]);
  if (count == 3 && strcmp(words[1], "real") == 0) return Real(words[2]);
  fprintf(stderr, "usage: probe facts | verdicts FILE | real FILE\n");
  return 2;
}
