#pragma once
// The on-chip memories, filled with a visible pattern until written.

#include <cstdint>
#include <span>
#include <vector>

#include "engine/hazards.h"
#include "fragua/driver/engine_config.h"

namespace fragua::sim {

/// A memory of 64-bit words, `words_per_place` of which share one address and one hazard record.
class Buffer {
 public:
  Buffer(const char* name, int places, int words_per_place, HazardMonitor& monitor,
         bool in_order = false);

  int places() const { return places_; }
  /// All words at `address`; throws Error(kCheck) beyond the end.
  std::span<const uint64_t> Read(Unit unit, int64_t address);
  void Write(Unit unit, int64_t address, int slice, uint64_t value);
  void Poison();

 private:
  void CheckAddress(Unit unit, int64_t address) const;
  const char* name_;
  int places_;
  int words_per_place_;
  bool in_order_;
  HazardMonitor& monitor_;
  std::vector<uint64_t> words_;
  std::vector<WordState> states_;
};

struct Buffers {
  Buffers(const driver::EngineConfig& config, HazardMonitor& monitor);
  void Poison();

  HazardMonitor& monitor;
  Buffer activation;
  Buffer squeeze;
  Buffer weight;  ///< places of pc*pk/8 words
  Buffer pool;
};

}  // namespace fragua::sim
