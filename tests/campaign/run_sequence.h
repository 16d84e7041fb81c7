#pragma once
// Runs a sequence on the Verilated engine in its platform, through the driver, and compares every
// tensor with the golden model.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coverage.h"
#include "fragua/golden/executor.h"
#include "sequence.h"

namespace fragua::campaign {

struct SequenceResult {
  int layers = 0;  ///< executed by the engine, over all inferences
  uint64_t cycles = 0;
  std::vector<std::string> failures;  ///< one sentence each; empty = every byte was right
  int failed_net = -1;
  bool stopped = false;  ///< by the flag; the rest is what was done until then
};

/// Changes what is expected of an inference, so that a test sees the comparison fail.
using Spoil = std::function<void(const Sequence&, golden::Values&)>;

/// `stop` ends it early. Coverage counts only inferences that came out right.
SequenceResult RunSequence(const driver::EngineConfig& engine, const SequenceId& id,
                           const std::atomic<bool>& stop, Coverage& coverage,
                           const Spoil& spoil = {});

}  // namespace fragua::campaign
