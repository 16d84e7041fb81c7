// Padding and window counts: SAME, explicit and ceil mode become numbers here.
#include <fmt/format.h>

#include <algorithm>

#include "onnx_ops.h"

namespace fragua::model::onnx_import {
namespace {

constexpr int64_t kMaxExtent = 4096;

struct Axis {
  int64_t in = 0, kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;
  int64_t reach() const { return (kernel - 1) * dilation + 1; }
  int64_t out() const { return (in + before + after - reach()) / stride + 1; }
};

void PadSame(Axis& axis, bool extra_at_end) {
  const int64_t out = (axis.in + axis.stride - 1) / axis.stride;
  const int64_t total = std::max<int64_t>(0, (out - 1) * axis.stride + axis.reach() - axis.in);
  const int64_t half = total / 2;
  axis.before = extra_at_end ? half : total - half;
  axis.after = total - axis.before;
}

// Rounds the window count up and turns the overhang into padding. A last window that would begin
// beyond the input and its leading padding does not exist (the rule of PyTorch, Caffe and ONNX
// Runtime).
void PadCeil(Axis& axis) {
  const int64_t span = axis.in + axis.before + axis.after - axis.reach();
  int64_t out = (span + axis.stride - 1) / axis.stride + 1;
  if ((out - 1) * axis.stride >= axis.in + axis.before) --out;
  axis.after = std::max<int64_t>(0, (out - 1) * axis.stride + axis.reach() - axis.in - axis.before);
}

void CheckRange(const Node& node, const char* what, const std::vector<int64_t>& values,
                size_t count, int64_t min) {
  if (values.size() != count) {
    node.Fail(fmt::format("attribute '{}' has {} values, expected {}", what, values.size(), count));
  }
  for (const int64_t value : values) {
    if (value < min || value > kMaxExtent) {
      node.Fail(
          fmt::format("attribute '{}' holds {}, expected {} to {}", what, value, min, kMaxExtent));
    }
  }
}

}  // namespace

Window ResolveWindow(const Node& node, const std::vector<int64_t>& kernel,
                     const std::vector<int>& shape) {
  const auto strides = node.Ints("strides", {1, 1});
  const auto dilations = node.Ints("dilations", {1, 1});
  const auto pads = node.Ints("pads", {0, 0, 0, 0});
  CheckRange(node, "kernel_shape", kernel, 2, 1);
  CheckRange(node, "strides", strides, 2, 1);
  CheckRange(node, "dilations", dilations, 2, 1);
  CheckRange(node, "pads", pads, 4, 0);
  const std::string auto_pad = node.String("auto_pad", "NOTSET");
  const bool ceil_mode = node.Int("ceil_mode", 0) != 0;

  Axis axes[2];
  for (size_t i = 0; i < 2; ++i) {
    axes[i] = {shape[1 + i], kernel[i], strides[i], dilations[i], 0, 0};
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
      PadSame(axes[i], auto_pad == "SAME_UPPER");
    } else if (auto_pad == "NOTSET" || auto_pad.empty()) {
      axes[i].before = pads[i];
      axes[i].after = pads[i + 2];
    } else if (auto_pad != "VALID") {
      node.Fail(
          fmt::format("attribute 'auto_pad' is '{}', expected NOTSET, VALID, SAME_UPPER or "
                      "SAME_LOWER",
                      auto_pad));
    }
    if (axes[i].in + axes[i].before + axes[i].after < axes[i].reach()) {
      node.Fail(fmt::format("the window spans {} {}, the padded map has only {}", axes[i].reach(),
                            i == 0 ? "rows" : "columns",
                            axes[i].in + axes[i].before + axes[i].after));
    }
    if (ceil_mode) PadCeil(axes[i]);
  }
  const auto number = [](int64_t value) { return static_cast<int>(value); };
  Window window;
  window.kernel_h = number(kernel[0]);
  window.kernel_w = number(kernel[1]);
  window.stride_h = number(strides[0]);
  window.stride_w = number(strides[1]);
  window.dilation_h = number(dilations[0]);
  window.dilation_w = number(dilations[1]);
  window.padding = {number(axes[0].before), number(axes[1].before), number(axes[0].after),
                    number(axes[1].after)};
  window.out_h = number(axes[0].out());
  window.out_w = number(axes[1].out());
  return window;
}

}  // namespace fragua::model::onnx_import
