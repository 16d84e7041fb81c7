#pragma once
// Where each array step of a COMPUTE command reads (docs/ENGINE.md, "Function").

#include <cstdint>

#include "engine/tile.h"
#include "fragua/driver/engine_config.h"
#include "fragua/sim/observation.h"

namespace fragua::sim {

/// Row offset of the source row that lies `tap_row` rows below the command's first.
inline int RowOffset(const Tile& tile, int tap_row) {
  const int64_t offset = tile.src_row_start + int64_t{tap_row} * tile.src_row_pitch;
  return static_cast<int>(tile.src_ring > 0 ? offset % tile.src_ring : offset);
}

inline int64_t SourceAddress(const Tile& tile, const driver::EngineConfig& engine, int kblock,
                             int row_offset, int ix, int c8) {
  const int ppx = tile.packed ? 1 : engine.words_per_pixel();
  return int64_t{tile.src_base} + int64_t{kblock} * tile.src_group_step +
         int64_t{c8 / ppx} * tile.src_block_pitch + row_offset + int64_t{ix} * ppx + c8 % ppx;
}

StepPlace PlaceOf(const Tile& tile, const driver::EngineConfig& engine, int kblock, int row,
                  int column, int n);

}  // namespace fragua::sim
