#pragma once
// Shapes of a convolution, and the window sum that defines it.

#include <cstdint>
#include <span>
#include <vector>

#include "op_context.h"
#include "quantisation.h"

namespace fragua::golden {

struct ConvGeometry {
  MapShape in, out;
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;
  /// Map row or column that tap k of output row or column o reads; outside the map is padding.
  int Row(int o, int k) const { return o * stride_h - pad_top + k * dilation_h; }
  int Column(int o, int k) const { return o * stride_w - pad_left + k * dilation_w; }
  bool RowInside(int y) const { return y >= 0 && y < in.h; }
  bool ColumnInside(int x) const { return x >= 0 && x < in.w; }
};

/// Geometry of a (depthwise) convolution whose weights have kernel sizes in dimensions 1 and 2.
ConvGeometry GeometryOf(const OpContext& context);

/// Everything an int8 convolution needs besides its data.
struct Int8ConvParameters {
  int32_t zero_point_in = 0, zero_point_out = 0;
  Int8Range range;
  std::vector<model::Multiplier> factors;  ///< per output channel
  std::span<const int32_t> bias;           ///< empty = none
  int8_t Finish(int32_t accumulator, int channel) const {
    const auto c = static_cast<size_t>(channel);
    if (!bias.empty()) accumulator = AddModulo(accumulator, bias[c]);
    return Rescale(accumulator, factors[c], zero_point_out, range);
  }
};

struct FloatConvParameters {
  FloatRange range;
  std::span<const float> bias;  ///< empty = none
  float Finish(float accumulator, int channel) const {
    if (!bias.empty()) accumulator += bias[static_cast<size_t>(channel)];
    return std::clamp(accumulator, range.low, range.high);
  }
};

/// Check the operand types and derive the parameters; `taps` is the number of products per output.
Int8ConvParameters Int8Parameters(const OpContext& context, int channels, int64_t taps);
FloatConvParameters FloatParameters(const OpContext& context, int channels);

/// Which machine code: the best this processor runs, or the one every processor runs.
enum class Int8Kernel { kBest, kPortable };

// Fast paths, equal to the reference (tests/unit/golden/fast_conv_test.cc). All maps NHWC, weights
// OHWI.
void FastConv(const ConvGeometry& g, const int8_t* x, const int8_t* weights,
              const Int8ConvParameters& p, int8_t* out, Int8Kernel kernel = Int8Kernel::kBest);
void FastConv(const ConvGeometry& g, const float* x, const float* weights,
              const FloatConvParameters& p, float* out);

}  // namespace fragua::golden
