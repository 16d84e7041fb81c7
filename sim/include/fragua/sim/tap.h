#pragma once
// What a simulation can see of results that stay on chip: words copied from the engine's output
// path, costing no cycle.

#include <cstdint>

namespace fragua::sim {

/// One 64-bit word (eight channels) as it leaves a stage, in order kb, row, column, word within
/// each command.
struct TapWord {
  enum class Stage : uint8_t {
    kRequantised,  ///< behind the requantisation lanes, before pooling
    kWritten,      ///< behind pooling / summing: what goes to a buffer or the store stream (stamp
                   ///< records excluded)
  };
  uint32_t tag;  ///< TAG of the COMPUTE command
  Stage stage;
  uint64_t data;
  uint64_t cycle;  ///< engine clock cycle since reset
};

}  // namespace fragua::sim
