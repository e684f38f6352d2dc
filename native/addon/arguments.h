// JavaScript's arguments as C++ values, by plain Node-API. Each reader throws a TypeError into JavaScript and yields
// nothing when the argument has another type; lib/kernel is the only caller, so a TypeError here is a bug of ours.
#ifndef SECCOMP_ADDON_ARGUMENTS_H
#define SECCOMP_ADDON_ARGUMENTS_H

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace seccomp {

struct Bytes {
  const void* data;
  size_t size;
};

// What memfd_create(2) accepts, with the closing zero (MFD_NAME_MAX_LEN).
struct Name {
  char text[250];
};

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kMost;  // absent ones read as undefined
    napi_get_cb_info(env, info, &count, values_, nullptr, nullptr);
  }

  // A Uint8Array (a Buffer is one). The bytes live as long as the call.
  std::optional<Bytes> BytesAt(size_t index) const {
    bool is_array = false;
    napi_is_typedarray(env_, values_[index], &is_array);
    if (!is_array) return Refuse("expected a Uint8Array");
    napi_typedarray_type type;
    size_t size;
    void* data;
    napi_get_typedarray_info(env_, values_[index], &type, &size, &data, nullptr, nullptr);
    if (type != napi_uint8_array) return Refuse("expected a Uint8Array");
    return Bytes{data, size};
  }

  // A number that is exactly a u32: Node-API alone would wrap -1 and drop a fraction.
  std::optional<uint32_t> Uint32At(size_t index) const {
    double number;
    if (napi_get_value_double(env_, values_[index], &number) != napi_ok) return Refuse("expected a number");
    const bool fits = number >= 0 && number <= UINT32_MAX;
    if (!fits || number != static_cast<uint32_t>(number)) return Refuse("expected an unsigned 32-bit integer");
    return static_cast<uint32_t>(number);
  }

  std::optional<bool> BooleanAt(size_t index) const {
    bool value;
    if (napi_get_value_bool(env_, values_[index], &value) != napi_ok) return Refuse("expected a boolean");
    return value;
  }

  std::optional<Name> NameAt(size_t index) const {
    Name name;
    size_t length;
    if (napi_get_value_string_utf8(env_, values_[index], nullptr, 0, &length) != napi_ok) {
      return Refuse("expected a string");
    }
    if (length >= sizeof name.text) return Refuse("expected a name of at most 249 bytes");
    napi_get_value_string_utf8(env_, values_[index], name.text, sizeof name.text, &length);
    return name;
  }

 private:
  static constexpr size_t kMost = 3;

  std::nullopt_t Refuse(const char* message) const {
    napi_throw_type_error(env_, nullptr, message);
    return std::nullopt;
  }

  napi_env env_;
  napi_value values_[kMost];
};

}  // namespace seccomp

#endif
