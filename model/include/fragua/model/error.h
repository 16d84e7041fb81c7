#pragma once
// The error type shared by all rooms. Caller bugs are FRAGUA_CHECK; everything the outside world can get wrong
// (files, options, devices) is an Error whose text says where, what was found, what was expected and what to do.

#include <stdexcept>
#include <string>

namespace fragua {

enum class ErrorKind {
  kInput,   ///< Bad usage or input (file, option, YAML field, model): the command exits with 2.
  kCheck,   ///< A comparison failed (mismatch against the golden model): the command exits with 1.
  kDevice,  ///< The engine or its bus failed (error code, timeout, reset refused): the command exits with 1.
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

/// Shorthand for `throw Error(ErrorKind::kInput, text)`.
[[noreturn]] void ThrowInput(const std::string& text);

namespace internal {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line, const std::string& detail);
}  // namespace internal

}  // namespace fragua

/// Caller bug: prints the condition and the detail (both values) and aborts.
#define FRAGUA_CHECK(condition, detail) \
  ((condition) ? static_cast<void>(0)   \
               : ::fragua::internal::CheckFailed(#condition, __FILE__, __LINE__, (detail)))
