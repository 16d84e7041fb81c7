#pragma once
// From operators of the graph to convolution units of the engine.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/model/requantise.h"
#include "graph_facts.h"
#include "stage.h"

namespace fragua::driver {

/// A convolution of any kind: CONV_2D, DEPTHWISE_CONV_2D, or FULLY_CONNECTED, which is one whose
/// window is the whole map.
bool IsConvolution(model::OpType type);

/// Every output channel has an input channel of its own. A DEPTHWISE_CONV_2D of a single channel is
/// an ordinary convolution, whatever its depth multiplier.
bool IsGrouped(const GraphFacts& facts, int op);

/// Where a convolution reads: its own input, or the input of a PAD that it takes over. A
/// FULLY_CONNECTED always looks through a RESHAPE that flattens.
struct ConvSource {
  int tensor = -1;
  model::Padding padding;
  bool pixel_pairs = false;  ///< comes from the processor as an image of pixel pairs
  MapLayout layout;          ///< of the tensor, or of the words of pixel pairs
  PixelPairs pairs;
};

/// `fold_pad`: the PAD that makes the input, if any, runs on the engine too.
ConvSource SourceOf(const GraphFacts& facts, int op, bool fold_pad);

/// The convolution as a unit without pool, weights and destination.
ConvUnit MakeConvUnit(const GraphFacts& facts, int op, const ConvSource& source,
                      const EngineConfig& engine);
/// An exact copy of `blocks` blocks of a map, for pools and sums that follow no convolution.
ConvUnit MakeCopyUnit(const GraphFacts& facts, int tensor, int blocks, const EngineConfig& engine);

/// The sum of two maps, in channel blocks of both that are loaded one behind the other.
ConvUnit MakeAddUnit(const GraphFacts& facts, int op, const EngineConfig& engine);
/// A grouped convolution with weights of one that makes an AVERAGE_POOL_2D.
ConvUnit MakeAverageUnit(const GraphFacts& facts, int op, const EngineConfig& engine);

/// Puts a MAX_POOL_2D or sums over the map on the unit's output path.
void AttachPool(const GraphFacts& facts, int op, ConvUnit& unit);
void AttachSum(int op, ConvUnit& unit);

/// The constant weights of a convolution, each output channel's on their own, in the order ky, kx,
/// input channel (depthwise: ky, kx).
class ChannelWeights {
 public:
  ChannelWeights(const GraphFacts& facts, int op);
  size_t channels() const { return channels_; }
  size_t taps() const { return taps_; }
  int8_t At(size_t channel, size_t tap) const {
    return depthwise_ ? values_[tap * channels_ + channel] : values_[channel * taps_ + tap];
  }

 private:
  std::span<const int8_t> values_;
  size_t channels_, taps_;
  bool depthwise_;
};

/// What the requantisation of one convolution needs, per output channel.
struct ConvParameters {
  std::vector<int64_t> bias;  ///< input zero point folded in
  std::vector<model::Multiplier> factors;
};
/// A bias that the engine's accumulator does not hold is replaced, with its factor, by one that
/// does where every sum the channel can reach proves to give the same result.
ConvParameters ParametersOf(const GraphFacts& facts, int op, const EngineConfig& engine);

/// The least and the greatest sum of products that inputs can cause.
struct AccumulatorRange {
  int64_t low = 0, high = 0;
};
AccumulatorRange RangeOf(const ChannelWeights& weights, size_t channel);
/// The sums, with and without the bias, and the bias itself fit the engine.
bool FitsAccumulator(const AccumulatorRange& range, int64_t bias, const EngineConfig& engine);

/// The unit's weight image, appended to `image`; sets unit.weight_offset. For the operator's
/// K-blocks [unit.conv_block, + unit.kblocks).
void PackWeights(const GraphFacts& facts, const ConvSource& source, const EngineConfig& engine,
                 ConvUnit& unit, std::vector<uint8_t>& image);
void PackCopyWeights(const EngineConfig& engine, ConvUnit& unit, std::vector<uint8_t>& image);

/// The same for an ADD, of one K-block after the other.
void PackAddWeights(const GraphFacts& facts, const EngineConfig& engine, ConvUnit& unit,
                    std::vector<uint8_t>& image);
/// The same for an AVERAGE_POOL_2D.
void PackAverageWeights(const GraphFacts& facts, const EngineConfig& engine, ConvUnit& unit,
                        std::vector<uint8_t>& image);

/// Empty, or why the engine cannot run the convolution (shape, weights, accumulator, buffers).
std::string WhyNotConv(const GraphFacts& facts, int op, const EngineConfig& engine);
/// Empty, or why a unit's kernel, maps or weights exceed what a command or a buffer holds; `blocks`
/// are those it reads.
std::string WhyNotShape(const ConvUnit& unit, int blocks, const EngineConfig& engine);
/// Empty, or why the engine cannot run the ADD or the AVERAGE_POOL_2D.
std::string WhyNotAdd(const GraphFacts& facts, int op, const EngineConfig& engine);
std::string WhyNotAveragePool(const GraphFacts& facts, int op, const EngineConfig& engine);
/// The same for any operator.
std::string WhyNotPlaceable(const GraphFacts& facts, int op, const EngineConfig& engine);

}  // namespace fragua::driver
