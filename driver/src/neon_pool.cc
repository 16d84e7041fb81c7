// Pooling, sixteen or eight channels at a time; a last partial vector overlaps the one before,
// which computes some outputs twice and the same.

#include <algorithm>
#include <cstddef>

#include "arm_portable.h"
#include "neon_math.h"

namespace fragua::driver::neon {
namespace {

/// One output pixel: its first valid tap, and how many taps each way.
struct Window {
  const int8_t* input;
  int rows, columns;
  ptrdiff_t row_bytes;
};

template <typename Visit>
void ForEachPixel(const PoolArgs& args, Visit visit) {
  const WindowShape& w = args.window;
  const int c = args.in.channels;
  int8_t* out = args.output;
  for (int oy = 0; oy < args.out.height; ++oy) {
    const int y = oy * w.stride_h - w.pad_top;
    const portable::TapRange rows = portable::ValidTaps(y, 1, w.height, args.in.height);
    for (int ox = 0; ox < args.out.width; ++ox, out += c) {
      const int x = ox * w.stride_w - w.pad_left;
      const portable::TapRange columns = portable::ValidTaps(x, 1, w.width, args.in.width);
      const ptrdiff_t first = ptrdiff_t{y + rows.first} * args.in.width + x + columns.first;
      visit(Window{args.input + first * c, rows.last - rows.first, columns.last - columns.first,
                   ptrdiff_t{args.in.width} * c},
            out);
    }
  }
}

/// First channels of the vectors of `lanes` that cover all channels.
template <typename Visit>
inline void ForEachVector(ptrdiff_t channels, ptrdiff_t lanes, Visit visit) {
  for (ptrdiff_t c = 0; c < channels; c += lanes) visit(std::min(c, channels - lanes));
}

inline int8x16_t MaxOf(const Window& window, ptrdiff_t channel, ptrdiff_t channels) {
  int8x16_t best = vdupq_n_s8(-128);
  const int8_t* row = window.input + channel;
  for (int ky = 0; ky < window.rows; ++ky, row += window.row_bytes) {
    const int8_t* x = row;
    for (int kx = 0; kx < window.columns; ++kx, x += channels) best = vmaxq_s8(best, vld1q_s8(x));
  }
  return best;
}

/// The usual window, unrolled.
inline int8x16_t MaxOf3x3(const Window& window, ptrdiff_t channel, ptrdiff_t channels) {
  const int8_t* r0 = window.input + channel;
  const int8_t* r1 = r0 + window.row_bytes;
  const int8_t* r2 = r1 + window.row_bytes;
  int8x16_t a = vld1q_s8(r0), b = vld1q_s8(r1), c = vld1q_s8(r2);
  for (int kx = 1; kx < 3; ++kx) {
    r0 += channels;
    r1 += channels;
    r2 += channels;
    a = vmaxq_s8(a, vld1q_s8(r0));
    b = vmaxq_s8(b, vld1q_s8(r1));
    c = vmaxq_s8(c, vld1q_s8(r2));
  }
  return vmaxq_s8(vmaxq_s8(a, b), c);
}

}  // namespace

void MaxPool(const PoolArgs& args) {
  const ptrdiff_t channels = args.in.channels;
  constexpr ptrdiff_t kLanes = 16;
  if (channels < kLanes) {
    portable::MaxPool(args);
    return;
  }
  const int8x16_t min = vdupq_n_s8(static_cast<int8_t>(args.act_min));
  const int8x16_t max = vdupq_n_s8(static_cast<int8_t>(args.act_max));
  ForEachPixel(args, [&](const Window& window, int8_t* out) {
    const bool whole3x3 = window.rows == 3 && window.columns == 3;
    ForEachVector(channels, kLanes, [&](ptrdiff_t c) {
      const int8x16_t best = whole3x3 ? MaxOf3x3(window, c, channels) : MaxOf(window, c, channels);
      vst1q_s8(out + c, vminq_s8(vmaxq_s8(best, min), max));
    });
  });
}

namespace {

// 2^32 / taps, rounded up, replaces the division: v = |sum| + taps / 2 < 129 * taps, and
// (v * magic) >> 32 is the quotient while v * (magic * taps - 2^32) < 2^32, which
// 129 * taps * taps < 2^32 guarantees.
constexpr int kMaxTaps = 5000;

struct Divider {
  uint32x2_t magic;
  uint32x4_t half;
  explicit Divider(int taps)
      : magic(vdup_n_u32(
            static_cast<uint32_t>(((uint64_t{1} << 32) + static_cast<uint64_t>(taps) - 1) /
                                  static_cast<uint64_t>(taps)))),
        half(vdupq_n_u32(static_cast<uint32_t>(taps) / 2)) {}

