#include "net_parts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace fragua::campaign {

using test::ConvShape;

int NetParts::Channels() {
  switch (Pick(0, 9)) {
    case 0:
      return Pick(1, 2);
    case 1:
      return Pick(3, 8);
    case 2:
    case 3:
      return Pick(9, 16);
    case 4:
      return random_.OneOf({8, 16, 24, 32, 48, 64});
    case 5:
    case 6:
      return Pick(17, 40);
    case 7:
    case 8:
      return Pick(33, 80);
    default:
      return Pick(65, 140);
  }
}

int NetParts::Map(int rows, int cols, int channels) {
  const int input = net_.Input(rows, cols, channels, Pick(-128, 127));
  return input;
}

ConvShape NetParts::AnyShape(int x) {
  ConvShape shape;
  const int kernels = Pick(0, 9);
  shape.kernel_h = kernels < 3 ? 1 : kernels < 5 ? 3 : Pick(1, 7);
  shape.kernel_w = kernels < 3 ? 1 : kernels < 5 ? 3 : Pick(1, 7);
  shape.stride_h = Chance(50) ? 1 : Pick(1, 4);
  shape.stride_w = Chance(50) ? 1 : Pick(1, 4);
  if (Chance(60)) {
    // Half of the kernel at most, as networks have it, or more than the kernel.
    const bool wild = Chance(15);
    const int most_h = wild ? shape.kernel_h + 1 : shape.kernel_h / 2;
    const int most_w = wild ? shape.kernel_w + 1 : shape.kernel_w / 2;
    shape.padding = {Pick(0, most_h), Pick(0, most_w), Pick(0, most_h), Pick(0, most_w)};
  }
  FitKernel(x, shape);
  shape.out = Outputs(x, shape, Channels());
  return shape;
}

void NetParts::FitKernel(int x, ConvShape& shape) {
  model::Padding& pad = shape.padding;
  pad.bottom = std::max(pad.bottom, shape.kernel_h - ShapeOf(x)[1] - pad.top);
  pad.right = std::max(pad.right, shape.kernel_w - ShapeOf(x)[2] - pad.left);
}

int NetParts::Outputs(int x, const ConvShape& shape, int wanted) {
  const std::vector<int>& in = ShapeOf(x);
  const int64_t rows = (in[1] + shape.padding.top + shape.padding.bottom) / shape.stride_h + 1;
  const int64_t cols = (in[2] + shape.padding.left + shape.padding.right) / shape.stride_w + 1;
  const int64_t each = rows * cols * shape.kernel_h * shape.kernel_w * in[3];
  return static_cast<int>(std::clamp<int64_t>(budget_ / each, 1, wanted));
}

int NetParts::Pointwise(int x, int outputs) {
  ConvShape shape = test::Square(outputs, 1);
  shape.out = Outputs(x, shape, outputs);
  return net_.Conv(x, shape, Name("pointwise"));
}

int NetParts::Pool(int x) {
  const int smallest = std::min(ShapeOf(x)[1], ShapeOf(x)[2]);
  if (smallest < 3) return x;
  const bool three = Chance(65);
  return net_.MaxPool(x, three ? 3 : 2, three ? Pick(0, 1) : 0, Chance(50), Name("pool"));
}

int NetParts::Depthwise(int x) {
  ConvShape shape = AnyShape(x);
  const int multiplier = ShapeOf(x)[3] == 1 ? Pick(1, 20) : 1;
  return net_.Depthwise(x, shape, Name("depthwise"), multiplier);
}

int NetParts::Fire(int x) {
  const int64_t pixels = int64_t{ShapeOf(x)[1]} * ShapeOf(x)[2];
  const int squeeze =
      static_cast<int>(std::clamp<int64_t>(budget_ / (pixels * ShapeOf(x)[3]), 1, Pick(1, 40)));
  const int most = static_cast<int>(std::max<int64_t>(budget_ / (pixels * 9 * squeeze), 1));
  return net_.Fire(x, squeeze, std::min(Channels(), most), std::min(Channels(), most),
                   Name("fire"));
}

int NetParts::Expand(int x) {
  const int a =
      net_.Conv(x, test::Square(Outputs(x, test::Square(1, 1), Channels()), 1), Name("left"));
  const model::Tensor like = net_.graph().tensor(a);
  const int b =
      net_.Conv(x, test::Square(Outputs(x, test::Square(1, 3, 1, 1), Channels()), 3, 1, 1),
                Name("right"), like.quant.scale[0], like.quant.zero_point[0]);
  return Chance(50) ? net_.Concat({a, b}, Name("join")) : net_.Concat({b, a}, Name("join"));
}

