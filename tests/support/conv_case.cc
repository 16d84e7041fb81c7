#include "support/conv_case.h"

#include <algorithm>
#include <cmath>

#include "support/engine_host.h"

namespace fragua::test {
namespace {

/// Double rounding written with exact integer division, independently of the project's own
/// function.
int32_t Rescale(int64_t x, int64_t m, int shift) {
  const int64_t product = x * m + (int64_t{1} << 30);
  const int64_t t =
      (product - (((product % (int64_t{1} << 31)) + (int64_t{1} << 31)) % (int64_t{1} << 31))) /
      (int64_t{1} << 31);
  const int64_t divisor = int64_t{1} << shift;
  const int64_t magnitude = (2 * std::abs(t) + divisor) / (2 * divisor);
  return static_cast<int32_t>(t < 0 ? -magnitude : magnitude);
}

}  // namespace

ConvCase::ConvCase(const ConvShape& s, const driver::EngineConfig& e, uint64_t seed)
    : shape(s), engine(e) {
  out_rows = (s.rows + s.pad_top + s.pad_bottom - s.kernel_h) / s.stride_h + 1;
  out_cols = (s.columns + s.pad_left + s.pad_right - s.kernel_w) / s.stride_w + 1;
  const int window = s.pool == 2 ? 2 : 3;
  final_rows = out_rows;
  final_cols = out_cols;
  if (s.pool == 1 || s.pool == 2) {
    final_rows = s.pool_rows ? s.pool_rows : (out_rows + s.pool_pad - window) / 2 + 1;
    final_cols = s.pool_cols ? s.pool_cols : (out_cols + s.pool_pad - window) / 2 + 1;
  }
  kblocks = (s.outputs + e.pk - 1) / e.pk;
  channel_words = (s.channels + 7) / 8;
  kblock_words = 8 / e.pc * (1 + s.kernel_h * s.kernel_w * channel_words);
  Generate(seed);
  ComputeExpected();
}

void ConvCase::Generate(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto draw = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  zp_in = draw(-128, 127);
  zp_out = draw(-40, 40);
  act_min = draw(0, 1) ? -128 : zp_out;
  act_max = draw(0, 3) ? 127 : draw(60, 127);
  const ConvShape& s = shape;
  x_.resize(static_cast<size_t>(s.rows) * s.columns * s.channels);
  for (auto& v : x_) v = static_cast<int8_t>(draw(-128, 127));
  w_.resize(static_cast<size_t>(s.outputs) * s.kernel_h * s.kernel_w * s.channels);
  for (auto& v : w_) v = static_cast<int8_t>(draw(-127, 127));
  const int taps = s.kernel_h * s.kernel_w * s.channels;
  for (int k = 0; k < s.outputs; ++k) {
    bias_.push_back(draw(-30000, 30000));
    multiplier_.push_back(draw(1 << 30, 0x7FFFFFFF));
    // Typical sums are sqrt(taps) * 73 * 73; bring most results into range.
    shift_.push_back(
        std::max(0, static_cast<int>(std::log2(std::sqrt(taps) * 5400.0 / 64.0)) + draw(-1, 1)));
  }

  const int pk = engine.pk;
  const int blocks = (s.channels + pk - 1) / pk;
  input.resize(static_cast<size_t>(blocks) * s.rows * s.columns * pk);
  for (auto& v : input) v = static_cast<uint8_t>(draw(0, 255));  // channels beyond C: anything
  for (int y = 0; y < s.rows; ++y) {
    for (int x = 0; x < s.columns; ++x) {
      for (int c = 0; c < s.channels; ++c) {
        input[((static_cast<size_t>(c / pk) * s.rows + y) * s.columns + x) * pk + c % pk] =
            static_cast<uint8_t>(x_[(static_cast<size_t>(y) * s.columns + x) * s.channels + c]);
      }
    }
  }

  const size_t word_bytes = static_cast<size_t>(engine.pc) * pk;
  weights.assign(static_cast<size_t>(kblocks) * kblock_words * word_bytes, 0);
  for (int k = 0; k < s.outputs; ++k) {
    uint8_t* block = &weights[static_cast<size_t>(k / pk) * kblock_words * word_bytes];
    const uint64_t bits = static_cast<uint64_t>(multiplier_[k]) |
                          static_cast<uint64_t>(shift_[k]) << 31 |
                          static_cast<uint64_t>(static_cast<int64_t>(bias_[k])) << 37;
    for (size_t b = 0; b < 8; ++b) block[(k % pk) * 8 + b] = static_cast<uint8_t>(bits >> (8 * b));
    block += 8 / engine.pc * word_bytes;
    for (int tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
      for (int c = 0; c < s.channels; ++c) {
        const size_t word = (static_cast<size_t>(tap) * channel_words * 8 + c) / engine.pc;
        block[word * word_bytes + (k % pk) * engine.pc + c % engine.pc] = static_cast<uint8_t>(
            w_[(static_cast<size_t>(k) * s.kernel_h * s.kernel_w + tap) * s.channels + c]);
      }
    }
  }
}

void ConvCase::ComputeExpected() {
  const ConvShape& s = shape;
  const int pk = engine.pk;
  const size_t plane = static_cast<size_t>(out_rows) * out_cols;
  std::vector<int8_t> y(static_cast<size_t>(kblocks) * pk * plane);  // [channel][row][column]
  for (int k = 0; k < kblocks * pk; ++k) {
    for (int oy = 0; oy < out_rows; ++oy) {
      for (int ox = 0; ox < out_cols; ++ox) {
        int64_t sum = k < s.outputs ? bias_[k] : 0;
        for (int ky = 0; k < s.outputs && ky < s.kernel_h; ++ky) {
          for (int kx = 0; kx < s.kernel_w; ++kx) {
            const int iy = oy * s.stride_h + ky - s.pad_top;
            const int ix = ox * s.stride_w + kx - s.pad_left;
            const bool inside = iy >= 0 && iy < s.rows && ix >= 0 && ix < s.columns;
            for (int c = 0; c < s.channels; ++c) {
              const int a =
                  inside ? x_[(static_cast<size_t>(iy) * s.columns + ix) * s.channels + c] : zp_in;
              sum +=
                  a *
                  w_[((static_cast<size_t>(k) * s.kernel_h + ky) * s.kernel_w + kx) * s.channels +
                     c];
            }
          }
        }
        const int32_t scaled = k < s.outputs ? Rescale(sum, multiplier_[k], shift_[k]) : 0;
        y[(static_cast<size_t>(k) * out_rows + oy) * out_cols + ox] =
            static_cast<int8_t>(std::clamp(scaled + zp_out, act_min, act_max));
      }
    }
  }
  for (int kb = 0; kb < kblocks; ++kb) {
    for (size_t p = 0; p < plane; ++p) {
      for (int k = 0; k < pk; ++k) {
        expected_conv.push_back(
            static_cast<uint8_t>(y[(static_cast<size_t>(kb) * pk + k) * plane + p]));
      }
    }
  }
  if (s.pool == 0) {
    expected = expected_conv;
    return;
  }
  for (int kb = 0; kb < kblocks; ++kb) {
    if (s.pool == 3) {
      for (int k = 0; k < pk; ++k) {
        int32_t sum = 0;
        for (size_t p = 0; p < plane; ++p) sum += y[(static_cast<size_t>(kb) * pk + k) * plane + p];
        for (int b = 0; b < 4; ++b) expected.push_back(static_cast<uint8_t>(sum >> (8 * b)));
      }
      continue;
    }
    const int window = s.pool == 2 ? 2 : 3;
    for (int py = 0; py < final_rows; ++py) {
      for (int px = 0; px < final_cols; ++px) {
        for (int k = 0; k < pk; ++k) {
          int8_t best = -128;
          for (int dy = 0; dy < window; ++dy) {
            for (int dx = 0; dx < window; ++dx) {
              const int yy = 2 * py + dy - s.pool_pad, xx = 2 * px + dx - s.pool_pad;
              if (yy < 0 || yy >= out_rows || xx < 0 || xx >= out_cols) continue;
              best = std::max(
                  best, y[((static_cast<size_t>(kb) * pk + k) * out_rows + yy) * out_cols + xx]);
            }
          }
          expected.push_back(static_cast<uint8_t>(best));
        }
      }
    }
  }
}

int ConvCase::RowsOut(int first, int count) const {
  if (shape.pool == 0) return count;
  if (shape.pool == 3) return 1;
  const int window = shape.pool == 2 ? 2 : 3;
  int rows = 0;
  for (int j = 0; j < final_rows; ++j) {
    const int end = std::min(2 * j - shape.pool_pad + window - 1, out_rows - 1);
    if (end >= first && end < first + count) ++rows;
  }
  return rows;
}

driver::regs::Command ConvCase::Compute(int first, int count, uint32_t tag) const {
  namespace c = driver::regs::compute;
  const ConvShape& s = shape;
  const int pitch = s.columns * words_per_pixel();
  auto command = driver::regs::MakeCommand(driver::regs::Opcode::kCompute);
  command.Set(driver::regs::header::kTag, tag);
  const int ring = s.rows * pitch;
  const int first_row = first * s.stride_h - s.pad_top;
  command.Set(c::kSrcRowStart, ((first_row * pitch) % ring + ring) % ring);
  command.Set(c::kSrcRowPitch, pitch).Set(c::kSrcRing, ring).Set(c::kSrcBlockPitch, ring);
  command.Set(c::kInRows, s.rows).Set(c::kInCols, s.columns);
  command.Set(c::kIy0, first_row).Set(c::kIx0, -s.pad_left);
  command.Set(c::kOutRows, count).Set(c::kOutCols, out_cols);
  command.Set(c::kKernelH, s.kernel_h).Set(c::kKernelW, s.kernel_w);
  command.Set(c::kStrideH, s.stride_h).Set(c::kStrideW, s.stride_w);
  command.Set(c::kChannelWords, channel_words).Set(c::kKblockWords, kblock_words);
  command.Set(c::kZpIn, zp_in).Set(c::kZpOut, zp_out);
  command.Set(c::kActMin, act_min).Set(c::kActMax, act_max).Set(c::kKblocks, kblocks);
  command.Set(c::kDstSelect, 2).Set(c::kPoolMode, s.pool);
  command.Set(c::kPoolRowPhase, (first + s.pool_pad) % 2).Set(c::kPoolPadLeft, s.pool_pad);
  // The last row ends a window by itself only where the map cuts that window off.
  const int window = s.pool == 2 ? 2 : 3;
  const bool cut = 2 * (final_rows - 1) - s.pool_pad + window > out_rows;
  command.Set(c::kPoolFirst, first == 0).Set(c::kPoolLast, cut && first + count == out_rows);
  command.Set(c::kPoolCols, final_cols);
  return command;
}

std::vector<driver::regs::Command> ConvCase::Program(uint32_t input_at, uint32_t weights_at,
                                                     uint32_t output_at, int rows_per_command,
                                                     uint32_t sequence) const {
  namespace r = driver::regs;
  std::vector<r::Command> commands;
  commands.push_back(MakeLoad(weights_at, weights.size() / 8, true, 0, 0x100));
  commands.back().Set(r::header::kPost, r::kTokenLcw);
  commands.push_back(MakeLoad(input_at, input.size() / 8, false, 0, 0x101));
  commands.back().Set(r::header::kPost, r::kTokenLca);
  const int64_t pixel_bytes = shape.pool == 3 ? 4 * engine.pk : engine.pk;
  const int64_t row_bytes = (shape.pool == 3 ? 1 : final_cols) * pixel_bytes;
  const int64_t block_bytes = (shape.pool == 3 ? 1 : final_rows) * row_bytes;
  int row_out = 0;
  for (int first = 0; first < out_rows; first += rows_per_command) {
    const int count = std::min(rows_per_command, out_rows - first);
    commands.push_back(Compute(first, count, static_cast<uint32_t>(0x200 + first)));
    if (first == 0) commands.back().Set(r::header::kWait, r::kTokenLcw | r::kTokenLca);
    const int rows = RowsOut(first, count);
    if (rows == 0) continue;
    commands.push_back(MakeStore(static_cast<uint32_t>(output_at + row_out * row_bytes),
                                 static_cast<size_t>(rows * row_bytes / 8), 0x300));
    commands.back().Set(r::store::kRuns, kblocks).Set(r::store::kDdrStride, block_bytes);
    row_out += rows;
  }
  commands.push_back(MakeSignal(sequence));
  return commands;
}

}  // namespace fragua::test
