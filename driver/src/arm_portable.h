#pragma once
// The portable kernels behind PortableKernels(); arguments as fragua/driver/arm_kernels.h documents
// them.

#include <algorithm>
#include <cstdint>

#include "fragua/driver/arm_kernels.h"

namespace fragua::driver::portable {

void Conv(const ConvArgs& args);
void Depthwise(const ConvArgs& args);
void MaxPool(const PoolArgs& args);
void AveragePool(const PoolArgs& args);
void Add(const AddArgs& args);
void Rescale(const RescaleArgs& args);
void SumMap(const SumArgs& args);
void Mean(const MeanArgs& args);
void Softmax(const SoftmaxArgs& args);

/// What turns an exponential into a probability: RDBP(SRDHM(scale, exp), shift), steps 4 and 5 of
/// SOFTMAX; a shift above kMaxSoftmaxShift makes all probabilities 0.
struct SoftmaxScale {
  int32_t scale;
  int shift;
};
constexpr int kMaxSoftmaxShift = 31;
SoftmaxScale ReciprocalOfSum(int32_t sum);

/// The end of every operator that rescales.
inline int8_t Finish(int32_t value, model::Multiplier factor, int32_t zero_point, int32_t min,
                     int32_t max) {
  // Clamped before the zero point is added: the sum cannot overflow.
  const int32_t q = model::Requantise(value, factor);
  return static_cast<int8_t>(std::clamp(q, min - zero_point, max - zero_point) + zero_point);
}

/// sum / taps to nearest, halves away from zero; the division truncates.
inline int32_t Average(int32_t sum, int32_t taps) {
  return sum > 0 ? (sum + taps / 2) / taps : (sum - taps / 2) / taps;
}

/// Indices [first, last) of a window's taps that lie inside the map, along one axis.
struct TapRange {
  int first;
  int last;
};
inline TapRange ValidTaps(int origin, int dilation, int taps, int size) {
  if (dilation == 1) {  // without divisions: the Cortex-A9 has no instruction for them
    const int first = std::clamp(-origin, 0, taps);
    return {first, std::clamp(size - origin, first, taps)};
  }
  const int first = origin >= 0 ? 0 : (-origin + dilation - 1) / dilation;
  const int last = origin >= size ? 0 : (size - origin + dilation - 1) / dilation;
  return {std::min(first, taps), std::clamp(last, std::min(first, taps), taps)};
}

}  // namespace fragua::driver::portable
