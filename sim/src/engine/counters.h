#pragma once
// The cycle counters of the engine, as estimated. Every busy cycle belongs to exactly one cause.

#include <array>
#include <cstdint>

#include "fragua/driver/registers.h"

namespace fragua::sim {

struct Counters {
  int64_t compute = 0, wait_weights = 0, wait_activations = 0, wait_output = 0, wait_requant = 0;
  int64_t overhead = 0, idle = 0;
  int64_t read_beats = 0, write_beats = 0;

  int64_t cycles() const {
    return compute + wait_weights + wait_activations + wait_output + wait_requant + overhead + idle;
  }

  /// The stamp record as eight 64-bit words.
  std::array<uint64_t, 8> Stamp(uint32_t tag) const {
    namespace s = driver::regs::stamp;
    std::array<uint32_t, 16> w{};
    w[s::kTagWord] = tag;
    w[s::kCyclesWord] = static_cast<uint32_t>(cycles());
    w[s::kComputeWord] = static_cast<uint32_t>(compute);
    w[s::kWaitWeightsWord] = static_cast<uint32_t>(wait_weights);
    w[s::kWaitActivationsWord] = static_cast<uint32_t>(wait_activations);
    w[s::kWaitOutputWord] = static_cast<uint32_t>(wait_output);
    w[s::kWaitRequantWord] = static_cast<uint32_t>(wait_requant);
    w[s::kOverheadWord] = static_cast<uint32_t>(overhead);
    w[s::kIdleWord] = static_cast<uint32_t>(idle);
    w[s::kReadBeatsWord] = static_cast<uint32_t>(read_beats);
    w[s::kWriteBeatsWord] = static_cast<uint32_t>(write_beats);
    w[s::kMagicWord] = s::kMagicValue;
    std::array<uint64_t, 8> words{};
    for (size_t i = 0; i < words.size(); ++i) words[i] = w[2 * i] | uint64_t{w[2 * i + 1]} << 32;
    return words;
  }
};

}  // namespace fragua::sim
