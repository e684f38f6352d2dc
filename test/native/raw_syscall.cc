// For tests and the demo only, not shipped: any system call, past every libc wrapper, by each of the kernel's doors.
//
//   syscall(number, ...arguments): { result: bigint, errno: number }
//     64-bit entry. A number with bit 30 set is an x32 call. Arguments: number, bigint, or a Uint8Array for a pointer.
//   int80(number, ...arguments): { result: bigint, errno: number }
//     The 32-bit entry of x86_64 (int 0x80): i386 numbers, arguments cut to 32 bits. Elsewhere it throws.
//
// errno is 0 when the call succeeded; result is then its value, else -errno, as the kernel returned it.
#include <napi.h>

#include <array>
#include <cstdint>

#include "../../native/system.h"

namespace {

using Words = std::array<uint64_t, 7>;  // the number and six arguments

bool ReadWord(const Napi::Value& value, uint64_t* word) {
  bool lossless = true;
  if (value.IsBigInt()) {
    // Two's complement, so that -1n is all ones.
    *word = static_cast<uint64_t>(value.As<Napi::BigInt>().Int64Value(&lossless));
    if (!lossless) *word = value.As<Napi::BigInt>().Uint64Value(&lossless);
    return lossless;
  }
  if (value.IsNumber()) {
    *word = static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
    return true;
  }
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array) {
    *word = reinterpret_cast<uint64_t>(value.As<Napi::Uint8Array>().Data());
    return true;
  }
  return false;
}

bool ReadWords(const Napi::CallbackInfo& info, Words* words) {
  bool valid = info.Length() >= 1 && info.Length() <= words->size();
  for (size_t index = 0; valid && index < info.Length(); index++) valid = ReadWord(info[index], &(*words)[index]);
  if (!valid) {
    Napi::TypeError::New(info.Env(), "expected a number and at most six arguments: number, 64-bit bigint or Uint8Array")
        .ThrowAsJavaScriptException();
  }
  return valid;
}

Napi::Value Answer(Napi::Env env, int64_t result) {
  const bool failed = result < 0 && result >= -kMaxErrno;
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("result", Napi::BigInt::New(env, result));
  answer.Set("errno", Napi::Number::New(env, failed ? static_cast<double>(-result) : 0));
  return answer;
}

Napi::Value Syscall(const Napi::CallbackInfo& info) {
  Words words = {};
  if (!ReadWords(info, &words)) return info.Env().Undefined();
  return Answer(info.Env(),
                RawSyscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]));
}

Napi::Value Int80(const Napi::CallbackInfo& info) {
  Words words = {};
  if (!ReadWords(info, &words)) return info.Env().Undefined();
#if defined(__x86_64__)
  // The kernel takes eax, ebx, ecx, edx, esi, edi, ebp and leaves r8 to r11 as it likes. rbp may be the frame pointer:
  // it waits in r12.
  uint64_t result = static_cast<uint32_t>(words[0]);
  const uint64_t sixth = static_cast<uint32_t>(words[6]);
  __asm__ volatile(
      "mov %%rbp, %%r12\n"
      "mov %[sixth], %%rbp\n"
      "int $0x80\n"
      "mov %%r12, %%rbp\n"
      : "+a"(result)
      : "b"(static_cast<uint64_t>(static_cast<uint32_t>(words[1]))),
        "c"(static_cast<uint64_t>(static_cast<uint32_t>(words[2]))),
        "d"(static_cast<uint64_t>(static_cast<uint32_t>(words[3]))),
        "S"(static_cast<uint64_t>(static_cast<uint32_t>(words[4]))),
        "D"(static_cast<uint64_t>(static_cast<uint32_t>(words[5]))), [sixth] "r"(sixth)
      : "r8", "r9", "r10", "r11", "r12", "memory", "cc");
  return Answer(info.Env(), static_cast<int32_t>(result));
#else
  Napi::Error::New(info.Env(), "int 0x80 exists on x86_64 only").ThrowAsJavaScriptException();
  return info.Env().Undefined();
#endif
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("syscall", Napi::Function::New(env, Syscall, "syscall"));
  exports.Set("int80", Napi::Function::New(env, Int80, "int80"));
  return exports;
}

}  // namespace

NODE_API_MODULE(raw_syscall, Init)
