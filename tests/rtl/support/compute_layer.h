#pragma once
// Layers for the compute unit's tests: geometry, and random choices of it.

#include <algorithm>
#include <cstdint>

#include "support/bench.h"

namespace fragua::rtltest {

/// A convolution's geometry; every number may be odd, prime or one.
struct Layer {
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int channel_words = 2;
  int rows = 3, cols = 5;  ///< convolution output
  int kblocks = 1;
  bool packed = false;
  bool grouped = false;  ///< one channel block per K-block
  bool pair = false;     ///< sums of two terms; `cols` counts words
  int ring_slots = 0;    ///< row slots on chip; 0 = as many as the layer reads
  int pool_mode = 0, pool_row_phase = 0, pool_pad_left = 0, pool_cols = 0;
  bool pool_first = false, pool_last = false;
  int first_row = 0;  ///< convolution row this command begins at (cut maps)

  int in_cols() const {
    return std::max(1, (cols - 1) * stride_w + kernel_w - pad_left - pad_right);
  }
};

/// The worst sum of this layer fits the accumulator of the engine under test, with room for a bias.
inline bool Fits(const Layer& layer) {
  const int64_t worst =
      int64_t{layer.kernel_h} * layer.kernel_w * layer.channel_words * 8 * 127 * 128;
  return worst < (int64_t{1} << (FRAGUA_ACC_BITS - 1)) - 1000;
}

/// Any geometry; not every one fits the buffers.
inline Layer RandomLayer(Random& random) {
  const auto Pick = [&](uint32_t low, uint32_t high) {
    return static_cast<int>(random.Range(low, high));
  };
  Layer layer;
  layer.kernel_h = random.Chance(50) ? 1 : Pick(1, 4);
  layer.kernel_w = random.Chance(50) ? layer.kernel_h : Pick(1, 4);
  layer.stride_h = random.Chance(60) ? 1 : Pick(1, 3);
  layer.stride_w = random.Chance(60) ? layer.stride_h : Pick(1, 3);
  layer.pad_top = random.Chance(60) ? 0 : Pick(0, 2);
  layer.pad_left = random.Chance(60) ? 0 : Pick(0, 2);
  layer.pad_bottom = random.Chance(60) ? 0 : Pick(0, 2);
  layer.pad_right = random.Chance(60) ? 0 : Pick(0, 2);
  layer.channel_words = random.Chance(40) ? FRAGUA_PK / 8 : Pick(1, 6);
  layer.rows = Pick(1, 5);
  layer.cols = random.Chance(30) ? Pick(1, 2) : Pick(1, 10);
  layer.kblocks = random.Chance(50) ? 1 : Pick(1, 4);
  layer.packed = random.Chance(15);
  layer.grouped = random.Chance(20);
  layer.pair = FRAGUA_PK > 8 && random.Chance(20);
  if (layer.pair) layer.cols = (FRAGUA_PK / 8) * Pick(1, 5);
  const int results = layer.pair ? layer.cols / (FRAGUA_PK / 8) : layer.cols;
  if (random.Chance(40)) layer.ring_slots = Pick(static_cast<uint32_t>(layer.stride_h), 6);
  layer.pool_mode = random.Chance(60) ? 0 : Pick(1, 3);
  if (layer.pool_mode == 1 || layer.pool_mode == 2) {
    layer.pool_row_phase = Pick(0, 1);
    layer.pool_pad_left = layer.pool_mode == 1 ? Pick(0, 1) : 0;
    layer.pool_first = random.Chance(70);  // without: the line buffer's old contents count
    layer.pool_last = random.Chance(50);
    // Floor or ceil: the last window may be left out.
    const int reach = results + layer.pool_pad_left;
    const int windows = layer.pool_mode == 1 && reach > 1 && layer.pool_pad_left == 0
                            ? (results + 1) / 2
                            : (reach + 1) / 2;
    layer.pool_cols = std::max(1, windows - (random.Chance(30) ? 1 : 0));
  }
  return layer;
}

}  // namespace fragua::rtltest
