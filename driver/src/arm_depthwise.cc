// Depthwise convolution: channels are innermost in the map and in the HWC weights, so one tap is a
// multiply-add of two runs of channels. Taps outside the map are skipped.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "arm_portable.h"

namespace fragua::driver::portable {
namespace {

inline void AddTap(const int8_t* __restrict x, const int8_t* __restrict w, int16_t zero,
                   int channels, int32_t* __restrict sums) {
  for (int i = 0; i < channels; ++i) {
    const auto centred = static_cast<int16_t>(x[i] - zero);
    const int16_t v = w[i];
    sums[i] += centred * v;
  }
}

inline void AddTapMultiplied(const int8_t* x, const int8_t* w, int16_t zero, int channels,
                             int multiplier, int32_t* sums) {
  for (int i = 0; i < channels; ++i) {
    const int32_t centred = x[i] - zero;
    for (int m = 0; m < multiplier; ++m)
      sums[i * multiplier + m] += centred * w[i * multiplier + m];
  }
}

}  // namespace

void Depthwise(const ConvArgs& args) {
  const WindowShape& window = args.window;
  const int in_c = args.in.channels;
  const int out_c = args.out.channels;
  const auto zero = static_cast<int16_t>(args.in_zero_point);
  std::vector<int32_t> sums(static_cast<size_t>(out_c));
  int8_t* out = args.output;
  for (int oy = 0; oy < args.out.height; ++oy) {
    const int iy0 = oy * window.stride_h - window.pad_top;
    const TapRange rows = ValidTaps(iy0, window.dilation_h, window.height, args.in.height);
    for (int ox = 0; ox < args.out.width; ++ox, out += out_c) {
      const int ix0 = ox * window.stride_w - window.pad_left;
      const TapRange cols = ValidTaps(ix0, window.dilation_w, window.width, args.in.width);
      std::copy_n(args.bias, out_c, sums.data());
      for (int ky = rows.first; ky < rows.last; ++ky) {
        for (int kx = cols.first; kx < cols.last; ++kx) {
          const ptrdiff_t pixel = ptrdiff_t{iy0 + ky * window.dilation_h} * args.in.width + ix0 +
                                  kx * window.dilation_w;
          const int8_t* x = args.input + pixel * in_c;
          const int8_t* w = args.weights + (ptrdiff_t{ky} * window.width + kx) * out_c;
          if (args.depth_multiplier == 1) {
            AddTap(x, w, zero, in_c, sums.data());
          } else {
            AddTapMultiplied(x, w, zero, in_c, args.depth_multiplier, sums.data());
          }
        }
      }
      for (int k = 0; k < out_c; ++k) {
        out[k] = Finish(sums[static_cast<size_t>(k)], args.factors[k], args.out_zero_point,
                        args.act_min, args.act_max);
      }
    }
  }
}

}  // namespace fragua::driver::portable
