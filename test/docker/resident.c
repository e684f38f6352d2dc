// resident STEP...
//
// The only program of a container: does what its arguments say, one after the other, and prints what the kernel said.
//
//   native NUMBER ARGUMENT...   makes this call; prints `= RESULT`, where -1 to -4095 are errno. All in one argument,
//   int80 NUMBER ARGUMENT...    numbers in hexadecimal; a word with a slash is a pointer to that text, ended by a zero.
//   print FILE                  prints a file
//   stay                        prints `staying`, then waits for its end
//   run FILE ARGUMENT...        becomes another program; the steps after it are that program's arguments
//
// There is no libc, so that it runs in an empty image under a filter that allows write, ppoll and little else.
#include <stddef.h>

#include "../../native/canary/ask.h"
#include "../../native/launcher/start.h"

static void Write(const char* text, size_t length) { RawSyscall(SYS_write, 1, (long)text, (long)length, 0, 0, 0); }

static void PrintResult(long result) {
  char line[24];
  size_t at = sizeof line;
  line[--at] = '\n';
  unsigned long rest = result < 0 ? -(unsigned long)result : (unsigned long)result;
  do line[--at] = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (result < 0) line[--at] = '-';
  line[--at] = ' ';
  line[--at] = '=';
  Write(line + at, sizeof line - at);
}

// Returns what follows `word`, a space and nothing else between, or NULL for another word.
static char* After(char* step, const char* word) {
  while (*word != '\0' && *step == *word) step++, word++;
  return *word == '\0' && *step == ' ' ? step + 1 : NULL;
}

static int Is(const char* step, const char* word) {
  while (*word != '\0' && *step == *word) step++, word++;
  return *word == '\0' && *step == '\0';
}

static uint64_t ParseWord(char** at) {
  char* word = *at;
  int text = 0;
  uint64_t number = 0;
  for (; **at != '\0' && **at != ' '; ++*at) {
    const char digit = **at;
    text |= digit == '/';
    number = number << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  if (**at == ' ') *(*at)++ = '\0';
  return text ? (uint64_t)word : number;
}

static void AskAs(uint32_t entry, char* words) {
  Question question = {.entry = entry, .number = (uint32_t)ParseWord(&words)};
  for (int index = 0; index < 6 && *words != '\0'; index++) question.arguments[index] = ParseWord(&words);
  PrintResult(Ask(&question));
}

static void PrintFile(const char* path) {
  const long file = RawSyscall(SYS_openat, -100, (long)path, 0, 0, 0, 0);
  if (file < 0) {
    PrintResult(file);
    return;
  }
  char part[1024];
  long length;
  while ((length = RawSyscall(SYS_read, file, (long)part, sizeof part, 0, 0, 0)) > 0) Write(part, (size_t)length);
  RawSyscall(SYS_close, file, 0, 0, 0, 0, 0);
}

__attribute__((noreturn)) static void Stay(void) {
  Write("staying\n", 8);
  for (;;) RawSyscall(SYS_ppoll, 0, 0, 0, 0, 0, 0);
}

static void Start(long* stack) {
  char** step = (char**)(stack + 1) + 1;
  char** const environment = (char**)(stack + 1) + *stack + 1;
  for (; *step != NULL; step++) {
    char* words;
    if ((words = After(*step, "native")) != NULL) {
      AskAs(kNative, words);
    } else if ((words = After(*step, "int80")) != NULL) {
      AskAs(kInt80, words);
    } else if ((words = After(*step, "print")) != NULL) {
      PrintFile(words);
    } else if (Is(*step, "stay")) {
      Stay();
    } else if (Is(*step, "run") && step[1] != NULL) {
      PrintResult(RawSyscall(SYS_execve, (long)step[1], (long)(step + 1), (long)environment, 0, 0, 0));
      Exit(126);
    } else {
      Exit(125);
    }
  }
  Exit(0);
}
