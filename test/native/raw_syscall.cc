// For tests and the demo only, not shipped: any system call, past every libc wrapper, by each of the kernel's doors.
//
//   syscall(number, ...arguments): { result: bigint, errno: number }
//     64-bit entry. A number with bit 30 set is an x32 call. Arguments: number, bigint, or a Uint8Array for a pointer.
//   int80(number, ...arguments): { result: bigint, errno: number }
//     The 32-bit entry of x86_64 (int 0x80): i386 numbers, arguments cut to 32 bits. Elsewhere it throws.
//   attempts(calls: BigUint64Array, text: Uint8Array): { thread: number, errors: number[] }
//   attemptsOnPool(calls, text): a promise of the same, made on a thread of libuv's pool
//     Many calls in a row, nine words each: 1 for int 0x80, else 0; the number; six arguments; and which of those (bits 0
//     to 5) are offsets into `text` that become pointers.
//
// errno is 0 when the call succeeded; result is then its value, else -errno, as the kernel returned it.
#include <napi.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

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

int64_t RawNative(const Words& words) {
  return RawSyscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
}

Napi::Value Syscall(const Napi::CallbackInfo& info) {
  Words words = {};
  if (!ReadWords(info, &words)) return info.Env().Undefined();
  return Answer(info.Env(), RawNative(words));
}

#if defined(__x86_64__)
int64_t RawInt80(const Words& words) {
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
  return static_cast<int32_t>(result);
}
#else
int64_t RawInt80(const Words&) { return -ENOSYS; }
#endif

Napi::Value Int80(const Napi::CallbackInfo& info) {
  Words words = {};
  if (!ReadWords(info, &words)) return info.Env().Undefined();
#if defined(__x86_64__)
  return Answer(info.Env(), RawInt80(words));
#else
  Napi::Error::New(info.Env(), "int 0x80 exists on x86_64 only").ThrowAsJavaScriptException();
  return info.Env().Undefined();
#endif
}

struct Attempt {
  uint64_t door;
  Words words;
  uint64_t pointers;
};
static_assert(sizeof(Attempt) == 9 * sizeof(uint64_t));

// Calls and what they point to, and what came of them.
class Attempts {
 public:
  Attempts(const Napi::BigUint64Array& calls, const Napi::Uint8Array& text)
      : calls_(calls.ElementLength() * sizeof(uint64_t) / sizeof(Attempt)),
        text_(text.Data(), text.Data() + text.ByteLength()) {
    std::memcpy(calls_.data(), calls.Data(), calls_.size() * sizeof(Attempt));
  }

  // On whichever thread should make the calls.
  void Make() {
    thread_ = RawSyscall(SYS_gettid, 0, 0, 0, 0, 0, 0);
    const size_t size = text_.size() + 1;
#if defined(MAP_32BIT)
    const int low = MAP_32BIT;  // where 32-bit pointers reach
#else
    const int low = 0;
#endif
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | low, -1, 0);
    if (memory == MAP_FAILED) return;
    std::memcpy(memory, text_.data(), text_.size());
    errors_.reserve(calls_.size());
    for (Attempt& call : calls_) {
      for (size_t index = 0; index < 6; index++) {
        if (call.pointers >> index & 1) call.words[index + 1] += reinterpret_cast<uint64_t>(memory);
      }
      const int64_t result = call.door == 1 ? RawInt80(call.words) : RawNative(call.words);
      errors_.push_back(result < 0 && result >= -kMaxErrno ? static_cast<double>(-result) : 0);
    }
    munmap(memory, size);
  }

  Napi::Value ToValue(Napi::Env env) const {
    Napi::Array errors = Napi::Array::New(env, errors_.size());
    for (size_t index = 0; index < errors_.size(); index++) errors.Set(index, errors_[index]);
    Napi::Object answer = Napi::Object::New(env);
    answer.Set("thread", Napi::Number::New(env, static_cast<double>(thread_)));
    answer.Set("errors", errors);
    return answer;
  }

 private:
  std::vector<Attempt> calls_;
  std::vector<uint8_t> text_;
  std::vector<double> errors_;
  int64_t thread_ = 0;
};

// A piece of work for libuv's pool (napi_create_async_work).
class PoolAttempts : public Napi::AsyncWorker {
 public:
  PoolAttempts(Napi::Env env, Attempts attempts)
      : Napi::AsyncWorker(env), attempts_(std::move(attempts)), deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise Promise() const { return deferred_.Promise(); }
  void Execute() override { attempts_.Make(); }
  void OnOK() override { deferred_.Resolve(attempts_.ToValue(Env())); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Attempts attempts_;
  Napi::Promise::Deferred deferred_;
};

bool AreAttempts(const Napi::CallbackInfo& info) {
  const bool valid = info.Length() == 2 && info[0].IsTypedArray() && info[1].IsTypedArray() &&
                     info[0].As<Napi::TypedArray>().TypedArrayType() == napi_biguint64_array &&
                     info[1].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!valid) {
    Napi::TypeError::New(info.Env(), "expected a BigUint64Array and a Uint8Array").ThrowAsJavaScriptException();
  }
  return valid;
}

Napi::Value MakeAttempts(const Napi::CallbackInfo& info) {
  if (!AreAttempts(info)) return info.Env().Undefined();
  Attempts attempts(info[0].As<Napi::BigUint64Array>(), info[1].As<Napi::Uint8Array>());
  attempts.Make();
  return attempts.ToValue(info.Env());
}

Napi::Value MakeAttemptsOnPool(const Napi::CallbackInfo& info) {
  if (!AreAttempts(info)) return info.Env().Undefined();
  // Deletes itself when it is done.
  Attempts attempts(info[0].As<Napi::BigUint64Array>(), info[1].As<Napi::Uint8Array>());
  auto* work = new PoolAttempts(info.Env(), std::move(attempts));
  const Napi::Promise promise = work->Promise();
  work->Queue();
  return promise;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("syscall", Napi::Function::New(env, Syscall, "syscall"));
  exports.Set("int80", Napi::Function::New(env, Int80, "int80"));
  exports.Set("attempts", Napi::Function::New(env, MakeAttempts, "attempts"));
  exports.Set("attemptsOnPool", Napi::Function::New(env, MakeAttemptsOnPool, "attemptsOnPool"));
  return exports;
}

}  // namespace

NODE_API_MODULE(raw_syscall, Init)
