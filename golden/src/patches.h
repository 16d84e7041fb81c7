#pragma once
// Convolution as a matrix product: one row per output pixel with the values its window sees
// ("im2col").

#include <algorithm>
#include <cstdint>

#include "convolution.h"

namespace fragua::golden {

/// Fills rows of `pitch` elements for output pixels first .. first + count - 1 (row-major over the
/// output map), each in the order ky, kx, channel, with value - zero_point; padding is 0. What lies
/// between the window and the pitch is left alone.
template <typename From, typename To>
void PackPatches(const ConvGeometry& g, const From* x, To zero_point, int64_t first, int64_t count,
                 int64_t pitch, To* rows) {
  for (int64_t i = 0; i < count; ++i) {
    const int oy = static_cast<int>((first + i) / g.out.w);
    const int ox = static_cast<int>((first + i) % g.out.w);
    To* row = rows + i * pitch;
    for (int ky = 0; ky < g.kernel_h; ++ky) {
      const int y = g.Row(oy, ky);
      To* to = row + int64_t{ky} * g.kernel_w * g.in.c;
      if (!g.RowInside(y)) {
        std::fill_n(to, int64_t{g.kernel_w} * g.in.c, To{0});
        continue;
      }
      const From* line = x + int64_t{y} * g.in.w * g.in.c;
      // Neighbouring taps are neighbours in memory unless dilated: copy as long runs as there are.
      const int left = g.Column(ox, 0);
      if (g.dilation_w == 1 && left >= 0 && left + g.kernel_w <= g.in.w) {
        const From* from = line + int64_t{left} * g.in.c;
        const int64_t run = int64_t{g.kernel_w} * g.in.c;
        for (int64_t c = 0; c < run; ++c)
          to[c] = static_cast<To>(static_cast<To>(from[c]) - zero_point);
        continue;
      }
      for (int kx = 0; kx < g.kernel_w; ++kx, to += g.in.c) {
        const int column = g.Column(ox, kx);
        if (!g.ColumnInside(column)) {
          std::fill_n(to, g.in.c, To{0});
          continue;
        }
        const From* from = line + int64_t{column} * g.in.c;
        for (int c = 0; c < g.in.c; ++c)
          to[c] = static_cast<To>(static_cast<To>(from[c]) - zero_point);
      }
    }
  }
}

}  // namespace fragua::golden
