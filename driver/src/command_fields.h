#pragma once
// The fields of commands, from what the compiler knows of a unit and its buffers.

#include "fragua/driver/registers.h"
#include "schedule.h"
#include "stage.h"
#include "strips.h"

namespace fragua::driver {

/// Kernel, extents, weights, requantisation and pool of a tile: `rows` of the unit's convolution
/// output, its K-blocks `kbs`.
void SetShape(const ConvUnit& unit, RowRange rows, RowRange kbs, int weight_base,
              const EngineConfig& engine, regs::Command& command);
/// Where the tile reads. `slots` describes the source map; returns the rows and blocks read.
RowSet SetSource(const ConvUnit& unit, RowSet slots, bool from_squeeze, RowRange rows, RowRange kbs,
                 const EngineConfig& engine, regs::Command& command);
/// Where results in a buffer go: rows and blocks of `slots`.
void SetDestination(const RowSet& slots, bool to_squeeze, regs::Command& command);
/// LOAD of the rows and blocks of `slots`, which lie in slots behind each other; `block_words` of
/// the map in DDR.
regs::Command RowLoad(const RowSet& slots, int64_t block_words);
/// LOAD of `words` 64-bit words to the weight buffer from `weight_word` on.
regs::Command WeightLoad(int64_t words, int weight_word);
/// The tile as its operators see it; `emitted`: rows that leave the output path.
Tile TileOf(const ConvUnit& unit, RowRange rows, RowRange kbs, RowRange emitted);

}  // namespace fragua::driver
