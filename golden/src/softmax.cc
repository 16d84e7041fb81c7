// SOFTMAX along the last dimension. Int8 is the fixed-point recipe of docs/NUMERICS.md; its output
// has scale 1/256 and zero point -128.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "int8_softmax.h"
#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

void FloatRow(const float* x, int depth, float beta, float* out) {
  const float largest = *std::max_element(x, x + depth);
  float sum = 0;
  for (int c = 0; c < depth; ++c) {
    out[c] = std::exp((x[c] - largest) * beta);
    sum += out[c];
  }
  for (int c = 0; c < depth; ++c) out[c] /= sum;
}

}  // namespace

void Softmax(const OpContext& context) {
  const model::Tensor& in = context.input(0);
  if (in.shape.empty()) context.Refuse("the input is a scalar");
  const int depth = in.shape.back();
  const int64_t rows = in.elements() / depth;
  const float beta = context.attributes().beta;
  if (in.type == model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kFloat32, model::DataType::kFloat32);
    for (int64_t r = 0; r < rows; ++r) {
      FloatRow(context.In<float>(0).data() + r * depth, depth, beta,
               context.Out<float>().data() + r * depth);
    }
    return;
  }
  context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  const PerTensor result = PerTensorOf(context, context.output());
  if (result.scale != 1.0f / 256 || result.zero_point != -128) {
    context.Refuse(fmt::format("output scale {} and zero point {}, expected 1/256 and -128",
                               result.scale, result.zero_point));
  }
  const double scale = PerTensorOf(context, in).scale;
  if (!(beta > 0) || beta * scale * (1 << (31 - Int8Softmax::kInputBits)) <= 1) {
    context.Refuse(
        fmt::format("beta {} times scale {} is too small to be represented", beta, scale));
  }
  if (depth >= 1 << Int8Softmax::kSumBits) {
    context.Refuse(fmt::format("{} classes, at most {} can be summed", depth,
                               (1 << Int8Softmax::kSumBits) - 1));
  }
  const Int8Softmax softmax(beta, scale);
  for (int64_t r = 0; r < rows; ++r) {
    softmax.Row(context.In<int8_t>(0).data() + r * depth, depth,
                context.Out<int8_t>().data() + r * depth);
  }
}

}  // namespace fragua::golden
