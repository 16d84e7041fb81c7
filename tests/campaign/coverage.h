#pragma once
// Functional coverage: what a campaign set out to reach (bins), how often it did, under which
// behaviour of the memory, and what is left (holes).

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fragua/driver/engine_config.h"

namespace fragua::campaign {

/// What the memory did meanwhile; bits of a mask. None set = "free".
enum Stalled : uint32_t { kAr = 1, kR = 2, kAw = 4, kW = 8, kB = 16, kLate = 32 };

/// free, then the bits of Stalled in order.
inline constexpr std::array<const char*, 7> kColumns = {"free", "AR", "R", "AW", "W", "B", "late"};

struct Bin {
  std::string name;
  /// Not empty: no command stream of the driver can get there, and why. Being hit is then a
  /// failure.
  std::string impossible;
};

struct Group {
  std::string name;
  bool crossed = false;  ///< every bin is wanted in every column
  std::vector<Bin> bins;
};

class Coverage {
 public:
  explicit Coverage(std::vector<Group> plan);

  /// Group and bin must be in the plan.
  void Hit(const std::string& group, const std::string& bin, uint32_t stalled);

  /// "group: bin" or "group: bin x column" never reached, in the plan's order.
  std::vector<std::string> Holes() const;
  /// Declared impossible, and hit all the same.
  std::vector<std::string> Contradictions() const;
  /// The table, one line per bin.
  std::string Table() const;
  nlohmann::json Json() const;

 private:
  using Counts = std::array<uint64_t, kColumns.size() + 1>;  ///< last: in total
  const Counts& CountsOf(const Group& group, const Bin& bin) const;
  std::vector<Group> plan_;
  std::map<std::string, Counts> counts_;  ///< by "group: bin"
};

/// The space of docs/VERIFICATION.md, as far as the engine has it: with PK 8 there are no
/// additions.
std::vector<Group> CoveragePlan(const driver::EngineConfig& engine);

}  // namespace fragua::campaign
