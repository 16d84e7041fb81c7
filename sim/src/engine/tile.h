#pragma once
// One COMPUTE command as numbers, and its arithmetic (docs/ENGINE.md, "Function").

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/buffers.h"
#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"
#include "fragua/sim/observation.h"

namespace fragua::sim {

enum class PoolMode : uint8_t { kNone = 0, kMax3x3 = 1, kMax2x2 = 2, kSum = 3 };
enum class Destination : uint8_t { kActivation = 0, kSqueeze = 1, kStream = 2 };

/// Fields as in docs/COMMANDS.md; words are 64 bits unless they are weight words.
struct Tile {
  uint32_t tag = 0;
  bool drain = false, stamp = false;
  int src_base = 0, src_row_start = 0, src_row_pitch = 0, src_ring = 0;
  int src_block_pitch = 0, src_group_step = 0;
  int in_rows = 0, in_cols = 0, iy0 = 0, ix0 = 0, out_rows = 0, out_cols = 0;
  int kernel_h = 0, kernel_w = 0, stride_h = 0, stride_w = 0;
  int channel_words = 0;
  bool from_squeeze = false, packed = false, pair = false;
  int weight_base = 0, kblock_words = 0, kblocks = 0;
  int zp_in = 0, zp_out = 0, act_min = 0, act_max = 0;
  Destination destination = Destination::kActivation;
  PoolMode pool = PoolMode::kNone;
  int pool_row_phase = 0, pool_pad_left = 0;
  bool pool_first = false, pool_last = false;
  int dst_base = 0, dst_row_start = 0, dst_row_pitch = 0, dst_ring = 0, dst_block_pitch = 0;
  int pool_base = 0, pool_cols = 0;

  int64_t pixels() const { return int64_t{out_rows} * out_cols; }
  /// Columns behind the requantisation, pixels of PK channels: a pair's pixel is one word only.
  int result_cols(int words_per_pixel) const {
    return pair ? out_cols / words_per_pixel : out_cols;
  }
  /// Array steps of one output pixel of one K-block.
  int steps_per_pixel(int pc) const { return kernel_h * kernel_w * channel_words * (8 / pc); }
};

Tile DecodeTile(const driver::regs::Command& command);
/// True when the engine answers BAD_SHAPE.
bool IsBadShape(const Tile& tile, const driver::EngineConfig& config);

/// Where results go, in order K-block, row, column, word.
struct TileSink {
  std::function<void(uint64_t)> requantised;  ///< words before the pool stage
  EngineObserver* observer = nullptr;         ///< sees results going to buffers, and its pixel
  std::function<void(uint64_t)> written;  ///< words behind it; buffers have been written already
};

/// Runs the tile on the buffers. Throws Error(kCheck) when an address leaves a buffer.
void RunTile(const Tile& tile, const driver::EngineConfig& config, Buffers& buffers,
             const TileSink& sink);

}  // namespace fragua::sim
