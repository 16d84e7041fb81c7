#pragma once
// What a simulation has reached of the RTL, for builds that count it (FRAGUA_RTL_COVERAGE_KINDS,
// tests/coverage).

#include <verilated.h>

#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>

#include <atomic>
#include <cstdlib>
#include <string>
#endif

namespace fragua::sim {

/// Leaves the counts of a model that ends as a file of its own in the folder FRAGUA_COVERAGE_DIR,
/// if the environment names one. Does nothing in other builds.
inline void WriteRtlCoverage([[maybe_unused]] VerilatedContext& context) {
#if VM_COVERAGE
  static std::atomic<int> written = 0;
  const char* folder = std::getenv("FRAGUA_COVERAGE_DIR");
  if (folder == nullptr) return;
  const std::string path = std::string(folder) + "/" + std::to_string(getpid()) + "-" +
                           std::to_string(written++) + ".dat";
  context.coveragep()->write(path.c_str());
#endif
}

/// In builds that count: all registers, memories and inputs start with FRAGUA_COVERAGE_STATE, 0 or 1, if the environment
/// has it. A bit whose first change is only that of the state it started in changes from one of the two and not from the other.
inline void ChooseRtlState([[maybe_unused]] VerilatedContext& context) {
#if VM_COVERAGE
  const char* state = std::getenv("FRAGUA_COVERAGE_STATE");
  if (state != nullptr) context.randReset(state[0] == '1' ? 1 : 0);
#endif
}

/// Forgets what was counted so far. Called at the end of a model's first reset: what random state
/// becomes there is not something that the RTL has done.
inline void ForgetRtlCoverage([[maybe_unused]] VerilatedContext& context) {
#if VM_COVERAGE
  context.coveragep()->zero();
#endif
}

}  // namespace fragua::sim
