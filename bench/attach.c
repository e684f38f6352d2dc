/*
 * What attaching filters costs: attach ROUNDS FILE... loads each filter in a child that lives for nothing else, all of
 * them in every round, each round beginning with another one and every other round backwards: what a filter's turn costs
 * depends on the one before it. Prints one line a round: nanoseconds for each file.
 * Only seccomp(2) itself is timed: copying, checking, the kernel's emulation for its action cache, the JIT. Children
 * share this process's memory (vfork), so that no page faults of theirs are.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILES = 32, MAX_INSTRUCTIONS = 4096 };

static struct sock_filter programs[MAX_FILES][MAX_INSTRUCTIONS];
static struct sock_fprog headers[MAX_FILES];
static long long times[MAX_FILES];
/* Nanoseconds, or less than 0 for an errno; written by the child. */
static volatile long long result;

static void die(const char *what) {
  fprintf(stderr, "attach: %s: %s\n", what, strerror(errno));
  exit(2);
}

static void read_program(int i, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) die(path);
  size_t count = fread(programs[i], sizeof(struct sock_filter), MAX_INSTRUCTIONS, file);
  if (count == 0 || ferror(file)) die(path);
  fclose(file);
  headers[i] = (struct sock_fprog){.len = (unsigned short)count, .filter = programs[i]};
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* In the child. Afterwards only exit_group is called, which every filter here must allow. */
static long long attach(const struct sock_fprog *program) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -errno;
  long long from = now();
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program)) return -errno;
  return now() - from;
}

static long long in_child(const struct sock_fprog *program) {
  result = 0;
  pid_t child = vfork();
  if (child < 0) die("vfork");
  if (child == 0) {
    result = attach(program);
    _exit(0);
  }
  if (waitpid(child, NULL, 0) != child) die("waitpid");
  return result;
}

int main(int argc, char **argv) {
  int rounds = argc > 2 ? atoi(argv[1]) : 0;
  int files = argc - 2;
  if (rounds < 1 || files > MAX_FILES) {
    fprintf(stderr, "usage: attach ROUNDS FILE... (at most %d)\n", MAX_FILES);
    return 2;
  }
  for (int i = 0; i < files; i++) read_program(i, argv[i + 2]);
  /* One child at a time is all this needs: a mistake mustn't become many. */
  struct rlimit processes;
  if (getrlimit(RLIMIT_NPROC, &processes)) die("getrlimit");
  if (processes.rlim_cur > 4096) processes.rlim_cur = 4096;
  if (setrlimit(RLIMIT_NPROC, &processes)) die("setrlimit");
  for (int round = 0; round < rounds; round++) {
    for (int k = 0; k < files; k++) {
      int i = (round + (round & 1 ? files - k : k)) % files;
      times[i] = in_child(&headers[i]);
      if (times[i] <= 0) {
        errno = (int)-times[i];
        die(argv[i + 2]);
      }
    }
    for (int i = 0; i < files; i++) printf("%lld%c", times[i], i + 1 < files ? ' ' : '\n');
  }
  return 0;
}
