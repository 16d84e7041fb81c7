#pragma once
// The first word of an inference that the Verilated engine has and docs/ENGINE.md (the functional
// engine on the same commands) does not.

#include <cstdint>
#include <optional>
#include <string>

#include "engine_log.h"

namespace fragua::app {

/// Where in the engine words are compared, in the order in which a wrong one would show.
enum class Boundary {
  kLoad,         ///< LOAD into a buffer
  kRequantised,  ///< behind the requantisation
  kWritten,      ///< behind the pool stage
  kPlaced,       ///< COMPUTE into a buffer
  kStored,       ///< STORE into DDR
};

struct Divergence {
  Boundary boundary = Boundary::kLoad;
  uint32_t tag = 0;      ///< command
  int64_t index = 0;     ///< kRequantised, kWritten: word of that command; else word of all
  bool missing = false;  ///< the engine has no such word
  bool surplus = false;  ///< the specification has no such word
  uint64_t cycle = 0;    ///< of the engine's word; 0 when missing
  uint64_t expected = 0, got = 0;
  /// kLoad, kPlaced, kStored: where the word went, e.g. "squeeze buffer word 12".
  std::string expected_place, got_place;
};

/// The earliest command in ring order with a difference, and in it the earliest boundary; nothing
/// when the two tell the same story. Stamp records are a matter of time and not compared.
std::optional<Divergence> FirstDivergence(const EngineLog& engine, const EngineLog& specification);

}  // namespace fragua::app
