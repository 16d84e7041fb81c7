#include "engine/tile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/pool.h"
#include "engine/steps.h"
#include "fragua/model/error.h"
#include "fragua/model/requantise.h"

namespace fragua::sim {
namespace {

/// Requantisation parameters of one output channel, from its 64 bits in the parameter words.
struct ChannelParameters {
  model::Multiplier factor;
  int32_t bias;
};

ChannelParameters DecodeParameters(uint64_t bits) {
  ChannelParameters p;
  p.factor.m = static_cast<int32_t>(bits & 0x7FFFFFFF);
  p.factor.shift = -static_cast<int>((bits >> 31) & 0x3F);
  p.bias = static_cast<int32_t>(static_cast<int64_t>(bits) >> 37);
  return p;
}

class TileRunner {
 public:
  TileRunner(const Tile& tile, const driver::EngineConfig& config, Buffers& buffers,
             const TileSink& sink)
      : t_(tile),
        config_(config),
        buffers_(buffers),
        source_(tile.from_squeeze ? buffers.squeeze : buffers.activation),
        sink_(sink),
        pk_(static_cast<size_t>(config.pk)),
        pool_(tile, config.pk, buffers.pool,
              [this](std::span<const uint64_t> w, int row, int col) { Leave(w, row, col); }),
        parameters_(pk_),
        acc_(pk_),
        q_(pk_) {
    for (int i = 0; i < 8; ++i) {
      padding_ |= uint64_t{static_cast<uint8_t>(tile.zp_in)} << (8 * i);
    }
    CheckRings();
  }

  void Run() {
    if (sink_.observer != nullptr) wanted_ = sink_.observer->Wanted();
    for (kblock_ = 0; kblock_ < t_.kblocks; ++kblock_) {
      ReadWeights();
      pool_.BeginBlock(kblock_);
      for (int oy = 0; oy < t_.out_rows; ++oy) {
        for (int ox = 0; ox < t_.out_cols; ++ox) {
          switch (pk_) {
            case 8:
              Accumulate<8>(oy, ox);
              break;
            case 16:
              Accumulate<16>(oy, ox);
              break;
            default:
              Accumulate<32>(oy, ox);
              break;
          }
          if (wanted_ && *wanted_ == PixelId{t_.tag, kblock_, oy, ox}) ShowPixel(oy, ox);
          if (!t_.pair) {
            RequantisePixel();
            pool_.Push(q_, oy, ox);
          } else if (const int half = ox % config_.words_per_pixel(); RequantisePair(half)) {
            pool_.Push(q_, oy, ox / config_.words_per_pixel());
          }
        }
      }
      pool_.EndBlock();
    }
  }

 private:
  /// The hardware wraps row offsets by one subtraction; legal commands never need a second one.
  void CheckRings() const {
    const bool source_ok = t_.src_ring > 0 && t_.src_row_start < t_.src_ring &&
                           t_.stride_h * t_.src_row_pitch <= t_.src_ring;
    if (!source_ok && (t_.out_rows > 1 || t_.kernel_h > 1 || t_.src_row_start != 0)) {
      buffers_.monitor.Fail(Unit::kCompute,
                            "has SRC_ROW_START or STRIDE_H*SRC_ROW_PITCH beyond SRC_RING");
    }
    if (t_.destination != Destination::kStream && t_.dst_row_start != 0 &&
        t_.dst_row_start >= t_.dst_ring) {
      buffers_.monitor.Fail(Unit::kCompute, "has DST_ROW_START beyond DST_RING");
    }
  }

  int64_t WeightAddress(int64_t word) const { return word % config_.weight_words; }

