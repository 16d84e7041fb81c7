#include "fragua/model/error.h"

#include <cstdio>
#include <cstdlib>

namespace fragua {

void ThrowInput(const std::string& text) { throw Error(ErrorKind::kInput, text); }

namespace internal {

// A broken promise inside the program: the state cannot be trusted, so nothing is unwound.
void CheckFailed(const char* condition, const char* file, int line, const std::string& detail) {
  std::fprintf(stderr, "%s:%d: internal error: %s does not hold: %s\n", file, line, condition,
               detail.c_str());
  std::abort();
}

}  // namespace internal
}  // namespace fragua