int NetParts::Image() {
  const int x = Map(Pick(3, 30), Pick(3, 30), Pick(1, 4));
  ConvShape shape;
  shape.kernel_h = Pick(1, 7);
  shape.kernel_w = Pick(1, 7);
  shape.stride_h = Pick(1, 4);
  shape.stride_w = Chance(75) ? 2 : Pick(1, 4);
  if (Chance(50)) {
    shape.padding = {Pick(0, 3), Pick(0, 3), Pick(0, 3), Pick(0, 3)};
  }
  FitKernel(x, shape);
  shape.out = Outputs(x, shape, Pick(1, 48));
  return net_.Conv(x, shape, Name("image"));
}

int NetParts::Connected(int x) {
  if (ShapeOf(x).size() == 4) x = net_.Flatten(x, Name("flatten"));
  const int depth = ShapeOf(x).back();
  const auto outputs = static_cast<int>(std::clamp<int64_t>(budget_ / depth, 1, Pick(1, 150)));
  return net_.FullyConnected(x, outputs, Chance(50), Name("connected"));
}

model::Activation NetParts::Activation() {
  const int pick = Pick(0, 9);
  return pick < 5   ? model::Activation::kNone
         : pick < 8 ? model::Activation::kRelu
                    : model::Activation::kRelu6;
}

int NetParts::Same(int x) {
  const int channels = ShapeOf(x)[3];
  const int64_t each = int64_t{ShapeOf(x)[1]} * ShapeOf(x)[2] * channels;
  const int kernel = Chance(60) ? 1 : 3;
  const ConvShape shape = test::Square(channels, kernel, 1, kernel / 2);
  if (each * channels * kernel * kernel <= budget_) return net_.Conv(x, shape, Name("same"));
  return net_.Depthwise(x, shape, Name("same"));
}

int NetParts::Sum(int x) {
  const std::vector<int> shape = ShapeOf(x);
  switch (Pick(0, 5)) {
    case 0:
      return Add(x, Map(shape[1], shape[2], shape[3]));
    case 1:
      return Add(x, x);
    case 2:
      return Add(Same(x), Same(x));
    case 3:
      return Add(Same(x), x);
    default:
      return Add(x, Same(Chance(40) ? Same(x) : x));
  }
}

int NetParts::SumOfFires(int x) {
  const int64_t pixels = int64_t{ShapeOf(x)[1]} * ShapeOf(x)[2];
  const int a = Pick(1, 40);
  const int b = Pick(1, 40);
  const auto squeeze = [&](int in) {
    const int64_t most = budget_ / (pixels * std::max(9 * std::max(a, b), ShapeOf(in)[3]));
    return static_cast<int>(std::clamp<int64_t>(most, 1, Pick(1, 24)));
  };
  const int first = net_.Fire(x, squeeze(x), a, b, Name("fire"));
  if (Chance(25) && pixels * ShapeOf(x)[3] * (a + b) <= budget_) {
    // Behind a concatenation channels lie where its parts end, behind a convolution side by side.
    return Add(first, net_.Conv(x, test::Square(a + b, 1), Name("pointwise")));
  }
  return Add(first, net_.Fire(first, squeeze(first), a, b, Name("fire")));
}

int NetParts::Average(int x, bool whole) {
  const std::vector<int> in = ShapeOf(x);
  const int filter_h = whole ? in[1] : std::min(in[1], Chance(50) ? Pick(2, 3) : Pick(1, 7));
  const int filter_w = whole        ? in[2]
                       : Chance(70) ? std::min(in[2], filter_h)
                                    : std::min(in[2], Pick(1, 7));
  const int stride_h = Pick(1, 3);
  const int stride_w = Chance(70) ? stride_h : Pick(1, 3);
  const int out = net_.AveragePool(x, filter_h, filter_w, stride_h, Name("average"));
  model::Attributes& a = net_.graph().ops.back().attributes;
  a.activation = Activation();
  a.stride_w = stride_w;
  if (!whole && filter_h > 1 && filter_w > 1 && Chance(20)) a.padding = {1, 1, 1, 1};
  model::Tensor& tensor = net_.graph().tensor(out);
  tensor.shape[1] = (in[1] + a.padding.top + a.padding.bottom - filter_h) / stride_h + 1;
  tensor.shape[2] = (in[2] + a.padding.left + a.padding.right - filter_w) / stride_w + 1;
  return out;
}

int NetParts::MapOfBytes(int channels, int64_t bytes) {
  const auto side =
      static_cast<int>(std::sqrt(static_cast<double>(bytes) / std::max(channels, 16)));
  return Map(std::max(1, side + Pick(-2, 2)), std::max(1, side + Pick(-2, 2)), channels);
}

}  // namespace fragua::campaign