  /// One K-block's parameters and its weights, [step][8 channels][pk].
  void ReadWeights() {
    const int per_word = 8 / config_.pc;  // weight words per 8 input channels
    const int64_t base = t_.weight_base + int64_t{kblock_} * t_.kblock_words;
    for (int i = 0; i < per_word; ++i) {
      const auto words = buffers_.weight.Read(Unit::kCompute, WeightAddress(base + i));
      for (size_t j = 0; j < words.size(); ++j) {
        parameters_[static_cast<size_t>(i) * words.size() + j] = DecodeParameters(words[j]);
      }
    }
    const int steps = t_.kernel_h * t_.kernel_w * t_.channel_words;
    weights_.resize(static_cast<size_t>(steps) * 8 * pk_);
    int64_t address = base + per_word;
    for (int step = 0; step < steps; ++step) {
      for (int sub = 0; sub < per_word; ++sub, ++address) {
        const auto words = buffers_.weight.Read(Unit::kCompute, WeightAddress(address));
        int16_t* out = &weights_[(static_cast<size_t>(step) * 8 + sub * config_.pc) * pk_];
        for (size_t k = 0; k < pk_; ++k) {
          for (int c = 0; c < config_.pc; ++c) {
            const size_t byte = k * config_.pc + c;
            out[c * pk_ + k] = static_cast<int8_t>(words[byte / 8] >> (8 * (byte % 8)));
          }
        }
      }
    }
  }

  uint64_t SourceWord(int row_offset, int iy, int ix, int c8) {
    if (iy < 0 || iy >= t_.in_rows || ix < 0 || ix >= t_.in_cols) return padding_;
    const int64_t address = SourceAddress(t_, config_, kblock_, row_offset, ix, c8);
    return source_.Read(Unit::kCompute, address)[0];
  }

  /// The same pixel once more, step by step, for whoever looks.
  void ShowPixel(int oy, int ox) {
    PixelObservation seen;
    seen.id = *wanted_;
    for (int i = 0; i < 8 / config_.pc; ++i) {
      const int64_t base = t_.weight_base + int64_t{kblock_} * t_.kblock_words;
      const auto words = buffers_.weight.Read(Unit::kCompute, WeightAddress(base + i));
      seen.parameters.insert(seen.parameters.end(), words.begin(), words.end());
    }
    std::vector<int32_t> sums(pk_);
    const int steps = t_.steps_per_pixel(config_.pc);
    const auto pc = static_cast<size_t>(config_.pc);
    for (int n = 0; n < steps; ++n) {
      const StepPlace place = PlaceOf(t_, config_, kblock_, oy, ox, n);
      ArrayStep step;
      step.padding = place.padding;
      step.squeeze = t_.from_squeeze;
      step.address = static_cast<uint32_t>(place.address);
      step.weight_address = static_cast<uint32_t>(place.weight_address);
      const uint64_t word =
          place.padding ? padding_ : source_.Read(Unit::kCompute, place.address)[0];
      const auto weights = buffers_.weight.Read(Unit::kCompute, place.weight_address);
      for (size_t c = 0; c < pc; ++c) {
        const size_t shift = 8 * (static_cast<size_t>(place.sub) * pc + c);
        step.activations.push_back(static_cast<int8_t>(word >> shift));
      }
      for (size_t i = 0; i < pk_ * pc; ++i) {
        step.weights.push_back(static_cast<int8_t>(weights[i / 8] >> (8 * (i % 8))));
        sums[i / pc] += step.weights[i] * step.activations[i % pc];
      }
      step.sums = sums;
      seen.steps.push_back(std::move(step));
    }
    FRAGUA_CHECK(sums == acc_, "a pixel's sums step by step and at once differ");
    sink_.observer->OnPixel(std::move(seen));
  }

  template <size_t kPk>
  void Accumulate(int oy, int ox) {
    std::array<int32_t, kPk> acc{};
    const int16_t* w = weights_.data();
    for (int ky = 0; ky < t_.kernel_h; ++ky) {
      const int tap_row = oy * t_.stride_h + ky;
      const int row = RowOffset(t_, tap_row);
      for (int kx = 0; kx < t_.kernel_w; ++kx) {
        const int ix = t_.ix0 + ox * t_.stride_w + kx;
        for (int c8 = 0; c8 < t_.channel_words; ++c8, w += 8 * kPk) {
          const uint64_t word = SourceWord(row, t_.iy0 + tap_row, ix, c8);
          for (size_t c = 0; c < 8; ++c) {
            const int16_t a = static_cast<int8_t>(word >> (8 * c));
            for (size_t k = 0; k < kPk; ++k) acc[k] += w[c * kPk + k] * a;
          }
        }
      }
    }
    std::ranges::copy(acc, acc_.begin());
  }