  /// Half away from zero.
  int32x4_t operator()(int32x4_t sum) const {
    const uint32x4_t v = vaddq_u32(vreinterpretq_u32_s32(vabsq_s32(sum)), half);
    const int32x4_t quotient =
        vreinterpretq_s32_u32(vcombine_u32(vshrn_n_u64(vmull_u32(vget_low_u32(v), magic), 32),
                                           vshrn_n_u64(vmull_u32(vget_high_u32(v), magic), 32)));
    return vbslq_s32(vcltq_s32(sum, vdupq_n_s32(0)), vnegq_s32(quotient), quotient);
  }
};

}  // namespace

void AveragePool(const PoolArgs& args) {
  const ptrdiff_t channels = args.in.channels;
  constexpr ptrdiff_t kLanes = 8;
  const int taps = args.window.height * args.window.width;
  if (channels < kLanes || taps < 2 || taps > kMaxTaps) {
    // One tap would need 2^32 itself as the factor.
    portable::AveragePool(args);
    return;
  }
  const Finisher finish(0, args.act_min, args.act_max);
  ForEachPixel(args, [&](const Window& window, int8_t* out) {
    const int inside = window.rows * window.columns;
    if (inside == 1) {
      ForEachVector(channels, kLanes, [&](ptrdiff_t c) {
        vst1_s8(out + c, vmin_s8(vmax_s8(vld1_s8(window.input + c), finish.min), finish.max));
      });
      return;
    }
    const Divider divide(inside);
    ForEachVector(channels, kLanes, [&](ptrdiff_t c) {
      int32x4_t low = vdupq_n_s32(0), high = low;
      const int8_t* row = window.input + c;
      for (int ky = 0; ky < window.rows; ++ky, row += window.row_bytes) {
        const int8_t* x = row;
        for (int kx = 0; kx < window.columns; ++kx, x += channels) {
          const int16x8_t wide = vmovl_s8(vld1_s8(x));
          low = vaddw_s16(low, vget_low_s16(wide));
          high = vaddw_s16(high, vget_high_s16(wide));
        }
      }
      vst1_s8(out + c, finish(divide(low), divide(high)));
    });
  });
}

void SumMap(const SumArgs& args) {
  const ptrdiff_t channels = args.in.channels;
  constexpr ptrdiff_t kLanes = 8;
  constexpr ptrdiff_t kRun = 256;  // that many int8 fit 16 bits: 256 * -128 = -2^15
  if (channels < kLanes) {
    portable::SumMap(args);
    return;
  }
  const ptrdiff_t pixels = ptrdiff_t{args.in.height} * args.in.width;
  ForEachVector(channels, kLanes, [&](ptrdiff_t c) {
    int32x4_t low = vdupq_n_s32(0), high = low;
    const int8_t* x = args.input + c;
    for (ptrdiff_t p = 0; p < pixels; p += kRun) {
      int16x8_t run = vdupq_n_s16(0);
      const ptrdiff_t count = std::min(kRun, pixels - p);
      for (ptrdiff_t i = 0; i < count; ++i, x += channels) run = vaddw_s8(run, vld1_s8(x));
      low = vaddw_s16(low, vget_low_s16(run));
      high = vaddw_s16(high, vget_high_s16(run));
    }
    vst1q_s32(args.sums + c, low);
    vst1q_s32(args.sums + c + 4, high);
  });
}

}  // namespace fragua::driver::neon
