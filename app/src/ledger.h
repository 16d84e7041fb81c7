#pragma once
// Where the engine's cycles went, one line per fused group, adding up exactly.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "report.h"

namespace fragua::app {

/// Cycles of a fused group. `cycles` is the sum of `ideal`, `unfilled` and `causes`.
struct LedgerLine {
  static constexpr std::array<const char*, 6> kCauses = {
      "overhead", "wait_weights", "wait_activations", "wait_output", "requant", "idle"};
  std::string name;
  int64_t cycles = 0;
  int64_t ideal = 0;     ///< every multiplier in every cycle
  int64_t unfilled = 0;  ///< steps in which some multiplier had nothing to do, ideal not counted
  std::array<int64_t, kCauses.size()> causes{};
  int64_t ddr_bytes = 0;         ///< read and written
  int64_t compulsory_bytes = 0;  ///< of them, those no schedule could save

  double Utilisation() const;
};

/// The groups on the engine in their order, then "start and end" (what lies before the first and
/// behind the last result, and the commands' own bytes), then "total" as the engine counted it. The
/// lines before the total add up to it in every column. Empty without engine cycles.
std::vector<LedgerLine> GroupLedger(const RunReport& report);

/// As a Markdown table with a line above it that names network, engine and board.
std::string LedgerMarkdown(const RunReport& report);

}  // namespace fragua::app
