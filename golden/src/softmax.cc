// SOFTMAX along the last dimension. Int8 is the fixed-point recipe of docs/NUMERICS.md; its output
// has scale 1/256 and zero point -128.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fixed_point.h"
#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

constexpr int kInputBits = 5;  ///< integer bits of the exponential's argument: it covers (-32, 0]
constexpr int kSumBits = 12;   ///< integer bits of the sum: up to 4095 classes at the maximum

void FloatRow(const float* x, int depth, float beta, float* out) {
  const float largest = *std::max_element(x, x + depth);
  float sum = 0;
  for (int c = 0; c < depth; ++c) {
    out[c] = std::exp((x[c] - largest) * beta);
    sum += out[c];
  }
  for (int c = 0; c < depth; ++c) out[c] /= sum;
}

struct Int8Softmax {
  model::Multiplier factor;  ///< from input steps to raw Q5.26
  int lowest = 0;            ///< differences below this are exp() = 0

  Int8Softmax(double beta, double scale) {
    constexpr double kLargest = 0x1p31 - 1.0;
    factor = model::ToMultiplier(std::min(beta * scale * (1 << (31 - kInputBits)), kLargest));
    const double radius = ((1 << kInputBits) - 1) * std::ldexp(1.0, 31 - kInputBits - factor.shift);
    lowest = -static_cast<int>(std::min(std::floor(radius), 256.0));
  }

  int32_t Exp(int difference) const {
    return ExpOfNegative(model::Requantise(difference, factor), kInputBits);
  }

  void Row(const int8_t* x, int depth, int8_t* out) const {
    const int largest = *std::max_element(x, x + depth);
    int32_t sum = 0;  // Q12.19
    for (int c = 0; c < depth; ++c) {
      if (x[c] - largest >= lowest)
        sum += model::RoundingDivideByPot(Exp(x[c] - largest), kSumBits);
    }
    int exponent = 0;
    const int32_t reciprocal = Reciprocal(sum, kSumBits, &exponent);
    for (int c = 0; c < depth; ++c) {
      if (x[c] - largest < lowest) {
        out[c] = -128;
        continue;
      }
      const int32_t share =
          model::SaturatingRoundingDoublingHighMul(reciprocal, Exp(x[c] - largest));
      // 31 fraction bits down to 8.
      const int32_t q = model::RoundingDivideByPot(share, exponent + 31 - 8) - 128;
      out[c] = static_cast<int8_t>(std::clamp(q, -128, 127));
    }
  }
};

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
  if (!(beta > 0) || beta * scale * (1 << (31 - kInputBits)) <= 1) {
    context.Refuse(
        fmt::format("beta {} times scale {} is too small to be represented", beta, scale));
  }
  if (depth >= 1 << kSumBits) {
    context.Refuse(fmt::format("{} classes, at most {} can be summed", depth, (1 << kSumBits) - 1));
  }
  const Int8Softmax softmax(beta, scale);
  for (int64_t r = 0; r < rows; ++r) {
    softmax.Row(context.In<int8_t>(0).data() + r * depth, depth,
                context.Out<int8_t>().data() + r * depth);
  }
}

}  // namespace fragua::golden
