// Convolutions and fully-connected layers: weights, folded bias and factors per output channel.

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "arm_prepare.h"
#include "arm_share.h"

namespace fragua::driver::prepare {
namespace {

struct Channels {
  std::vector<int32_t> bias;
  std::vector<model::Multiplier> factors;
};

std::vector<model::Multiplier> FactorsOf(const OpView& view, int channels) {
  const double in = view.ScaleOf(view.input());
  const double out = view.ScaleOf(view.output());
  const std::vector<float>& scales = view.input(1).quant.scale;
  if (scales.size() != 1 && scales.size() != static_cast<size_t>(channels)) {
    view.Refuse(fmt::format("weights '{}' have {} scales, expected 1 or {}", view.input(1).name,
                            scales.size(), channels));
  }
  for (const int32_t zero : view.input(1).quant.zero_point) {
    if (zero != 0) {
      view.Refuse(
          fmt::format("weights '{}' have zero point {}, expected 0", view.input(1).name, zero));
    }
  }
  std::vector<model::Multiplier> factors(static_cast<size_t>(channels));
  for (size_t c = 0; c < factors.size(); ++c) {
    const double weight = scales[scales.size() == 1 ? 0 : c];
    factors[c] = model::ToMultiplier(in * weight / out);
  }
  return factors;
}

/// The graph's bias, or zeros.
std::vector<int32_t> BiasOf(const OpView& view, int channels) {
  if (!view.has_input(2)) return std::vector<int32_t>(static_cast<size_t>(channels));
  view.Require(view.input(2), model::DataType::kInt32);
  const auto bias = view.input(2).as<int32_t>();
  return {bias.begin(), bias.end()};
}

void RequireInt8(const OpView& view) {
  view.Require(view.input(), model::DataType::kInt8);
  view.Require(view.input(1), model::DataType::kInt8);
  view.Require(view.output(), model::DataType::kInt8);
  if (!view.input(1).is_constant()) view.Refuse("its weights are not constant");
}

/// bias - zero point * (sum of the channel's weights), modulo 2^32 as the accumulator itself.
Channels FoldedChannels(const OpView& view, int channels) {
  Channels result{BiasOf(view, channels), FactorsOf(view, channels)};
  const auto weights = view.input(1).as<int8_t>();
  const size_t taps = weights.size() / static_cast<size_t>(channels);
  const auto zero = static_cast<uint32_t>(view.ZeroPointOf(view.input()));
  for (size_t c = 0; c < result.bias.size(); ++c) {
    const auto channel = weights.subspan(c * taps, taps);
    const auto sum = static_cast<uint32_t>(std::accumulate(channel.begin(), channel.end(), 0));
    result.bias[c] = static_cast<int32_t>(static_cast<uint32_t>(result.bias[c]) - zero * sum);
  }
  return result;
}

enum class Kind { kConv, kDepthwise };

Body MakeBody(const OpView& view, const ArmKernels& kernels, Kind kind, ConvArgs args,
              Channels channels) {
  const auto kernel = kind == Kind::kConv ? kernels.conv : kernels.depthwise;
  const auto pack = kind == Kind::kConv ? kernels.pack_conv : kernels.pack_depthwise;
  args.bias = channels.bias.data();
  args.factors = channels.factors.data();
  const bool by_channel = args.out.height == 1 && kind == Kind::kConv;
  const std::shared_ptr<const PackedWeights> packed = pack ? pack(args) : nullptr;
  return [args, channels = std::move(channels), packed, kernel, by_channel, pool = view.pool(),
          in = view.input_index(0), out = view.output_index()](TensorStore& store) {
    ConvArgs call = args;
    call.bias = channels.bias.data();
    call.factors = channels.factors.data();
    call.packed = packed.get();
    call.input = In(store, in);
    call.output = Out(store, out);
    share::Run(pool, kernel, call, by_channel);
  };
}

ConvArgs CommonArgs(const OpView& view) {
  const ActRange range = RangeOf(view, view.attributes().activation);
  ConvArgs args;
  args.in_zero_point = view.ZeroPointOf(view.input());
  args.out_zero_point = view.ZeroPointOf(view.output());
  args.act_min = range.min;
  args.act_max = range.max;
  args.weights = view.input(1).as<int8_t>().data();
  return args;
}

}  // namespace

Body Conv(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  const std::vector<int>& shape = view.input(1).shape;  // OHWI
  ConvArgs args = CommonArgs(view);
  args.in = view.MapOf(view.input());
  args.out = view.MapOf(view.output());
  args.window = view.WindowOf(shape.at(1), shape.at(2));
  if (shape.at(3) != args.in.channels) {
    view.Refuse(
        fmt::format("its weights have {} input channels and its input {}; grouped "
                    "convolutions are not supported",
                    shape[3], args.in.channels));
  }
  return MakeBody(view, kernels, Kind::kConv, args, FoldedChannels(view, args.out.channels));
}

Body Depthwise(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  const std::vector<int>& shape = view.input(1).shape;  // 1HWC
  ConvArgs args = CommonArgs(view);
  args.in = view.MapOf(view.input());
  args.out = view.MapOf(view.output());
  args.window = view.WindowOf(shape.at(1), shape.at(2));
  args.depth_multiplier = args.out.channels / args.in.channels;
  const int channels = args.out.channels;
  return MakeBody(view, kernels, Kind::kDepthwise, args,
                  {BiasOf(view, channels), FactorsOf(view, channels)});
}

Body FullyConnected(const OpView& view, const ArmKernels& kernels) {
  RequireInt8(view);
  const std::vector<int>& shape = view.input(1).shape;  // OI
  ConvArgs args = CommonArgs(view);
  const int channels = shape.at(0);
  const int depth = shape.at(1);
  // Every row of the batch is a pixel of a one-row map.
  const auto rows = static_cast<int>(view.input().elements() / depth);
  args.in = {1, rows, depth};
  args.out = {1, rows, channels};
  Channels folded = FoldedChannels(view, channels);
  const std::vector<float>& scales = view.input(1).quant.scale;
  if (scales.size() == 1) {
    // Unlike convolution, the contract multiplies the two input scales in single precision here.
    const float product = static_cast<float>(view.ScaleOf(view.input())) * scales[0];
    folded.factors.assign(folded.factors.size(), model::ToMultiplier(static_cast<double>(product) /
                                                                     view.ScaleOf(view.output())));
  }
  return MakeBody(view, kernels, Kind::kConv, args, std::move(folded));
}

}  // namespace fragua::driver::prepare
