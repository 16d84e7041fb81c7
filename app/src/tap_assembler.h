#pragma once
// Puts the words that a simulation taps from the engine's output path together again as whole
// tensors, those that never leave the chip included.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/program.h"
#include "fragua/model/graph.h"
#include "fragua/sim/tap.h"

namespace fragua::app {

/// Where an element of a tensor was made.
struct Origin {
  uint32_t tag = 0;    ///< COMPUTE command
  uint64_t cycle = 0;  ///< when it left the stage
};

class TapAssembler {
 public:
  /// Keeps references; `keep_origins` records tag and cycle of every word (eight channels).
  TapAssembler(const model::Graph& graph, const driver::Plan& plan, bool keep_origins);
  /// Throws Error(kCheck) for a word that no command of the plan could have made.
  void Add(const sim::TapWord& word);
  /// NHWC bytes of a tensor; empty while elements are missing or when the engine never makes it.
  std::span<const uint8_t> Tensor(int tensor) const;
  std::optional<Origin> OriginOf(int tensor, int64_t row, int64_t column, int64_t channel) const;
  /// The part of the map that a COMPUTE command makes, e.g. "rows 7..13, channels 16..31".
  std::string DescribeTile(uint32_t tag) const;
  /// Forgets values, for the next inference.
  void Clear();

 private:
  struct Map {
    std::vector<uint8_t> bytes;
    std::vector<int> channel_of_slot;
    std::vector<Origin> origins;  ///< per pixel and block of eight slots
    int64_t missing = 0;
  };
  struct Target {
    int tensor = -1;
    int first_block = 0, first_row = 0, rows = 0, cols = 0, blocks = 0;
  };
  /// Throws Error(kCheck) when no COMPUTE command of the plan has this tag.
  const driver::Tile& TileOf(uint32_t tag) const;
  void AddTo(const Target& target, int64_t index, const sim::TapWord& word);
  Map& MapOf(int tensor);

  const model::Graph& graph_;
  const driver::Plan& plan_;
  bool keep_origins_;
  std::vector<std::optional<Map>> maps_;        ///< by tensor
  std::vector<std::array<int64_t, 2>> counts_;  ///< words seen, by tag and stage
};

}  // namespace fragua::app
