#pragma once
// One seeded random convolution (optionally pooled or summed): its data in the engine's layouts,
// its commands, and its result computed from the definition on plain [row][column][channel] arrays.

#include <cstdint>
#include <random>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/registers.h"

namespace fragua::test {

struct ConvShape {
  int rows = 8, columns = 8, channels = 16, outputs = 16;
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int pool = 0;  ///< POOL_MODE
  int pool_pad = 0;
  int pool_rows = 0, pool_cols = 0;  ///< pooled size; 0 = windows that fit
};

struct ConvCase {
  ConvCase(const ConvShape& shape, const driver::EngineConfig& engine, uint64_t seed);

  const ConvShape shape;
  const driver::EngineConfig engine;
  int out_rows, out_cols;  ///< of the convolution
  int final_rows, final_cols;
  int kblocks, kblock_words, channel_words;
  int zp_in, zp_out, act_min, act_max;

  std::vector<uint8_t> input;    ///< blocked map
  std::vector<uint8_t> weights;  ///< weight-buffer image: all K-blocks
  /// Blocked map (or sums) as the store stream must deliver it.
  std::vector<uint8_t> expected;
  std::vector<uint8_t> expected_conv;  ///< before the pool stage, in command order

  /// One COMPUTE for conv rows [first, first + count), whole input at word 0 of the activation
  /// buffer, weights at 0.
  driver::regs::Command Compute(int first, int count, uint32_t tag) const;
  /// Rows that leave the pool stage while conv rows [first, first + count) go in.
  int RowsOut(int first, int count) const;
  /// Everything from DDR to DDR and SIGNAL `sequence`. Tags: loads 0x100.., COMPUTE 0x200 + first
  /// row, STORE 0x300.
  std::vector<driver::regs::Command> Program(uint32_t input_at, uint32_t weights_at,
                                             uint32_t output_at, int rows_per_command,
                                             uint32_t sequence) const;

 private:
  void Generate(uint64_t seed);
  void ComputeExpected();
  int words_per_pixel() const { return engine.pk / 8; }

  std::vector<int8_t> x_;  ///< [row][column][channel]
  std::vector<int8_t> w_;  ///< [output][ky][kx][channel]
  std::vector<int32_t> bias_, multiplier_;
  std::vector<int> shift_;
};

}  // namespace fragua::test
