/*
 * libseccomp as the tests' opponent: reads policies on stdin, adds their rules the way runc (seccomp_linux.go,
 * matchCall) and crun (seccomp.c) do, and writes the program that libseccomp makes of each. Compiled by libseccomp.js.
 *
 *   filter ACTION DATA OPTIMIZE            begins a policy; DATA is a number or -
 *   arch NAME                              as often as wanted; nothing else is in the filter, not even the machine's own
 *   rule ACTION DATA NAME [INDEX OP VALUE VALUE_TWO]...
 *   build                                  → "filter SIZE NANOSECONDS" and SIZE bytes, or "error TEXT"
 *   resolve ARCH NAME                      → "number N", negative where libseccomp has none; ARCH may be `native`
 *
 * The time is that of seccomp_init to seccomp_export_bpf, without reading the text.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARCHES = 8, MAX_ARGS = 6 };

struct rule {
  uint32_t action;
  char name[64];
  unsigned count;
  struct scmp_arg_cmp args[MAX_ARGS];
};

struct policy {
  uint32_t action;
  unsigned optimize;
  uint32_t arches[MAX_ARCHES];
  unsigned arch_count;
  struct rule *rules;
  size_t rule_count, rule_room;
};

static void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
  exit(2);
}

/* ERRNO and TRACE without data mean EPERM, in both runtimes. */
static uint32_t parse_action(const char *name, const char *data) {
  unsigned number = strcmp(data, "-") ? (unsigned)strtoul(data, NULL, 10) : 1;
  if (!strcmp(name, "SCMP_ACT_KILL_PROCESS")) return SCMP_ACT_KILL_PROCESS;
  if (!strcmp(name, "SCMP_ACT_KILL") || !strcmp(name, "SCMP_ACT_KILL_THREAD")) return SCMP_ACT_KILL_THREAD;
  if (!strcmp(name, "SCMP_ACT_TRAP")) return SCMP_ACT_TRAP;
  if (!strcmp(name, "SCMP_ACT_ERRNO")) return SCMP_ACT_ERRNO(number);
  if (!strcmp(name, "SCMP_ACT_NOTIFY")) return SCMP_ACT_NOTIFY;
  if (!strcmp(name, "SCMP_ACT_TRACE")) return SCMP_ACT_TRACE(number);
  if (!strcmp(name, "SCMP_ACT_LOG")) return SCMP_ACT_LOG;
  if (!strcmp(name, "SCMP_ACT_ALLOW")) return SCMP_ACT_ALLOW;
  die("unknown action %s", name);
  return 0;
}

