#pragma once
// Arithmetic of docs/NUMERICS.md on vectors of ARMv7 NEON, and the parts the NEON kernels share.
// Only compiled where the processor has NEON (driver/CMakeLists.txt).

#include <arm_neon.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "fragua/driver/arm_kernels.h"

namespace fragua::driver {

/// Constants of a convolution in the order in which the NEON kernels read them; made once per
/// operator.
struct PackedWeights {
  /// Convolution: [channels / 4][depth / 16][4][16], depth = taps * input channels rounded up.
  /// Depthwise: [channels / 8][taps][8]; with one input channel it is a convolution. Zeros fill the
  /// places beyond the last channel and tap.
  std::vector<int8_t> weights;
  int depth = 0;  ///< convolution: of one output channel, a multiple of 16; depthwise: 0
  /// No weight is -128, so that the sum of two products of int8 fits 16 bits:
  /// 2 * 127 * 128 = 32512 < 2^15.
  bool pairs_fit = true;
  /// Of every four output channels: bias[4], factor[4], up[4], down[4]. The bias is folded (raw
  /// inputs are multiplied); `up` is the left shift before the multiplication, `down` minus the
  /// right shift behind it, as VRSHL wants it.
  std::vector<int32_t> channels;
};

namespace neon {

/// x * m * 2^(up + down - 31), rounded twice; down <= 0. VQRDMULH is (a * b + 2^30) >> 31, the
/// contract's first step. VRSHL rounds halves up and the contract away from zero: one less for
/// negative values where there is a shift (`down` is negative then) makes them the same.
inline int32x4_t Requantise(int32x4_t x, int32x4_t m, int32x4_t up, int32x4_t down) {
  const int32x4_t product = vqrdmulhq_s32(vshlq_s32(x, up), m);
  const int32x4_t nudge = vshrq_n_s32(vandq_s32(product, down), 31);
  return vrshlq_s32(vqaddq_s32(product, nudge), down);
}

/// A convolution's sums of four channels to int32 in units of the output; `channels` points to
/// their sixteen constants.
inline int32x4_t Requantise(int32x4_t sums, const int32_t* channels) {
  return Requantise(vaddq_s32(sums, vld1q_s32(channels)), vld1q_s32(channels + 4),
                    vld1q_s32(channels + 8), vld1q_s32(channels + 12));
}

/// Zero point and clamp of eight requantised values. Saturating to 16 bits on the way changes
/// nothing: what it cuts lies beyond the int8 clamp for every zero point.
struct Finisher {
  int16x8_t zero_point;
  int8x8_t min, max;

  Finisher(int32_t zero, int32_t low, int32_t high)
      : zero_point(vdupq_n_s16(static_cast<int16_t>(zero))),
        min(vdup_n_s8(static_cast<int8_t>(low))),
        max(vdup_n_s8(static_cast<int8_t>(high))) {}

  int8x8_t operator()(int32x4_t low, int32x4_t high) const {
    const int16x8_t wide = vcombine_s16(vqmovn_s32(low), vqmovn_s32(high));
    return vmin_s8(vmax_s8(vqmovn_s16(vqaddq_s16(wide, zero_point)), min), max);
  }
};

/// memcpy for the short runs of a convolution's window; whole vectors, the last ones overlapping.
inline void CopyRun(int8_t* to, const int8_t* from, ptrdiff_t bytes) {
  if (bytes >= 16) {
    ptrdiff_t i = 0;
    for (; i + 16 <= bytes; i += 16) vst1q_s8(to + i, vld1q_s8(from + i));
    if (i < bytes) vst1q_s8(to + bytes - 16, vld1q_s8(from + bytes - 16));
  } else if (bytes >= 8) {
    const int8x8_t last = vld1_s8(from + bytes - 8);
    vst1_s8(to, vld1_s8(from));
    vst1_s8(to + bytes - 8, last);
  } else {
    for (ptrdiff_t i = 0; i < bytes; ++i) to[i] = from[i];
  }
}

void Conv(const ConvArgs& args);
void Depthwise(const ConvArgs& args);
void MaxPool(const PoolArgs& args);
void AveragePool(const PoolArgs& args);
void Add(const AddArgs& args);
void Rescale(const RescaleArgs& args);
void SumMap(const SumArgs& args);
void Softmax(const SoftmaxArgs& args);

std::shared_ptr<const PackedWeights> PackConv(const ConvArgs& args);
std::shared_ptr<const PackedWeights> PackDepthwise(const ConvArgs& args);

}  // namespace neon
}  // namespace fragua::driver
