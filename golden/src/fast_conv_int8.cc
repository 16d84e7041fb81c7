// CONV_2D in int8 as int16 dot products. Integer sums do not depend on their order, so this equals
// the reference exactly.

#include <vector>

#include "convolution.h"
#include "patches.h"

namespace fragua::golden {
namespace {

constexpr int kLane = 16;     ///< rows are padded with zeros to whole groups of this many values
constexpr int kPixels = 2;    ///< output pixels and
constexpr int kChannels = 4;  ///< output channels per block: eight sums share six streams of loads

struct Block {
  int32_t sum[kPixels][kChannels];
};

// Written so that the compiler turns the loop into multiply-add-pairs instructions (pmaddwd) with
// eight vector sums. Int8Parameters has bounded the sums, so overflow checks of the undefined
// behaviour sanitiser would only undo that.
[[gnu::always_inline, gnu::no_sanitize("undefined")]] inline Block DotBody(
    const int16_t* __restrict x, const int16_t* __restrict w, int64_t pitch) {
  const int16_t *x0 = x, *x1 = x + pitch;
  const int16_t *w0 = w, *w1 = w + pitch, *w2 = w + 2 * pitch, *w3 = w + 3 * pitch;
  int32_t s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  const int64_t n = pitch / kLane * kLane;
  for (int64_t k = 0; k < n; ++k) {
    s00 += x0[k] * w0[k];
    s01 += x0[k] * w1[k];
    s02 += x0[k] * w2[k];
    s03 += x0[k] * w3[k];
    s10 += x1[k] * w0[k];
    s11 += x1[k] * w1[k];
    s12 += x1[k] * w2[k];
    s13 += x1[k] * w3[k];
  }
  return {{{s00, s01, s02, s03}, {s10, s11, s12, s13}}};
}

using DotFunction = Block (*)(const int16_t*, const int16_t*, int64_t);

[[gnu::no_sanitize("undefined")]] Block DotPortable(const int16_t* x, const int16_t* w,
                                                    int64_t pitch) {
  return DotBody(x, w, pitch);
}

#if defined(__x86_64__)
[[gnu::target("avx2"), gnu::no_sanitize("undefined")]] Block DotAvx2(const int16_t* x,
                                                                     const int16_t* w,
                                                                     int64_t pitch) {
  return DotBody(x, w, pitch);
}
DotFunction ChooseDot(Int8Kernel kernel) {
  const bool wide = kernel == Int8Kernel::kBest && __builtin_cpu_supports("avx2");
  return wide ? DotAvx2 : DotPortable;
}
#else
DotFunction ChooseDot(Int8Kernel) { return DotPortable; }
#endif

int64_t RoundUp(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace

void FastConv(const ConvGeometry& g, const int8_t* x, const int8_t* weights,
              const Int8ConvParameters& p, int8_t* out, Int8Kernel kernel) {
  const DotFunction dot = ChooseDot(kernel);
  const int64_t depth = int64_t{g.kernel_h} * g.kernel_w * g.in.c;
  const int64_t pitch = RoundUp(depth, kLane);
  // Channels and pixels are filled up to whole blocks; the surplus is computed and dropped.
  std::vector<int16_t> wide(static_cast<size_t>(RoundUp(g.out.c, kChannels) * pitch), 0);
  for (int64_t o = 0; o < g.out.c; ++o) {
    std::copy_n(weights + o * depth, depth, wide.data() + o * pitch);
  }
  // A strip of patches that stays in the second-level cache while all channels pass over it.
  const int64_t strip = RoundUp(std::clamp<int64_t>((1 << 16) / pitch, 8, 256), kPixels);
  std::vector<int16_t> patches(static_cast<size_t>(strip * pitch), 0);
  const auto zero_point = static_cast<int16_t>(p.zero_point_in);
  for (int64_t first = 0; first < g.out.pixels(); first += strip) {
    const int64_t count = std::min(strip, g.out.pixels() - first);
    PackPatches<int8_t, int16_t>(g, x, zero_point, first, count, pitch, patches.data());
    for (int64_t o = 0; o < g.out.c; o += kChannels) {
      const int64_t channels = std::min<int64_t>(kChannels, g.out.c - o);
      for (int64_t i = 0; i < count; i += kPixels) {
        const Block block = dot(patches.data() + i * pitch, wide.data() + o * pitch, pitch);
        for (int64_t j = 0; j < std::min<int64_t>(kPixels, count - i); ++j) {
          int8_t* pixel = out + (first + i + j) * g.out.c + o;
          for (int64_t c = 0; c < channels; ++c) {
            pixel[c] = p.Finish(block.sum[j][c], static_cast<int>(o + c));
          }
        }
      }
    }
  }
}

}  // namespace fragua::golden
