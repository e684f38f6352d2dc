// Where the kernel enters a program without a libc: the stack pointer is all there is. On it lie argc, the argv
// pointers, a null, the envp pointers, a null (System V ABI for x86-64 §3.4.1; the same on AArch64).
#ifndef SECCOMP_LAUNCHER_START_H
#define SECCOMP_LAUNCHER_START_H

#include <stddef.h>

#include "../system.h"

// A compiler may call these for any program, one without a libc included.
__attribute__((used)) void* memset(void* to, int byte, size_t size) {
  for (size_t at = 0; at < size; at++) ((unsigned char*)to)[at] = (unsigned char)byte;
  return to;
}

__attribute__((used)) void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  for (size_t at = 0; at < size; at++) ((unsigned char*)to)[at] = ((const unsigned char*)from)[at];
  return to;
}

__attribute__((noreturn, used)) static void Start(long* stack);

#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    ".type _start, @function\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call Start\n"
    "  ud2\n");
#else
__asm__(
    ".globl _start\n"
    ".type _start, %function\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl Start\n"
    "  brk #0\n");
#endif

// Ends the process even under a filter that answers exit_group and exit with an errno: the last resort is a signal.
__attribute__((noreturn)) static void Exit(int code) {
  for (;;) {
    RawSyscall(SYS_exit_group, code, 0, 0, 0, 0, 0);
    RawSyscall(SYS_exit, code, 0, 0, 0, 0, 0);
    __builtin_trap();
  }
}

#endif
