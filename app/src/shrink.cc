#include "shrink.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

using model::Op;
using model::OpType;
using model::Tensor;

struct Part {
  int first = 0, count = 0;
};

std::vector<uint8_t> Slice(const std::vector<uint8_t>& bytes, const std::vector<int>& shape,
                           int axis, const Part& part, size_t element) {
  size_t inner = element;
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i)
    inner *= static_cast<size_t>(shape[i]);
  const size_t row = inner * static_cast<size_t>(shape[static_cast<size_t>(axis)]);
  std::vector<uint8_t> cut;
  for (size_t at = 0; at < bytes.size(); at += row) {
    const auto first =
        bytes.begin() + static_cast<std::ptrdiff_t>(at + inner * static_cast<size_t>(part.first));
    cut.insert(cut.end(), first,
               first + static_cast<std::ptrdiff_t>(inner * static_cast<size_t>(part.count)));
  }
  return cut;
}

class Cutter {
 public:
  explicit Cutter(const Case& whole) : case_(whole) {}

  /// Operand `i` of the only operator; nothing happens to one that is not there.
  void CutInput(size_t i, int axis, const Part& part) {
    Op& op = case_.graph.ops.front();
    if (i >= op.inputs.size() || op.inputs[i] < 0) return;
    const int index = op.inputs[i];
    Tensor& tensor = case_.graph.tensor(index);
    const auto size = static_cast<size_t>(model::SizeOf(tensor.type));
    if (tensor.is_constant()) {
      tensor.data = Slice(tensor.data, tensor.shape, axis, part, size);
    } else {
      const auto at = std::ranges::find(case_.graph.inputs, index) - case_.graph.inputs.begin();
      std::vector<uint8_t>& bytes = case_.inputs.at(static_cast<size_t>(at));
      bytes = Slice(bytes, tensor.shape, axis, part, size);
    }
    CutShape(tensor, axis, part);
  }
  void CutOutput(int axis, const Part& part) {
    CutShape(case_.graph.tensor(case_.graph.ops.front().outputs[0]), axis, part);
  }
  void SetOutput(int axis, int length) {
    case_.graph.tensor(case_.graph.ops.front().outputs[0]).shape[static_cast<size_t>(axis)] =
        length;
  }
  /// Nothing when the rest is not a network.
  std::optional<Case> Take() {
    for (const Tensor& tensor : case_.graph.tensors) {
      for (const int length : tensor.shape) {
        if (length < 1) return std::nullopt;
      }
    }
    try {
      model::Validate(case_.graph);
    } catch (const Error&) {
      return std::nullopt;  // e.g. a window that no longer fits
    }
    return std::move(case_);
  }

 private:
  static void CutShape(Tensor& tensor, int axis, const Part& part) {
    tensor.shape[static_cast<size_t>(axis)] = part.count;
    model::Quantization& quant = tensor.quant;
    if (quant.scale.size() < 2 || quant.axis != axis) return;
    const auto cut = [&](auto& values) {
      if (values.size() < 2) return;
      values.erase(values.begin(), values.begin() + part.first);
      values.resize(static_cast<size_t>(part.count));
    };
    cut(quant.scale);
    cut(quant.zero_point);
  }

  Case case_;
};

/// What can be made smaller, apart from each other.
enum class Dimension { kRows, kColumns, kInputChannels, kOutputChannels };

const Tensor& InputOf(const Case& whole) {
  return whole.graph.tensor(whole.graph.ops.front().inputs[0]);
}

bool IsWindow(OpType type) {
  return type == OpType::kConv2d || type == OpType::kDepthwiseConv2d ||
         type == OpType::kMaxPool2d || type == OpType::kAveragePool2d;
}

int LengthOf(const Case& whole, Dimension dimension) {
  const Op& op = whole.graph.ops.front();
  const Tensor& input = InputOf(whole);
  const Tensor& output = whole.graph.tensor(op.outputs[0]);
  const bool map = input.shape.size() == 4 && output.shape.size() == 4;
  const bool spatial = map && (IsWindow(op.type) || op.type == OpType::kAdd);
  switch (dimension) {
    case Dimension::kRows:
      return spatial ? input.shape[1] : 0;
    case Dimension::kColumns:
      return spatial ? input.shape[2] : 0;
    case Dimension::kInputChannels:
      if (op.type == OpType::kFullyConnected && input.shape.size() != 2) return 0;
      return op.type == OpType::kConv2d || op.type == OpType::kFullyConnected ? input.shape.back()
                                                                              : 0;
    case Dimension::kOutputChannels:
      if (op.type == OpType::kDepthwiseConv2d && op.attributes.depth_multiplier != 1) return 0;
      return spatial || op.type == OpType::kFullyConnected ? output.shape.back() : 0;
  }
  return 0;
}

