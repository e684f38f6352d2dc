// Words on standard error, in one write(2) so that lines of several processes don't mix. A filter may refuse the
// write; the exit code says the same.
#ifndef SECCOMP_LAUNCHER_MESSAGE_H
#define SECCOMP_LAUNCHER_MESSAGE_H

#include <errno.h>  // numbers only
#include <stddef.h>

#include "../system.h"

typedef struct {
  char text[1024];
  size_t length;
} Message;

static void AddCharacter(Message* message, char character) {
  if (message->length < sizeof message->text) message->text[message->length++] = character;
}

static void AddText(Message* message, const char* text) {
  while (*text != '\0') AddCharacter(message, *text++);
}

static void Begin(Message* message) {
  message->length = 0;
  AddText(message, "seccomp: ");
}

static void AddNumber(Message* message, uint32_t number) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  while (count > 0) AddCharacter(message, digits[--count]);
}

// In quotes, with control characters escaped as env(1) does it, so that a name can't drive the reader's terminal. A
// very long name is cut, never the words after it.
static inline void AddQuoted(Message* message, const char* text) {
  static const char letters[] = "abtnvfr";  // 7 to 13
  const size_t room = sizeof message->text - 128;
  AddCharacter(message, '\'');
  for (; *text != '\0' && message->length < room; text++) {
    const unsigned char byte = (unsigned char)*text;
    if (byte == '\'' || byte == '\\') {
      AddCharacter(message, '\\');
      AddCharacter(message, (char)byte);
    } else if (byte >= 7 && byte <= 13) {
      AddCharacter(message, '\\');
      AddCharacter(message, letters[byte - 7]);
    } else if (byte < ' ' || byte == 127) {
      AddCharacter(message, '\\');
      AddCharacter(message, (char)('0' + (byte >> 6)));
      AddCharacter(message, (char)('0' + (byte >> 3 & 7)));
      AddCharacter(message, (char)('0' + (byte & 7)));
    } else {
      AddCharacter(message, (char)byte);
    }
  }
  if (*text != '\0') AddText(message, "...");
  AddCharacter(message, '\'');
}

// glibc's words for what execve(2), read(2), prctl(2) and seccomp(2) answer by themselves. A filter may answer any
// other number: that is told as a number.
static const char* ErrorText(int error) {
  switch (error) {
    case EPERM: return "Operation not permitted";
    case ENOENT: return "No such file or directory";
    case ESRCH: return "No such process";
    case EIO: return "Input/output error";
    case E2BIG: return "Argument list too long";
    case ENOEXEC: return "Exec format error";
    case EBADF: return "Bad file descriptor";
    case EAGAIN: return "Resource temporarily unavailable";
    case ENOMEM: return "Cannot allocate memory";
    case EACCES: return "Permission denied";
    case EFAULT: return "Bad address";
    case EBUSY: return "Device or resource busy";
    case ENODEV: return "No such device";
    case ENOTDIR: return "Not a directory";
    case EISDIR: return "Is a directory";
    case EINVAL: return "Invalid argument";
    case ENFILE: return "Too many open files in system";
    case EMFILE: return "Too many open files";
    case ETXTBSY: return "Text file busy";
    case ENAMETOOLONG: return "File name too long";
    case ENOSYS: return "Function not implemented";
    case ELOOP: return "Too many levels of symbolic links";
    case ELIBBAD: return "Accessing a corrupted shared library";
    case EOPNOTSUPP: return "Operation not supported";
    case ETIMEDOUT: return "Connection timed out";
    case ESTALE: return "Stale file handle";
    case ECANCELED: return "Operation canceled";
    default: return NULL;
  }
}

static void AddError(Message* message, int error) {
  const char* text = ErrorText(error);
  if (text == NULL) {
    AddText(message, "Unknown error ");
    AddNumber(message, (uint32_t)error);
  } else {
    AddText(message, text);
  }
}

static void Print(const Message* message) {
  RawSyscall(SYS_write, 2, (long)message->text, (long)message->length, 0, 0, 0);
}

#endif
