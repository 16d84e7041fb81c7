#pragma once
// Quantisation parameters of operators, derived once per call from the tensors (docs/NUMERICS.md).

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fragua/model/graph.h"
#include "fragua/model/requantise.h"
#include "op_context.h"

namespace fragua::golden {

/// Inclusive limits of a fused activation, in the output's quantised units or as real numbers.
struct Int8Range {
  int32_t low = -128, high = 127;
};
struct FloatRange {
  float low, high;
};

/// Scale and zero point of a per-tensor quantised tensor; refuses tensors that are not.
struct PerTensor {
  float scale = 1;
  int32_t zero_point = 0;
};
PerTensor PerTensorOf(const OpContext& context, const model::Tensor& tensor);

/// [-128, 127] cut to what real 0 and, for RELU6, real 6 become in `output`.
Int8Range RangeOf(const PerTensor& output, model::Activation activation);
FloatRange RangeOf(model::Activation activation);

/// One factor per output channel: scale(x) * scale(w[channel]) / scale(output). Per-tensor weights
/// give equal factors.
std::vector<model::Multiplier> ChannelFactors(const OpContext& context, int channels);

/// Bias added to an accumulator as a 32-bit adder does it: modulo 2^32.
inline int32_t AddModulo(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

/// The last step of every int8 operator: rescale, add the zero point, clamp.
inline int8_t Rescale(int32_t accumulator, model::Multiplier factor, int32_t zero_point,
                      Int8Range range) {
  const int64_t value = int64_t{model::Requantise(accumulator, factor)} + zero_point;
  return static_cast<int8_t>(std::clamp<int64_t>(value, range.low, range.high));
}

}  // namespace fragua::golden
