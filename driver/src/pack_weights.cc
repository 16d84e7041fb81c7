// Weight images: what the engine's weight buffer holds (docs/ENGINE.md, "Data layouts").

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "arm_prepare.h"
#include "conv_unit.h"
#include "exact_factors.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

/// (x * (2^31 - 1) + 2^30) >> 31 == x for |x| < 2^30: requantisation that changes nothing.
constexpr model::Multiplier kExactCopy{INT32_MAX, 0};

/// Room for one K-block at the end of the image, with access by what the bytes mean.
class KBlock {
 public:
  KBlock(std::vector<uint8_t>& image, const EngineConfig& engine, int words)
      : image_(image), base_(image.size()), pc_(engine.pc), pk_(engine.pk) {
    image.resize(image.size() + static_cast<size_t>(words) * pc_ * pk_);
  }

  void SetParameters(int k, model::Multiplier factor, int64_t bias) {
    const auto shift = static_cast<uint64_t>(-factor.shift);
    const uint64_t bits = (static_cast<uint64_t>(factor.m) & 0x7FFFFFFF) | (shift << 31) |
                          ((static_cast<uint64_t>(bias) & 0x7FFFFFF) << 37);
    for (size_t i = 0; i < 8; ++i) {
      image_[base_ + static_cast<size_t>(k) * 8 + i] = static_cast<uint8_t>(bits >> (8 * i));
    }
  }

  /// `tap_word`: (ky * kernel_w + kx) * channel_words + c8; `channel` 0..7 within the word.
  void SetWeight(int64_t tap_word, int channel, int k, int8_t weight) {
    const int64_t word = 8 / pc_ + tap_word * (8 / pc_) + channel / pc_;
    image_[base_ + static_cast<size_t>(word * pc_ * pk_ + k * pc_ + channel % pc_)] =
        static_cast<uint8_t>(weight);
  }

 private:
  std::vector<uint8_t>& image_;
  size_t base_;
  int pc_, pk_;
};

/// Channel k of a block makes output k of it: the weights of every tap are a diagonal.
void PackGroupedWeights(const GraphFacts& facts, const EngineConfig& engine, ConvUnit& unit,
                        std::vector<uint8_t>& image) {
  const ChannelWeights weights(facts, unit.op);
  const ConvParameters parameters = ParametersOf(facts, unit.op, engine);
  const std::vector<int> channel_of_slot =
      facts.LayoutOf(facts.op(unit.op).outputs[0]).ChannelOfSlot();
  unit.weight_offset = static_cast<uint32_t>(image.size());
  for (int kb = unit.conv_block; kb < unit.conv_block + unit.kblocks; ++kb) {
    KBlock block(image, engine, unit.kblock_words);
    for (int k = 0; k < engine.pk; ++k) {
      const int channel = channel_of_slot[static_cast<size_t>(kb * engine.pk + k)];
      if (channel < 0) continue;
      const auto index = static_cast<size_t>(channel);
      block.SetParameters(k, parameters.factors[index], parameters.bias[index]);
      for (size_t tap = 0; tap < weights.taps(); ++tap) {
        const auto word = static_cast<int64_t>(tap) * unit.channel_words + k / 8;
        block.SetWeight(word, k % 8, k, weights.At(index, tap));
      }
    }
  }
}

}  // namespace