/// Rows or columns of a window operator's output.
int Windows(const Case& whole, int axis, int length) {
  const Op& op = whole.graph.ops.front();
  const model::Attributes& a = op.attributes;
  const bool rows = axis == 1;
  const bool convolution = op.type == OpType::kConv2d || op.type == OpType::kDepthwiseConv2d;
  int kernel = rows ? a.filter_h : a.filter_w;
  int dilation = 1;
  if (convolution) {
    kernel = whole.graph.tensor(op.inputs[1]).shape[static_cast<size_t>(axis)];
    dilation = rows ? a.dilation_h : a.dilation_w;
  }
  const int padding = rows ? a.padding.top + a.padding.bottom : a.padding.left + a.padding.right;
  const int room = length + padding - (dilation * (kernel - 1) + 1);
  return room < 0 ? 0 : room / (rows ? a.stride_h : a.stride_w) + 1;
}

std::optional<Case> Keep(const Case& whole, Dimension dimension, const Part& part) {
  const Op& op = whole.graph.ops.front();
  Cutter cutter(whole);
  const int last = static_cast<int>(InputOf(whole).shape.size()) - 1;
  switch (dimension) {
    case Dimension::kRows:
    case Dimension::kColumns: {
      const int axis = dimension == Dimension::kRows ? 1 : 2;
      cutter.CutInput(0, axis, part);
      if (op.type == OpType::kAdd) cutter.CutInput(1, axis, part);
      cutter.SetOutput(axis, IsWindow(op.type) ? Windows(whole, axis, part.count) : part.count);
      break;
    }
    case Dimension::kInputChannels:
      cutter.CutInput(0, last, part);
      cutter.CutInput(1, op.type == OpType::kConv2d ? 3 : 1, part);
      break;
    case Dimension::kOutputChannels: {
      if (op.type == OpType::kConv2d || op.type == OpType::kFullyConnected) {
        cutter.CutInput(1, 0, part);
        cutter.CutInput(2, 0, part);
      } else {
        // Every output channel has its own input channel.
        cutter.CutInput(0, 3, part);
        if (op.type != OpType::kMaxPool2d && op.type != OpType::kAveragePool2d)
          cutter.CutInput(1, 3, part);
        if (op.type == OpType::kDepthwiseConv2d) cutter.CutInput(2, 0, part);
      }
      const auto& shape = whole.graph.tensor(op.outputs[0]).shape;
      cutter.CutOutput(static_cast<int>(shape.size()) - 1, part);
      break;
    }
  }
  return cutter.Take();
}

}  // namespace

std::vector<Case> SmallerCases(const Case& whole) {
  std::vector<Case> cases;
  if (whole.graph.ops.size() != 1) return cases;
  constexpr Dimension kAll[] = {Dimension::kOutputChannels, Dimension::kInputChannels,
                                Dimension::kRows, Dimension::kColumns};
  const auto add = [&](Dimension dimension, const Part& part) {
    if (auto smaller = Keep(whole, dimension, part)) cases.push_back(std::move(*smaller));
  };
  for (const Dimension dimension : kAll) {
    const int length = LengthOf(whole, dimension);
    if (length < 2) continue;
    const int half = (length + 1) / 2;
    add(dimension, {0, half});
    add(dimension, {length - half, half});
  }
  for (const Dimension dimension : kAll) {
    const int length = LengthOf(whole, dimension);
    if (length < 3) continue;  // of two, a half is all but one
    add(dimension, {0, length - 1});
    add(dimension, {1, length - 1});
  }
  return cases;
}

Case Shrink(Case whole, const std::function<bool(const Case&)>& persists,
            const ShrinkOptions& options) {
  int tries = 0;
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (Case& candidate : SmallerCases(whole)) {
      if (tries >= options.tries) return whole;
      if (options.progress) options.progress(tries, whole);
      ++tries;
      if (!persists(candidate)) continue;
      whole = std::move(candidate);
      smaller = true;
      break;
    }
  }
  return whole;
}

}  // namespace fragua::app
