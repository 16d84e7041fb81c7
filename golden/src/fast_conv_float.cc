// CONV_2D in float through Eigen's matrix product, a strip of output pixels at a time.

#include <Eigen/Core>

#include "convolution.h"
#include "patches.h"

namespace fragua::golden {

void FastConv(const ConvGeometry& g, const float* x, const float* weights,
              const FloatConvParameters& p, float* out) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const int64_t depth = int64_t{g.kernel_h} * g.kernel_w * g.in.c;
  // Eigen counts in ptrdiff_t, which has 32 bits on the board.
  const auto columns = static_cast<Eigen::Index>(depth);
  const Eigen::Map<const Matrix> kernel(weights, g.out.c, columns);
  // About a megabyte of patches at a time.
  const int64_t strip = std::clamp<int64_t>((1 << 18) / depth, 16, 4096);
  Matrix patches(static_cast<Eigen::Index>(std::min(strip, g.out.pixels())), columns);
  for (int64_t first = 0; first < g.out.pixels(); first += strip) {
    const int64_t count = std::min(strip, g.out.pixels() - first);
    PackPatches<float, float>(g, x, 0.0f, first, count, depth, patches.data());
    const auto rows = static_cast<Eigen::Index>(count);
    Eigen::Map<Matrix> result(out + first * g.out.c, rows, g.out.c);
    result.noalias() = patches.topRows(rows) * kernel.transpose();
    for (int64_t i = 0; i < count; ++i) {
      float* pixel = out + (first + i) * g.out.c;
      for (int o = 0; o < g.out.c; ++o) pixel[o] = p.Finish(pixel[o], o);
    }
  }
}

}  // namespace fragua::golden
