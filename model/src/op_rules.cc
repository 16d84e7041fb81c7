// The rules of each operator type: attributes, operand shapes, quantisation.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fragua/model/shapes.h"
#include "op_checker.h"

namespace fragua::model::internal {

/// Output rows and columns of a windowed operator.
std::pair<int, int> OpChecker::WindowedExtents() const {
  const Attributes& a = op_.attributes;
  const auto [kernel_h, kernel_w] = KernelSize(graph_, op_);
  return {OutputExtent(in(0).shape[1], kernel_h, a.stride_h, a.dilation_h, a.padding.top,
                       a.padding.bottom),
          OutputExtent(in(0).shape[2], kernel_w, a.stride_w, a.dilation_w, a.padding.left,
                       a.padding.right)};
}

void OpChecker::CheckWindow() const {
  const Attributes& a = op_.attributes;
  const auto [kernel_h, kernel_w] = KernelSize(graph_, op_);
  // Far beyond any real network, and small enough that no extent overflows.
  constexpr int kLimit = 1 << 14;
  const std::pair<const char*, int> positive[] = {
      {"kernel height", kernel_h},       {"kernel width", kernel_w},
      {"stride (rows)", a.stride_h},     {"stride (columns)", a.stride_w},
      {"dilation (rows)", a.dilation_h}, {"dilation (columns)", a.dilation_w}};
  for (const auto& [what, value] : positive) {
    Require(value >= 1 && value <= kLimit,
            fmt::format("{} is {}, expected 1..{}", what, value, kLimit));
  }
  const std::pair<const char*, int> pads[] = {{"padding at the top", a.padding.top},
                                              {"padding at the left", a.padding.left},
                                              {"padding at the bottom", a.padding.bottom},
                                              {"padding at the right", a.padding.right}};
  for (const auto& [what, value] : pads) {
    Require(value >= 0 && value <= kLimit,
            fmt::format("{} is {}, expected 0..{}", what, value, kLimit));
  }
  const auto [rows, columns] = WindowedExtents();
  Require(rows >= 1 && columns >= 1, fmt::format("the {}x{} kernel does not fit into the input {}",
                                                 kernel_h, kernel_w, ShapeText(in(0).shape)));
}

void OpChecker::CheckConv2d() const {
  CheckRank(in(0), 4, "input");
  CheckRank(in(1), 4, "weights");
  CheckWeights(0, "OHWI");
  Require(in(1).shape[3] == in(0).shape[3],
          fmt::format("weights {} read {} channels, but the input has {}; grouped convolutions are "
                      "not supported",
                      ShapeText(in(1).shape), in(1).shape[3], in(0).shape[3]));
  CheckBias(in(1).shape[0]);
  CheckWindow();
}

void OpChecker::CheckDepthwise() const {
  CheckRank(in(0), 4, "input");
  CheckRank(in(1), 4, "weights");
  CheckWeights(3, "1HWC");
  const int multiplier = op_.attributes.depth_multiplier;
  Require(in(1).shape[0] == 1 && multiplier >= 1 && multiplier <= in(1).shape[3] &&
              in(1).shape[3] == int64_t{in(0).shape[3]} * multiplier,
          fmt::format("weights {} do not match {} input channels with depth multiplier {}",
                      ShapeText(in(1).shape), in(0).shape[3], multiplier));
  CheckBias(in(1).shape[3]);
  CheckWindow();
}

void OpChecker::CheckFullyConnected() const {
  CheckRank(in(1), 2, "weights");
  CheckWeights(0, "OI");
  Require(in(0).elements() % in(1).shape[1] == 0,
          fmt::format("input {} cannot be cut into rows of {}", ShapeText(in(0).shape),
                      in(1).shape[1]));
  CheckBias(in(1).shape[0]);
}

void OpChecker::CheckAdd() const {
  CheckActivationType(in(1), "input");
  Require(in(0).type == in(1).type,
          fmt::format("inputs are {} and {}", model::Name(in(0).type), model::Name(in(1).type)));
  Require(in(0).shape == in(1).shape,
          fmt::format("inputs have shapes {} and {}; broadcasting is not supported",
                      ShapeText(in(0).shape), ShapeText(in(1).shape)));
}

void OpChecker::CheckPool() const {
  CheckRank(in(0), 4, "input");
  CheckSameQuantization(in(0));
  Require(op_.attributes.dilation_h == 1 && op_.attributes.dilation_w == 1, "pooling has dilation");
  CheckWindow();
  // The maximum or average of nothing is undefined, so every window must touch the map.
  const Attributes& a = op_.attributes;
  const auto [rows, columns] = WindowedExtents();
  const bool touches = a.padding.top < a.filter_h && a.padding.left < a.filter_w &&
                       (rows - 1) * a.stride_h - a.padding.top < in(0).shape[1] &&
                       (columns - 1) * a.stride_w - a.padding.left < in(0).shape[2];
  Require(touches, "a window lies wholly in the padding");
}

void OpChecker::CheckMean() const {
  const auto rank = static_cast<int>(in(0).shape.size());
  const std::vector<int>& axes = op_.attributes.axes;
  Require(!axes.empty(), "no axis to reduce");
  int64_t values = 1;
  for (size_t i = 0; i < axes.size(); ++i) {
    Require(axes[i] >= 0 && axes[i] < rank && (i == 0 || axes[i] > axes[i - 1]),
            fmt::format("axes {} are not ascending numbers below {}", ShapeText(axes), rank));
    values *= in(0).shape[static_cast<size_t>(axes[i])];
  }
  Require(values <= INT32_MAX / 255,
          fmt::format("{} values in one mean do not fit an int32 sum", values));
}

void OpChecker::CheckConcatenation() const {
  const auto rank = static_cast<int>(in(0).shape.size());
  const int axis = op_.attributes.axis;
  Require(axis >= 0 && axis < rank, fmt::format("axis is {}, expected 0..{}", axis, rank - 1));
  Require(op_.attributes.activation == Activation::kNone, "has a fused activation");
  int64_t extent = 0;
  for (size_t i = 0; i < op_.inputs.size(); ++i) {
    CheckActivationType(in(i), "input");
    Require(in(i).type == out().type, fmt::format("input {} is {}", i, model::Name(in(i).type)));
    CheckSameQuantization(in(i));
    // Values are copied next to those of other inputs, so here not even the last bit may differ.
    if (is_int8() && in(i).quant.scale != out().quant.scale) {
      Fail(fmt::format("input {} has scale {}, expected the output's {}", i, in(i).quant.scale[0],
                       out().quant.scale[0]));
    }
    std::vector<int> shape = in(i).shape;
    if (shape.size() == in(0).shape.size()) {
      shape[static_cast<size_t>(axis)] = in(0).shape[static_cast<size_t>(axis)];
    }
    Require(shape == in(0).shape, fmt::format("input {} has shape {} and input 0 has {}", i,
                                              ShapeText(in(i).shape), ShapeText(in(0).shape)));
    extent += in(i).shape[static_cast<size_t>(axis)];
  }
  Require(extent <= INT32_MAX,
          fmt::format("output would have {} entries along axis {}", extent, axis));
}

void OpChecker::CheckPad() const {
  const auto& pads = op_.attributes.pads;
  CheckSameQuantization(in(0));
  Require(pads.size() == in(0).shape.size(),
          fmt::format("{} pairs of padding for input {}", pads.size(), ShapeText(in(0).shape)));
  for (const auto& [before, after] : pads) {
    constexpr int kLimit = 1 << 14;
    Require(before >= 0 && after >= 0 && before <= kLimit && after <= kLimit,
            fmt::format("padding ({}, {}) is outside 0..{}", before, after, kLimit));
  }
}

void OpChecker::CheckReshape() const {
  CheckSameQuantization(in(0));
  Require(in(0).elements() == out().elements(),
          fmt::format("cannot turn {} into {}: other number of elements", ShapeText(in(0).shape),
                      ShapeText(out().shape)));
}

void OpChecker::CheckSoftmax() const {
  const float beta = op_.attributes.beta;
  Require(std::isfinite(beta) && beta > 0, fmt::format("beta is {}, expected > 0", beta));
  Require(!in(0).shape.empty(), "input has no dimension");
  if (!is_int8()) return;
  Require(std::abs(out().quant.scale[0] - 1.0f / 256) < 1e-5f && out().quant.zero_point[0] == -128,
          fmt::format("output has scale {} zero point {}, expected 1/256 and -128",
                      out().quant.scale[0], out().quant.zero_point[0]));
}

void OpChecker::CheckQuantize() const {
  const DataType from = in(0).type, to = out().type;
  const bool bytes =
      (from == DataType::kInt8 && (to == DataType::kInt8 || to == DataType::kUInt8)) ||
      (from == DataType::kUInt8 && to == DataType::kInt8);
  Require(
      bytes || (from == DataType::kFloat32 && to == DataType::kInt8),
      fmt::format("converts {} to {}, expected float32, int8 or uint8 to int8, or int8 to uint8",
                  model::Name(from), model::Name(to)));
  Require(out().quant.scale.size() == 1 && (!bytes || in(0).quant.scale.size() == 1),
          "is not quantised per tensor");
}

void OpChecker::CheckDequantize() const {
  Require(in(0).type == DataType::kInt8 && out().type == DataType::kFloat32,
          fmt::format("converts {} to {}, expected int8 to float32", model::Name(in(0).type),
                      model::Name(out().type)));
  Require(in(0).quant.scale.size() == 1, "is not quantised per tensor");
}

void OpChecker::CheckTranspose() const {
  CheckSameQuantization(in(0));
  std::vector<int> sorted = op_.attributes.axes;
  std::sort(sorted.begin(), sorted.end());
  bool permutation = sorted.size() == in(0).shape.size();
  for (size_t i = 0; permutation && i < sorted.size(); ++i)
    permutation = sorted[i] == static_cast<int>(i);
  Require(permutation, fmt::format("{} is not a permutation of {} dimensions",
                                   ShapeText(op_.attributes.axes), in(0).shape.size()));
}

}  // namespace fragua::model::internal
