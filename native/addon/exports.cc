// The JavaScript face of the addon: bytes and flags in, a number out that is what the kernel said (negative: -errno).
// No policy and no state: the module may be loaded by any number of worker threads, any number of times.
//
// Plain Node-API, and of C++ only what needs no runtime library: the binary then asks for nothing but Node itself, and
// one file serves every glibc and musl (test/package looks at its symbols). With node-addon-api it would need
// libstdc++, or, that linked in, glibc 2.35.
#include <node_api.h>

#include <cerrno>

#include "arguments.h"
#include "audit.h"
#include "dump.h"
#include "execute.h"
#include "install.h"
#include "memfd.h"
#include "support.h"
#include "violations.h"

namespace seccomp {
namespace {

// Every result is small: -errno, a thread, a descriptor, a count of bytes.
napi_value Number(napi_env env, long number) {
  napi_value value;
  return napi_create_int64(env, number, &value) == napi_ok ? value : nullptr;
}

// install(filter: Uint8Array, flags: number, noNewPrivs: boolean): number
napi_value InstallExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto filter = arguments.BytesAt(0);
  if (!filter) return nullptr;
  const auto flags = arguments.Uint32At(1);
  if (!flags) return nullptr;
  const auto no_new_privs = arguments.BooleanAt(2);
  if (!no_new_privs) return nullptr;
  return Number(env, Install(filter->data, filter->size, *flags, *no_new_privs));
}

// noNewPrivs(): number
napi_value NoNewPrivsExport(napi_env env, napi_callback_info) { return Number(env, NoNewPrivs()); }

// actionAvailable(action: number): number
napi_value ActionAvailableExport(napi_env env, napi_callback_info info) {
  const auto action = Arguments(env, info).Uint32At(0);
  return action ? Number(env, ActionAvailable(*action)) : nullptr;
}

// probeFlags(flags: number): number
napi_value ProbeFlagsExport(napi_env env, napi_callback_info info) {
  const auto flags = Arguments(env, info).Uint32At(0);
  return flags ? Number(env, ProbeFlags(*flags)) : nullptr;
}

// notificationSizes(): number | [notification: number, response: number, data: number]
napi_value NotificationSizesExport(napi_env env, napi_callback_info) {
  NotificationSizes sizes = {};
  const long result = GetNotificationSizes(&sizes);
  if (result < 0) return Number(env, result);
  napi_value array;
  if (napi_create_array_with_length(env, 3, &array) != napi_ok) return nullptr;
  napi_set_element(env, array, 0, Number(env, sizes.notification));
  napi_set_element(env, array, 1, Number(env, sizes.response));
  napi_set_element(env, array, 2, Number(env, sizes.data));
  return array;
}

// sealedMemfd(name: string, bytes: Uint8Array): number
napi_value SealedMemfdExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto name = arguments.NameAt(0);
  if (!name) return nullptr;
  const auto bytes = arguments.BytesAt(1);
  if (!bytes) return nullptr;
  return Number(env, SealedMemfd(name->text, bytes->data, bytes->size));
}

// sharedMemfd(name: string, size: number): number
napi_value SharedMemfdExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto name = arguments.NameAt(0);
  if (!name) return nullptr;
  const auto size = arguments.Uint32At(1);
  return size ? Number(env, SharedMemfd(name->text, *size)) : nullptr;
}

// inode(descriptor: number): number
napi_value InodeExport(napi_env env, napi_callback_info info) {
  const auto descriptor = Arguments(env, info).Uint32At(0);
  return descriptor ? Number(env, Inode(*descriptor)) : nullptr;
}

// readFilters(tid: number, ownChild: boolean): number | ([bytes: Uint8Array, flags: number] | number)[], in the order they
// were installed; a number as the last element says why the kernel shows no more.
napi_value ReadFiltersExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto tid = arguments.Uint32At(0);
  if (!tid) return nullptr;
  const auto own_child = arguments.BooleanAt(1);
  if (!own_child) return nullptr;
  napi_value filters;
  if (napi_create_array(env, &filters) != napi_ok) return nullptr;
  const Tracee tracee(*tid, *own_child);
  if (tracee.result() < 0) return Number(env, tracee.result());
  Instruction instructions[kMaxInstructions];
  for (uint32_t index = 0;; index++) {
    const long count = tracee.ReadFilter(index, instructions);
    if (count == -ENOENT) return filters;
    if (count < 0) {
      napi_set_element(env, filters, index, Number(env, count));
      return filters;
    }
    napi_value filter, bytes;
    void* copy;
    if (napi_create_array_with_length(env, 2, &filter) != napi_ok) return nullptr;
    if (napi_create_buffer_copy(env, count * sizeof(Instruction), instructions, &copy, &bytes) != napi_ok) return nullptr;
    napi_set_element(env, filter, 0, bytes);
    napi_set_element(env, filter, 1, Number(env, tracee.ReadFlags(index)));
    napi_set_element(env, filters, index, filter);
  }
}

