// Weights and per-channel constants in the order of the NEON kernels.

#include <algorithm>
#include <cstddef>
#include <memory>

#include "neon_math.h"

namespace fragua::driver::neon {
namespace {

size_t RoundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

size_t TapsOf(const ConvArgs& args) {
  return static_cast<size_t>(args.window.height) * static_cast<size_t>(args.window.width);
}

void PackChannels(const ConvArgs& args, size_t unit, PackedWeights& packed) {
  const auto channels = static_cast<size_t>(args.out.channels);
  packed.channels.assign(4 * RoundUp(channels, unit), 0);
  for (size_t c = 0; c < channels; ++c) {
    const model::Multiplier factor = args.factors[c];
    int32_t* to = packed.channels.data() + c / 4 * 16 + c % 4;
    to[0] = args.bias[c];
    to[4] = factor.m;
    to[8] = std::max(factor.shift, 0);
    to[12] = std::min(factor.shift, 0);
  }
  packed.pairs_fit =
      std::find(packed.weights.begin(), packed.weights.end(), int8_t{-128}) == packed.weights.end();
}

/// PackedWeights::weights of a convolution; weight(c, k) is tap k of output channel c.
template <typename Weight>
void PackGroups(const ConvArgs& args, size_t taps, PackedWeights& packed, Weight weight) {
  constexpr size_t kGroup = 4;
  constexpr size_t kRun = 16;
  const size_t depth = RoundUp(taps, kRun);
  const auto channels = static_cast<size_t>(args.out.channels);
  packed.depth = static_cast<int>(depth);
  packed.weights.assign(RoundUp(channels, kGroup) * depth, 0);
  for (size_t c = 0; c < channels; ++c) {
    int8_t* group = packed.weights.data() + c / kGroup * kGroup * depth + c % kGroup * kRun;
    for (size_t k = 0; k < taps; ++k) {
      group[k / kRun * kGroup * kRun + k % kRun] = weight(c, k);
    }
  }
  PackChannels(args, kGroup, packed);
}

}  // namespace

std::shared_ptr<const PackedWeights> PackConv(const ConvArgs& args) {
  auto packed = std::make_shared<PackedWeights>();
  const size_t taps = TapsOf(args) * static_cast<size_t>(args.in.channels);
  PackGroups(args, taps, *packed, [&](size_t c, size_t k) { return args.weights[c * taps + k]; });
  return packed;
}

std::shared_ptr<const PackedWeights> PackDepthwise(const ConvArgs& args) {
  constexpr size_t kGroup = 8;
  auto packed = std::make_shared<PackedWeights>();
  const size_t taps = TapsOf(args);
  const auto channels = static_cast<size_t>(args.out.channels);
  const auto weight = [&](size_t c, size_t tap) { return args.weights[tap * channels + c]; };
  if (args.depth_multiplier == 1) {
    packed->weights.assign(RoundUp(channels, kGroup) * taps, 0);
    for (size_t tap = 0; tap < taps; ++tap) {
      for (size_t c = 0; c < channels; ++c) {
        packed->weights[(c / kGroup * taps + tap) * kGroup + c % kGroup] = weight(c, tap);
      }
    }
    PackChannels(args, kGroup, *packed);
  } else if (args.in.channels == 1) {  // an ordinary convolution
    PackGroups(args, taps, *packed, weight);
  } else {
    return nullptr;  // left to the portable kernel
  }
  // The kernels multiply raw inputs, padding included: modulo 2^32, as the accumulator.
  for (size_t c = 0; c < channels; ++c) {
    int32_t sum = 0;
    for (size_t tap = 0; tap < taps; ++tap) sum += weight(c, tap);
    int32_t& bias = packed->channels[c / 4 * 16 + c % 4];
    bias = static_cast<int32_t>(static_cast<uint32_t>(bias) -
                                static_cast<uint32_t>(args.in_zero_point) *
                                    static_cast<uint32_t>(sum));
  }
  return packed;
}

}  // namespace fragua::driver::neon