void PackWeights(const GraphFacts& facts, const ConvSource& source, const EngineConfig& engine,
                 ConvUnit& unit, std::vector<uint8_t>& image) {
  if (unit.grouped) return PackGroupedWeights(facts, engine, unit, image);
  const ChannelWeights weights(facts, unit.op);
  const auto channels = source.pixel_pairs ? source.pairs.channels : source.layout.channels();
  const auto kernel_w =
      static_cast<int>(weights.taps()) / (unit.kernel_h * channels);  // in pixels, also of pairs
  const ConvParameters parameters = ParametersOf(facts, unit.op, engine);

  // Word and lane of every input channel (of both pixels of a pair).
  std::vector<int> slot(static_cast<size_t>(channels));
  for (int c = 0; c < channels; ++c) {
    slot[static_cast<size_t>(c)] = source.pixel_pairs ? c : source.layout.SlotOf(c);
  }
  unit.weight_offset = static_cast<uint32_t>(image.size());
  for (int kb = unit.conv_block; kb < unit.conv_block + unit.kblocks; ++kb) {
    KBlock block(image, engine, unit.kblock_words);
    for (int k = 0; k < engine.pk; ++k) {
      const auto index = static_cast<size_t>(kb * engine.pk + k);
      if (index >= weights.channels()) break;
      block.SetParameters(k, parameters.factors[index], parameters.bias[index]);
      size_t weight = 0;
      for (int ky = 0; ky < unit.kernel_h; ++ky) {
        for (int kx = 0; kx < kernel_w; ++kx) {
          const int word_x = source.pixel_pairs ? kx / 2 : kx;
          const int half = source.pixel_pairs ? (kx % 2) * 4 : 0;
          const int64_t tap = int64_t{ky} * unit.kernel_w + word_x;
          for (int c = 0; c < channels; ++c) {
            const int lane = slot[static_cast<size_t>(c)] + half;
            block.SetWeight(tap * unit.channel_words + lane / 8, lane % 8, k,
                            weights.At(index, weight++));
          }
        }
      }
    }
  }
}

void PackAddWeights(const GraphFacts& facts, const EngineConfig& engine, ConvUnit& unit,
                    std::vector<uint8_t>& image) {
  const AddArgs add = prepare::AddOf(prepare::OpView(facts.graph(), unit.op));
  const std::optional<PairFactors> factors = FindPairFactors(add);
  FRAGUA_CHECK(factors.has_value(), "an ADD that is not exact on the engine was placed there");
  unit.weight_offset = static_cast<uint32_t>(image.size());
  for (int kb = 0; kb < unit.kblocks; ++kb) {
    KBlock block(image, engine, unit.kblock_words);
    for (int k = 0; k < 8; ++k) {
      block.SetParameters(k, {factors->ma, 0}, int64_t{-kPairWeight} * add.a_zero_point);
      block.SetParameters(8 + k, {factors->mb, -factors->shift},
                          int64_t{-kPairWeight} * add.b_zero_point);
      block.SetWeight(0, k, k, kPairWeight);
      block.SetWeight(1, k, 8 + k, kPairWeight);
    }
  }
}

void PackAverageWeights(const GraphFacts& facts, const EngineConfig& engine, ConvUnit& unit,
                        std::vector<uint8_t>& image) {
  const int taps = unit.kernel_h * unit.kernel_w;
  const auto factor = FindAverageFactor(taps, unit.act_min, unit.act_max);
  FRAGUA_CHECK(factor.has_value(), "a pool that is not exact on the engine was placed there: " +
                                       facts.op(unit.op).name);
  unit.weight_offset = static_cast<uint32_t>(image.size());
  KBlock block(image, engine, unit.kblock_words);
  for (int k = 0; k < engine.pk; ++k) {
    block.SetParameters(k, *factor, 0);
    for (int tap = 0; tap < taps; ++tap) {
      block.SetWeight(int64_t{tap} * unit.channel_words + k / 8, k % 8, k, 1);
    }
  }
}

void PackCopyWeights(const EngineConfig& engine, ConvUnit& unit, std::vector<uint8_t>& image) {
  unit.weight_offset = static_cast<uint32_t>(image.size());
  KBlock block(image, engine, unit.kblock_words);
  for (int k = 0; k < engine.pk; ++k) {
    block.SetParameters(k, kExactCopy, 0);
    block.SetWeight(k / 8, k % 8, k, 1);
  }
}

}  // namespace fragua::driver
