#pragma once
// What a COMPUTE command does, written from docs/ENGINE.md ("Function") as plain loops over plain
// arrays. Knows nothing of pipelines; commands run one after the other.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "fragua/driver/registers.h"

namespace fragua::rtltest {

namespace regs = driver::regs;
namespace compute = driver::regs::compute;

/// Parameters of the engine under test.
struct ComputeShape {
  int pc = 8;
  int pk = 16;
  int lanes = 8;
  int acc_bits = 25;
  int act_words = 1024;
  int squeeze_words = 256;
  int weight_words = 512;
  int pool_words = 128;

  int words_per_pixel() const { return pk / 8; }
  int param_words() const { return 8 / pc; }
  int weight_bytes() const { return pc * pk; }
};

/// (x*m + 2^30) >> 31, then divided by 2^s to nearest, ties away from zero.
inline int64_t RequantiseExactly(int64_t x, int64_t m, int s) {
  const int64_t product = x * m + (int64_t{1} << 30);
  const int64_t t = product >= 0 ? product / (int64_t{1} << 31)
                                 : -((-product + (int64_t{1} << 31) - 1) / (int64_t{1} << 31));
  const int64_t magnitude = t < 0 ? -t : t;
  const int64_t half = s > 0 ? int64_t{1} << (s - 1) : 0;
  const int64_t rounded = (magnitude + half) / (int64_t{1} << s);
  return t < 0 ? -rounded : rounded;
}

/// What two terms of a sum make together: each rescaled to 14 fractional bits of the shifted
/// result, rounded down, then rounded once, ties up.
inline int64_t RequantisePair(int64_t xa, int64_t ma, int64_t xb, int64_t mb, int s) {
  const auto floor_div = [](int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); };
  const int64_t unit = int64_t{1} << 17;
  const int64_t t = floor_div(floor_div(xa * ma, unit) + floor_div(xb * mb, unit), 1 << 14);
  const int64_t half = s > 0 ? int64_t{1} << (s - 1) : 0;
  return floor_div(t + half, int64_t{1} << s);
}

inline int8_t ByteOf(uint64_t word, int index) { return static_cast<int8_t>(word >> (8 * index)); }

class ComputeReference {
 public:
  explicit ComputeReference(const ComputeShape& s)
      : shape(s),
        act(s.act_words),
        squeeze(s.squeeze_words),
        line(s.pool_words),
        weights(static_cast<size_t>(s.weight_words) * s.weight_bytes()) {}

  ComputeShape shape;
  std::vector<uint64_t> act, squeeze, line;
  std::vector<int8_t> weights;        ///< weight word w, byte b at [w * weight_bytes + b]
  std::vector<uint64_t> stream;       ///< results only; stamp records are not modelled here
  std::vector<uint64_t> requantised;  ///< every word before pooling
  std::vector<uint64_t> written;      ///< every word that left, wherever it went
  std::vector<uint64_t> requantised_tags, written_tags;  ///< the command of each of those
  std::vector<size_t> stream_at_end;                     ///< length of `stream` after each command
  int64_t steps = 0;                                     ///< array steps
  int64_t largest_sum = 0;                               ///< largest |acc + bias| seen

  void Run(const regs::Command& command) {
    command_ = command;
    const int ppx = shape.words_per_pixel();
    const bool pair = Get(compute::kPair) != 0;
    const int kblocks = Get(compute::kKblocks);
    line_words_ = Get(compute::kPoolCols) * ppx;
    for (int kb = 0; kb < kblocks; ++kb) {
      row_offset_ = Get(compute::kDstRowStart);
      std::vector<int32_t> sums(shape.pk);
      for (int oy = 0; oy < Get(compute::kOutRows); ++oy) {
        std::vector<std::vector<int8_t>> row;
        for (int ox = 0; ox < Get(compute::kOutCols); ox += pair ? ppx : 1) {
          row.push_back(pair ? PairedPixel(kb, oy, ox) : Pixel(kb, oy, ox));
          for (int w = 0; w < ppx; ++w) {
            requantised.push_back(Pack(row.back(), w));
            requantised_tags.push_back(Tag());
          }
          for (int k = 0; k < shape.pk; ++k) sums[k] += row.back()[k];
        }
        RowDone(kb, oy, row);
      }
      if (Get(compute::kPoolMode) == 3) {
        std::vector<uint64_t> words;
        for (int i = 0; i < shape.pk; i += 2) {
          words.push_back(static_cast<uint32_t>(sums[i]) |
                          (uint64_t{static_cast<uint32_t>(sums[i + 1])} << 32));
        }
        WriteRow(kb, words);
      }
    }
    stream_at_end.push_back(stream.size());
  }

