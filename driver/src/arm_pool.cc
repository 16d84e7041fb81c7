// Pooling: padding is ignored, windows are clipped to the map.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "arm_portable.h"

namespace fragua::driver::portable {
namespace {

inline void MaxTap(const int8_t* __restrict x, int channels, int8_t* __restrict best) {
  for (int i = 0; i < channels; ++i) best[i] = x[i] > best[i] ? x[i] : best[i];
}

inline void AddTap(const int8_t* __restrict x, int channels, int32_t* __restrict sums) {
  for (int i = 0; i < channels; ++i) sums[i] += x[i];
}

/// Calls begin(out pixel), tap(first channel of the pixel) for every tap inside the map and
/// end(out pixel, number of taps).
template <typename Begin, typename Tap, typename End>
void Slide(const PoolArgs& args, Begin begin, Tap tap, End end) {
  const WindowShape& window = args.window;
  int8_t* out = args.output;
  for (int oy = 0; oy < args.out.height; ++oy) {
    const int iy0 = oy * window.stride_h - window.pad_top;
    const TapRange rows = ValidTaps(iy0, 1, window.height, args.in.height);
    for (int ox = 0; ox < args.out.width; ++ox, out += args.out.channels) {
      const int ix0 = ox * window.stride_w - window.pad_left;
      const TapRange cols = ValidTaps(ix0, 1, window.width, args.in.width);
      begin(out);
      for (int ky = rows.first; ky < rows.last; ++ky) {
        for (int kx = cols.first; kx < cols.last; ++kx) {
          const ptrdiff_t pixel = ptrdiff_t{iy0 + ky} * args.in.width + ix0 + kx;
          tap(args.input + pixel * args.in.channels, out);
        }
      }
      end(out, (rows.last - rows.first) * (cols.last - cols.first));
    }
  }
}

}  // namespace

void MaxPool(const PoolArgs& args) {
  const int channels = args.in.channels;
  const auto min = static_cast<int8_t>(args.act_min);
  const auto max = static_cast<int8_t>(args.act_max);
  Slide(
      args, [&](int8_t* out) { std::fill_n(out, channels, int8_t{-128}); },
      [&](const int8_t* x, int8_t* out) { MaxTap(x, channels, out); },
      [&](int8_t* out, int) {
        for (int i = 0; i < channels; ++i) out[i] = std::clamp(out[i], min, max);
      });
}

void AveragePool(const PoolArgs& args) {
  const int channels = args.in.channels;
  std::vector<int32_t> sums(static_cast<size_t>(channels));
  Slide(
      args, [&](int8_t*) { std::fill(sums.begin(), sums.end(), 0); },
      [&](const int8_t* x, int8_t*) { AddTap(x, channels, sums.data()); },
      [&](int8_t* out, int taps) {
        for (int i = 0; i < channels; ++i) {
          const int32_t mean = Average(sums[static_cast<size_t>(i)], taps);
          out[i] = static_cast<int8_t>(std::clamp(mean, args.act_min, args.act_max));
        }
      });
}

}  // namespace fragua::driver::portable