  /// The accumulator with its bias.
  int32_t Sum(size_t k) const {
    const int64_t limit = int64_t{1} << (config_.acc_bits - 1);
    if (buffers_.monitor.enabled() && (acc_[k] < -limit || acc_[k] >= limit)) {
      buffers_.monitor.Fail(
          Unit::kCompute,
          fmt::format("overflows its {}-bit accumulator with {} (K-block {}, channel {})",
                      config_.acc_bits, acc_[k], kblock_, k));
    }
    return static_cast<int32_t>(int64_t{acc_[k]} + parameters_[k].bias);
  }

  int8_t Clamped(int64_t scaled) const {
    return static_cast<int8_t>(std::clamp<int64_t>(scaled + t_.zp_out, t_.act_min, t_.act_max));
  }

  /// The sums of channels k and 8 + k, as word `half` of a result pixel; true when that is its
  /// last.
  bool RequantisePair(int half) {
    const size_t first = static_cast<size_t>(half) * 8;
    for (size_t k = 0; k < 8; ++k) {
      const ChannelParameters& a = parameters_[k];
      const ChannelParameters& b = parameters_[8 + k];
      q_[first + k] = Clamped(
          model::RequantisePair(Sum(k), a.factor.m, Sum(8 + k), b.factor.m, -b.factor.shift));
    }
    if (sink_.requantised) {
      sink_.requantised(PackWords(std::span<const int8_t>(q_).subspan(first, 8))[0]);
    }
    return half == config_.words_per_pixel() - 1;
  }

  void RequantisePixel() {
    for (size_t k = 0; k < pk_; ++k) {
      q_[k] = Clamped(model::Requantise(Sum(k), parameters_[k].factor));
    }
    if (!sink_.requantised) return;
    for (const uint64_t word : PackWords(q_)) sink_.requantised(word);
  }

  /// A pixel of the map that leaves the pool stage (sums count as one wide pixel).
  void Leave(std::span<const uint64_t> words, int row, int column) {
    const int64_t offset = t_.dst_row_start + int64_t{row} * t_.dst_row_pitch;
    const int64_t base = int64_t{t_.dst_base} + int64_t{kblock_} * t_.dst_block_pitch +
                         (t_.dst_ring > 0 ? offset % t_.dst_ring : offset) +
                         int64_t{column} * config_.words_per_pixel();
    for (size_t i = 0; i < words.size(); ++i) {
      const int64_t address = base + static_cast<int64_t>(i);
      if (t_.destination == Destination::kActivation) {
        buffers_.activation.Write(Unit::kCompute, address, 0, words[i]);
      } else if (t_.destination == Destination::kSqueeze) {
        buffers_.squeeze.Write(Unit::kCompute, address, 0, words[i]);
      }
      if (sink_.observer != nullptr && t_.destination != Destination::kStream) {
        sink_.observer->OnResult({t_.tag, t_.destination == Destination::kSqueeze,
                                  static_cast<uint32_t>(address), words[i], 0});
      }
      sink_.written(words[i]);
    }
  }

  const Tile& t_;
  const driver::EngineConfig& config_;
  Buffers& buffers_;
  Buffer& source_;
  const TileSink& sink_;
  std::optional<PixelId> wanted_;
  const size_t pk_;
  PoolStage pool_;
  uint64_t padding_ = 0;
  int kblock_ = 0;
  std::vector<ChannelParameters> parameters_;
  std::vector<int16_t> weights_;
  std::vector<int32_t> acc_;
  std::vector<int8_t> q_;
};

}  // namespace

void RunTile(const Tile& tile, const driver::EngineConfig& config, Buffers& buffers,
             const TileSink& sink) {
  TileRunner(tile, config, buffers, sink).Run();
}

}  // namespace fragua::sim
