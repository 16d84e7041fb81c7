#pragma once
// Which element of which tensor a word on the engine's way is.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "divergence.h"
#include "engine_log.h"
#include "fragua/driver/program.h"
#include "fragua/model/graph.h"

namespace fragua::app {

struct WordPlace {
  int op = -1;      ///< the operator whose result it is
  int tensor = -1;  ///< for a copy that carries a pool or a sum: the operator's input
  int row = 0, column = 0;
  std::array<int, 8> channels;  ///< of the word's bytes, -1 where there is none
  /// A sum per K-block: two int32 of the channels in `channels` 0 and 1.
  bool sums = false;
  std::string tile;  ///< e.g. "rows 0..7, channels 16..31"
  /// The array's pixel (with PAIR, one word of it) and the first of the word's output slots there.
  sim::PixelId pixel;
  int first_slot = 0;
};

/// The command behind a tag; nothing when the plan has none.
const driver::regs::Command* CommandOf(const driver::Plan& plan, uint32_t tag);
/// The operator that the command works for, -1 when there is none.
int OpOf(const driver::Plan& plan, uint32_t tag);

/// Where the word of a divergence belongs; nothing for LOAD. `specification` has the words in
/// order: a word that was put in a wrong place is the n-th word of its command.
std::optional<WordPlace> Locate(const model::Graph& graph, const driver::Plan& plan,
                                const EngineLog& specification, const Divergence& divergence);

}  // namespace fragua::app
