#pragma once
// Proof that the tokens order every pair of conflicting accesses, independent of the interleaving
// that happened to run: each unit carries a vector clock (for every unit, the last command known to
// have completed), tokens and store-stream words carry the clock of their sender, and every word
// remembers who wrote and who read it last.

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace fragua::sim {

enum class Unit : uint8_t { kLoad = 0, kCompute = 1, kStore = 2 };
inline constexpr size_t kUnits = 3;
const char* Name(Unit unit);

/// Per unit, the number of its commands known to be complete.
using Clock = std::array<uint32_t, kUnits>;

/// Last accesses of one word; command numbers count from 1 per unit, 0 = none.
struct WordState {
  uint32_t written = 0;
  uint32_t read = 0;
  Unit writer = Unit::kLoad;
  Unit reader = Unit::kCompute;
};

/// Which word it is.
struct WordPlace {
  const char* memory;
  uint64_t address;
  bool initialised =
      true;  ///< reading it unwritten is an error (not so in DDR, which the host fills)
  bool in_order = false;  ///< its unit never reads ahead of its own writes
};

class HazardMonitor {
 public:
  explicit HazardMonitor(bool enabled) : enabled_(enabled) {}
  bool enabled() const { return enabled_; }

  void Start(Unit unit, uint32_t tag);        ///< the unit's next command begins
  void Join(Unit unit, const Clock& sender);  ///< a token or a stream word has been received
  Clock Completed(Unit unit) const;           ///< what a token of the current command says
  Clock Begun(Unit unit) const;               ///< what a stream word of the current command says
  void Drain();                               ///< COMPUTE waited for its earlier results
  void Barrier();                             ///< everything is idle and the host knows it
  void Reset();

  void OnRead(Unit unit, WordState& word, WordPlace place);
  void OnWrite(Unit unit, WordState& word, WordPlace place);
  /// The same for [address, address + bytes) of DDR, by 8-byte words.
  void OnDdrRead(uint32_t address, size_t bytes);
  void OnDdrWrite(uint32_t address, size_t bytes);
  [[noreturn]] void Fail(Unit unit, const std::string& text) const;

 private:
  static constexpr size_t kPageWords = 512;
  size_t At(Unit unit) const { return static_cast<size_t>(unit); }
  uint32_t Current(Unit unit) const { return static_cast<uint32_t>(tags_[At(unit)].size()); }
  bool Ordered(Unit unit, Unit other, uint32_t command) const;
  WordState& DdrWord(uint64_t word);
  std::string Who(Unit unit, uint32_t command) const;

  bool enabled_;
  std::array<Clock, kUnits> clocks_{};
  std::array<std::vector<uint32_t>, kUnits> tags_;  ///< tag of command n at n - 1
  uint32_t drained_ = 0;                            ///< COMPUTE commands whose results may be read
  std::unordered_map<uint64_t, std::vector<WordState>> ddr_;
};

}  // namespace fragua::sim