 private:
  static constexpr int kAddresses = 1 << 16;  // of the largest buffer there may be

  int Get(const regs::Field& field) const { return static_cast<int>(command_.Get(field)); }

  uint64_t Tag() const { return static_cast<uint64_t>(command_.Get(regs::header::kTag)); }

  static uint64_t Pack(const std::vector<int8_t>& pixel, int word) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) {
      value |= uint64_t{static_cast<uint8_t>(pixel[8 * word + i])} << (8 * i);
    }
    return value;
  }

  std::vector<int8_t> Pixel(int kb, int oy, int ox) {
    const int parts = shape.param_words();
    const int bytes = shape.weight_bytes();
    const int ppx = Get(compute::kSrcPacked) ? 1 : shape.words_per_pixel();
    const std::vector<uint64_t>& source = Get(compute::kSrcSelect) ? squeeze : act;
    const int ring = Get(compute::kSrcRing);
    const int wbase = Get(compute::kWeightBase) + kb * Get(compute::kKblockWords);
    std::vector<int64_t> acc(shape.pk);
    int w = wbase + parts;
    for (int ky = 0; ky < Get(compute::kKernelH); ++ky) {
      for (int kx = 0; kx < Get(compute::kKernelW); ++kx) {
        const int line_index = oy * Get(compute::kStrideH) + ky;
        const int iy = Get(compute::kIy0) + line_index;
        const int ix = Get(compute::kIx0) + ox * Get(compute::kStrideW) + kx;
        const int64_t row =
            (Get(compute::kSrcRowStart) + int64_t{line_index} * Get(compute::kSrcRowPitch)) % ring;
        const bool inside =
            iy >= 0 && iy < Get(compute::kInRows) && ix >= 0 && ix < Get(compute::kInCols);
        for (int c8 = 0; c8 < Get(compute::kChannelWords); ++c8) {
          uint64_t word = 0;
          if (inside) {
            word = source.at((Get(compute::kSrcBase) + kb * Get(compute::kSrcGroupStep) +
                              (c8 / ppx) * Get(compute::kSrcBlockPitch) + row + ix * ppx + c8 % ppx) %
                             kAddresses);
          }
          for (int sub = 0; sub < parts; ++sub, ++w, ++steps) {
            const int8_t* weight = &weights[static_cast<size_t>(w % shape.weight_words) * bytes];
            for (int k = 0; k < shape.pk; ++k) {
              for (int c = 0; c < shape.pc; ++c) {
                const int a = inside ? ByteOf(word, sub * shape.pc + c) : Get(compute::kZpIn);
                acc[k] += weight[k * shape.pc + c] * a;
              }
            }
          }
        }
      }
    }
    return Requantised(wbase, acc);
  }

  /// PK bytes, or eight of a pair.
  std::vector<int8_t> Requantised(int wbase, const std::vector<int64_t>& acc) {
    std::vector<int64_t> sums, factors;
    std::vector<int> shifts;
    for (int k = 0; k < shape.pk; ++k) {
      const uint64_t p = Parameter(wbase, k);
      sums.push_back(acc[k] + (static_cast<int64_t>(p) >> 37));
      factors.push_back(p & 0x7fffffff);
      shifts.push_back(static_cast<int>((p >> 31) & 63));
      largest_sum = std::max(largest_sum, sums[k] < 0 ? -sums[k] : sums[k]);
    }
    const bool pair = Get(compute::kPair) != 0;
    std::vector<int8_t> out(pair ? 8 : shape.pk);
    for (size_t k = 0; k < out.size(); ++k) {
      const int64_t scaled =
          pair ? RequantisePair(sums[k], factors[k], sums[k + 8], factors[k + 8], shifts[k + 8])
               : RequantiseExactly(sums[k], factors[k], shifts[k]);
      out[k] = static_cast<int8_t>(std::max<int64_t>(
          Get(compute::kActMin),
          std::min<int64_t>(scaled + Get(compute::kZpOut), Get(compute::kActMax))));
    }
    return out;
  }

  /// PK/8 words of eight sums, one after the other.
  std::vector<int8_t> PairedPixel(int kb, int oy, int ox) {
    std::vector<int8_t> out;
    for (int w = 0; w < shape.words_per_pixel(); ++w) {
      const std::vector<int8_t> word = Pixel(kb, oy, ox + w);
      out.insert(out.end(), word.begin(), word.end());
    }
    return out;
  }

  uint64_t Parameter(int wbase, int k) const {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) {
      const size_t byte = static_cast<size_t>(8 * k + i);
      const size_t word = (wbase + byte / shape.weight_bytes()) % shape.weight_words;
      value |= uint64_t{static_cast<uint8_t>(
                   weights[word * shape.weight_bytes() + byte % shape.weight_bytes()])}
               << (8 * i);
    }
    return value;
  }

  // Windows of one pooled row, as column ranges [first, last] of conv columns that exist.
  std::vector<std::vector<int8_t>> PoolColumns(const std::vector<std::vector<int8_t>>& row) const {
    const bool three = Get(compute::kPoolMode) == 1;
    const int size = three ? 3 : 2;
    const int pad = three ? Get(compute::kPoolPadLeft) : 0;
    const int cols = static_cast<int>(row.size());
    std::vector<std::vector<int8_t>> out;
    for (int j = 0; j < Get(compute::kPoolCols); ++j) {
      const int first = std::max(0, 2 * j - pad);
      const int last = std::min(cols - 1, 2 * j - pad + size - 1);
      if (first > last) break;
      std::vector<int8_t> best(shape.pk, std::numeric_limits<int8_t>::min());
      for (int x = first; x <= last; ++x) {
        for (int k = 0; k < shape.pk; ++k) best[k] = std::max(best[k], row[x][k]);
      }
      out.push_back(best);
    }
    return out;
  }

  void RowDone(int kb, int oy, const std::vector<std::vector<int8_t>>& row) {
    const int mode = Get(compute::kPoolMode);
    const int ppx = shape.words_per_pixel();
    if (mode == 3) return;
    std::vector<uint64_t> words;
    if (mode == 0) {
      for (const auto& pixel : row) {
        for (int w = 0; w < ppx; ++w) words.push_back(Pack(pixel, w));
      }
      WriteRow(kb, words);
      return;
    }
    const int phase = (oy + Get(compute::kPoolRowPhase)) % 2;
    const bool map_first = Get(compute::kPoolFirst) && oy == 0;
    const bool map_last = Get(compute::kPoolLast) && oy == Get(compute::kOutRows) - 1;
    size_t at = static_cast<size_t>(Get(compute::kPoolBase) + kb * line_words_);
    for (const auto& h : PoolColumns(row)) {
      for (int w = 0; w < ppx; ++w, ++at) {
        const uint64_t fresh = Pack(h, w);
        const uint64_t both = Larger(line.at(at), fresh);
        if (mode == 1) {
          if (phase == 0) {
            if (!map_first) words.push_back(both);
            line[at] = fresh;
          } else {
            line[at] = map_first ? fresh : both;
            if (map_last) words.push_back(line[at]);
          }
        } else if (phase == 0) {
          line[at] = fresh;
          if (map_last) words.push_back(fresh);
        } else {
          words.push_back(both);
        }
      }
    }
    if (!words.empty()) WriteRow(kb, words);
  }

  static uint64_t Larger(uint64_t a, uint64_t b) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) {
      value |= uint64_t{static_cast<uint8_t>(std::max(ByteOf(a, i), ByteOf(b, i)))} << (8 * i);
    }
    return value;
  }

  void WriteRow(int kb, const std::vector<uint64_t>& words) {
    const int select = Get(compute::kDstSelect);
    for (size_t i = 0; i < words.size(); ++i) {
      written.push_back(words[i]);
      written_tags.push_back(Tag());
      if (select == 2) {
        stream.push_back(words[i]);
      } else {
        auto& buffer = select == 0 ? act : squeeze;
        buffer.at((Get(compute::kDstBase) + kb * Get(compute::kDstBlockPitch) + row_offset_ + i) %
                  kAddresses) = words[i];
      }
    }
    row_offset_ = (row_offset_ + Get(compute::kDstRowPitch)) % Get(compute::kDstRing);
  }

  regs::Command command_;
  int line_words_ = 0;
  int row_offset_ = 0;
};

}  // namespace fragua::rtltest