// releaseThread(tid: number, ownChild: boolean): number
napi_value ReleaseThreadExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto tid = arguments.Uint32At(0);
  if (!tid) return nullptr;
  const auto own_child = arguments.BooleanAt(1);
  return own_child ? Number(env, Release(*tid, *own_child)) : nullptr;
}

// execute(block: Uint8Array): number
napi_value ExecuteExport(napi_env env, napi_callback_info info) {
  const auto block = Arguments(env, info).BytesAt(0);
  return block ? Number(env, Execute(const_cast<void*>(block->data), block->size)) : nullptr;
}

// setCloseOnExec(descriptor: number, closes: boolean): number
napi_value SetCloseOnExecExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto descriptor = arguments.Uint32At(0);
  if (!descriptor) return nullptr;
  const auto closes = arguments.BooleanAt(1);
  return closes ? Number(env, SetCloseOnExec(*descriptor, *closes)) : nullptr;
}

// pipe(): number | [read: number, write: number]
napi_value PipeExport(napi_env env, napi_callback_info) {
  int32_t ends[2];
  const long result = MakePipe(ends);
  if (result < 0) return Number(env, result);
  napi_value array;
  if (napi_create_array_with_length(env, 2, &array) != napi_ok) return nullptr;
  napi_set_element(env, array, 0, Number(env, ends[0]));
  napi_set_element(env, array, 1, Number(env, ends[1]));
  return array;
}

// endOfPipe(read: number, write: number): number | Uint8Array, what was written to it if anything was
napi_value EndOfPipeExport(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  const auto read = arguments.Uint32At(0);
  if (!read) return nullptr;
  const auto write = arguments.Uint32At(1);
  if (!write) return nullptr;
  char text[64];
  const long size = EndOfPipe(*read, *write, text, sizeof text);
  if (size <= 0) return Number(env, size);
  napi_value bytes;
  void* copy;
  return napi_create_buffer_copy(env, size, text, &copy, &bytes) == napi_ok ? bytes : nullptr;
}

// catchViolations(): number
napi_value CatchViolationsExport(napi_env env, napi_callback_info) { return Number(env, CatchViolations()); }

// takeViolations(): Uint8Array, the kept ones, one struct Violation behind the other
napi_value TakeViolationsExport(napi_env env, napi_callback_info) {
  Violation violations[64];
  const size_t count = TakeViolations(violations, sizeof violations / sizeof *violations);
  napi_value bytes;
  void* copy;
  const napi_status status = napi_create_buffer_copy(env, count * sizeof *violations, violations, &copy, &bytes);
  return status == napi_ok ? bytes : nullptr;
}

// takeLost(): number
napi_value TakeLostExport(napi_env env, napi_callback_info) { return Number(env, TakeLost()); }

// openAuditLog(): number
napi_value OpenAuditLogExport(napi_env env, napi_callback_info) { return Number(env, OpenAuditLog()); }

void Add(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

}  // namespace
}  // namespace seccomp

NAPI_MODULE_INIT() {
  using namespace seccomp;
  Add(env, exports, "install", InstallExport);
  Add(env, exports, "noNewPrivs", NoNewPrivsExport);
  Add(env, exports, "actionAvailable", ActionAvailableExport);
  Add(env, exports, "probeFlags", ProbeFlagsExport);
  Add(env, exports, "notificationSizes", NotificationSizesExport);
  Add(env, exports, "sealedMemfd", SealedMemfdExport);
  Add(env, exports, "sharedMemfd", SharedMemfdExport);
  Add(env, exports, "inode", InodeExport);
  Add(env, exports, "readFilters", ReadFiltersExport);
  Add(env, exports, "releaseThread", ReleaseThreadExport);
  Add(env, exports, "execute", ExecuteExport);
  Add(env, exports, "setCloseOnExec", SetCloseOnExecExport);
  Add(env, exports, "pipe", PipeExport);
  Add(env, exports, "endOfPipe", EndOfPipeExport);
  Add(env, exports, "catchViolations", CatchViolationsExport);
  Add(env, exports, "takeViolations", TakeViolationsExport);
  Add(env, exports, "takeLost", TakeLostExport);
  Add(env, exports, "openAuditLog", OpenAuditLogExport);
  return exports;
}