static enum scmp_compare parse_operator(const char *name) {
  static const struct { const char *name; enum scmp_compare op; } all[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE}, {"SCMP_CMP_LT", SCMP_CMP_LT}, {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ}, {"SCMP_CMP_GE", SCMP_CMP_GE}, {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (!strcmp(name, all[i].name)) return all[i].op;
  die("unknown operator %s", name);
  return 0;
}

static uint32_t parse_arch(const char *name) {
  uint32_t token = strcmp(name, "native") ? seccomp_arch_resolve_name(name) : seccomp_arch_native();
  if (!token) die("libseccomp has no architecture %s", name);
  return token;
}

static const char *word(void) {
  const char *next = strtok(NULL, " \n");
  if (!next) die("a line ends too early");
  return next;
}

static void read_rule(struct policy *policy) {
  if (policy->rule_count == policy->rule_room) {
    policy->rule_room = policy->rule_room ? 2 * policy->rule_room : 512;
    policy->rules = realloc(policy->rules, policy->rule_room * sizeof *policy->rules);
    if (!policy->rules) die("out of memory");
  }
  struct rule *rule = &policy->rules[policy->rule_count++];
  memset(rule, 0, sizeof *rule);
  const char *action = word();
  rule->action = parse_action(action, word());
  snprintf(rule->name, sizeof rule->name, "%s", word());
  for (const char *index; (index = strtok(NULL, " \n"));) {
    if (rule->count == MAX_ARGS) die("a rule has more than %d conditions", MAX_ARGS);
    struct scmp_arg_cmp *arg = &rule->args[rule->count++];
    arg->arg = (unsigned)strtoul(index, NULL, 10);
    arg->op = parse_operator(word());
    arg->datum_a = strtoull(word(), NULL, 10);
    arg->datum_b = strtoull(word(), NULL, 10);
  }
}

static int repeats_argument(const struct rule *rule) {
  for (unsigned i = 0; i < rule->count; i++)
    for (unsigned j = 0; j < i; j++)
      if (rule->args[i].arg == rule->args[j].arg) return 1;
  return 0;
}

/* 0, or the first error: of a rule as the runtimes add it. */
static int add_rule(scmp_filter_ctx filter, const struct policy *policy, const struct rule *rule) {
  if (rule->action == policy->action) return 0;
  int number = seccomp_syscall_resolve_name(rule->name);
  if (number == __NR_SCMP_ERROR) return 0;
  if (!repeats_argument(rule))
    return seccomp_rule_add_array(filter, rule->action, number, rule->count, rule->args);
  for (unsigned i = 0; i < rule->count; i++) {
    int error = seccomp_rule_add_array(filter, rule->action, number, 1, &rule->args[i]);
    if (error) return error;
  }
  return 0;
}

/* The machine's own architecture goes first: others may have the other byte order, which can't be mixed. */
static int set_architectures(scmp_filter_ctx filter, const struct policy *policy) {
  int keep = 0;
  for (unsigned i = 0; i < policy->arch_count; i++) keep |= policy->arches[i] == seccomp_arch_native();
  int error = keep ? 0 : seccomp_arch_remove(filter, seccomp_arch_native());
  for (unsigned i = 0; i < policy->arch_count && !error; i++) {
    error = seccomp_arch_add(filter, policy->arches[i]);
    if (error == -EEXIST) error = 0;
  }
  return error;
}

static const char *build(const struct policy *policy, int fd, const struct rule **culprit) {
  scmp_filter_ctx filter = seccomp_init(policy->action);
  if (!filter) return "seccomp_init";
  const char *failure = NULL;
  int error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, policy->optimize);
  if (error) failure = "optimize";
  if (!error && (error = set_architectures(filter, policy))) failure = "architectures";
  for (size_t i = 0; i < policy->rule_count && !error; i++)
    if ((error = add_rule(filter, policy, &policy->rules[i]))) {
      *culprit = &policy->rules[i];
      failure = error == -EEXIST ? "EEXIST" : strerror(-error);
    }
  if (!error && (error = seccomp_export_bpf(filter, fd))) failure = "export";
  seccomp_release(filter);
  return failure;
}

static void answer(const struct policy *policy) {
  static int fd = -1;
  if (fd < 0 && (fd = memfd_create("filter", MFD_CLOEXEC)) < 0) die("memfd_create: %s", strerror(errno));
  if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET)) die("memfd: %s", strerror(errno));
  const struct rule *culprit = NULL;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  const char *failure = build(policy, fd, &culprit);
  clock_gettime(CLOCK_MONOTONIC, &to);
  if (failure) {
    printf("error %s %s\n", failure, culprit ? culprit->name : "");
    return;
  }
  static char bytes[1 << 20];
  ssize_t size = pread(fd, bytes, sizeof bytes, 0);
  if (size < 0 || size == sizeof bytes) die("a filter of more than %zu bytes", sizeof bytes);
  long long elapsed = (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec);
  printf("filter %zd %lld\n", size, elapsed);
  fwrite(bytes, 1, (size_t)size, stdout);
}

int main(void) {
  /* What the running kernel supports is not the question. */
  seccomp_api_set(6);
  struct policy policy = {0};
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    const char *verb = strtok(line, " \n");
    if (!verb) continue;
    if (!strcmp(verb, "filter")) {
      const char *action = word();
      policy.action = parse_action(action, word());
      policy.optimize = (unsigned)strtoul(word(), NULL, 10);
      policy.arch_count = 0;
      policy.rule_count = 0;
    } else if (!strcmp(verb, "arch")) {
      if (policy.arch_count == MAX_ARCHES) die("more than %d architectures", MAX_ARCHES);
      policy.arches[policy.arch_count++] = parse_arch(word());
    } else if (!strcmp(verb, "rule")) read_rule(&policy);
    else if (!strcmp(verb, "build")) answer(&policy);
    else if (!strcmp(verb, "resolve")) {
      uint32_t arch = parse_arch(word());
      printf("number %d\n", seccomp_syscall_resolve_name_arch(arch, word()));
    } else die("unknown line: %s", verb);
  }
  return ferror(stdout) || fflush(stdout) ? 2 : 0;
}
