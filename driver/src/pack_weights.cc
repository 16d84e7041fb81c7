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

/// Input scale times the weights' scale of one output channel. With a single weight scale the
/// contract multiplies in single precision for FULLY_CONNECTED, unlike for convolution.
double InputScale(const model::Op& op, const model::Tensor& in, const model::Tensor& weights,
                  size_t channel) {
  const std::vector<float>& scale = weights.quant.scale;
  if (op.type == model::OpType::kFullyConnected && scale.size() == 1) {
    const float product = in.quant.scale[0] * scale[0];
    return double{product};
  }
  return double{in.quant.scale[0]} * double{scale[scale.size() == 1 ? 0 : channel]};
}

}  // namespace

ChannelWeights::ChannelWeights(const GraphFacts& facts, int op)
    : depthwise_(facts.op(op).type == model::OpType::kDepthwiseConv2d) {
  const model::Tensor& weights = facts.graph().tensor(facts.op(op).inputs[1]);
  values_ = weights.as<int8_t>();
  channels_ = static_cast<size_t>(depthwise_ ? weights.shape.back() : weights.shape[0]);
  taps_ = values_.size() / channels_;
}

ConvParameters ParametersOf(const GraphFacts& facts, int op) {
  const model::Graph& graph = facts.graph();
  const model::Op& conv = facts.op(op);
  const model::Tensor& in = graph.tensor(conv.inputs[0]);
  const model::Tensor& weights = graph.tensor(conv.inputs[1]);
  const model::Tensor& out = graph.tensor(conv.outputs[0]);
  const ChannelWeights values(facts, op);
  const bool has_bias = conv.inputs.size() > 2 && conv.inputs[2] >= 0;
  ConvParameters parameters;
  for (size_t k = 0; k < values.channels(); ++k) {
    int64_t bias = has_bias ? graph.tensor(conv.inputs[2]).as<int32_t>()[k] : 0;
    bool dead = true;
    for (size_t tap = 0; tap < values.taps(); ++tap) {
      const int8_t w = values.At(k, tap);
      bias -= int64_t{in.quant.zero_point[0]} * w;
      dead = dead && w == 0;
    }
    const model::Multiplier factor =
        model::ToMultiplier(InputScale(conv, in, weights, k) / double{out.quant.scale[0]});
    if (dead) {
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

namespace {

/// Channel k of a block makes output k of it: the weights of every tap are a diagonal.
void PackGroupedWeights(const GraphFacts& facts, const EngineConfig& engine, ConvUnit& unit,
                        std::vector<uint8_t>& image) {
  const ChannelWeights weights(facts, unit.op);
  const ConvParameters parameters = ParametersOf(facts, unit.op);
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
  const ConvParameters parameters = ParametersOf(facts, unit.op);

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

void PackCopyWeights(const EngineConfig& engine, ConvUnit& unit, std::vector<uint8_t>& image) {
  unit.weight_offset = static_cast<uint32_t>(image.size());
  KBlock block(image, engine, unit.kblock_words);
  for (int k = 0; k < engine.pk; ++k) {
    block.SetParameters(k, kExactCopy, 0);
    block.SetWeight(k / 8, k % 8, k, 1);
  }
}

}  // namespace fragua::driver
