// Weight images: what the engine's weight buffer holds (docs/ENGINE.md, "Data layouts").

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "conv_unit.h"
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

}  // namespace

ConvParameters ParametersOf(const GraphFacts& facts, int op) {
  const model::Graph& graph = facts.graph();
  const model::Op& conv = facts.op(op);
  const model::Tensor& in = graph.tensor(conv.inputs[0]);
  const model::Tensor& weights = graph.tensor(conv.inputs[1]);
  const model::Tensor& out = graph.tensor(conv.outputs[0]);
  const auto channels = static_cast<size_t>(weights.shape[0]);
  const bool has_bias = conv.inputs.size() > 2 && conv.inputs[2] >= 0;
  const auto values = weights.as<int8_t>();
  const size_t taps = values.size() / channels;
  ConvParameters parameters;
  for (size_t k = 0; k < channels; ++k) {
    int64_t bias = has_bias ? graph.tensor(conv.inputs[2]).as<int32_t>()[k] : 0;
    for (const int8_t w : values.subspan(k * taps, taps)) {
      bias -= int64_t{in.quant.zero_point[0]} * w;
    }
    const std::vector<float>& scale = weights.quant.scale;
    const double weight_scale = scale[scale.size() == 1 ? 0 : k];
    const auto factor =
        model::ToMultiplier(double{in.quant.scale[0]} * weight_scale / double{out.quant.scale[0]});
    const auto own = values.subspan(k * taps, taps);
    if (std::all_of(own.begin(), own.end(), [](int8_t w) { return w == 0; })) {
      // A dead channel is one value, often made from a bias that no accumulator holds: it travels
      // rescaled already. Anything beyond +-512 is clamped to int8 all the same.
      const int32_t value = model::Requantise(static_cast<int32_t>(bias), factor);
      parameters.bias.push_back(std::clamp(value, -512, 512));
      parameters.factors.push_back(kExactCopy);
      continue;
    }
    parameters.bias.push_back(bias);
    parameters.factors.push_back(factor);
  }
  return parameters;
}

void PackWeights(const GraphFacts& facts, const ConvSource& source, const EngineConfig& engine,
                 ConvUnit& unit, std::vector<uint8_t>& image) {
  const model::Tensor& weights = facts.graph().tensor(facts.op(unit.op).inputs[1]);
  const int kernel_w = weights.shape[2];
  const int channels = weights.shape[3];
  const auto values = weights.as<int8_t>();
  const ConvParameters parameters = ParametersOf(facts, unit.op);

  // Word and lane of every input channel (of both pixels of a pair).
  std::vector<int> slot(static_cast<size_t>(channels));
  for (int c = 0; c < channels; ++c) {
    slot[static_cast<size_t>(c)] = source.pixel_pairs ? c : source.layout.SlotOf(c);
  }
  unit.weight_offset = static_cast<uint32_t>(image.size());
  for (int kb = unit.conv_block; kb < unit.conv_block + unit.kblocks; ++kb) {
    KBlock block(image, engine, unit.kblock_words);
    for (int k = 0; k < engine.pk && kb * engine.pk + k < weights.shape[0]; ++k) {
      const int out_channel = kb * engine.pk + k;
      const auto index = static_cast<size_t>(out_channel);
      block.SetParameters(k, parameters.factors[index], parameters.bias[index]);
      const int8_t* weight = values.data() + index * (values.size() / weights.shape[0]);
      for (int ky = 0; ky < unit.kernel_h; ++ky) {
        for (int kx = 0; kx < kernel_w; ++kx) {
          const int word_x = source.pixel_pairs ? kx / 2 : kx;
          const int half = source.pixel_pairs ? (kx % 2) * 4 : 0;
          const int64_t tap = int64_t{ky} * unit.kernel_w + word_x;
          for (int c = 0; c < channels; ++c) {
            const int lane = slot[static_cast<size_t>(c)] + half;
            block.SetWeight(tap * unit.channel_words + lane / 8, lane % 8, k, *weight++);
          }
        }
      }
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
