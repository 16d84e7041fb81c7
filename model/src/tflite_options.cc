#include "tflite_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "fragua/model/error.h"
#include "fragua/model/shapes.h"

namespace fragua::model::internal {
namespace {

class OptionsReader {
 public:
  OptionsReader(const fb::Operator& source, const Graph& graph, const std::string& where, Op* op)
      : source_(source), graph_(graph), where_(where), op_(*op), a_(op->attributes) {}

  void Read();

 private:
  [[noreturn]] void Fail(const std::string& text) const { ThrowInput(where_ + ": " + text); }

  template <typename Options>
  const Options& Table() const {
    const auto* options = source_.builtin_options_as<Options>();
    if (options == nullptr) Fail("its options are missing; the file is damaged");
    return *options;
  }
  const Tensor& Input(size_t i) const {
    if (i >= op_.inputs.size() || op_.inputs[i] < 0) {
      Fail(fmt::format("found {} inputs, expected more", op_.inputs.size()));
    }
    return graph_.tensor(op_.inputs[i]);
  }
  size_t Rank() const { return Input(0).shape.size(); }

  void SetActivation(fb::ActivationFunctionType type) {
    const auto activation = FromActivationType(type);
    if (!activation) {
      Fail(fmt::format("fused activation {} is not supported (NONE, RELU and RELU6 are)",
                       fb::EnumNameActivationFunctionType(type)));
    }
    a_.activation = *activation;
  }
  void SetPadding(fb::Padding padding, int kernel_h, int kernel_w);
  void KeepInputs(size_t count) { op_.inputs.resize(std::min(count, op_.inputs.size())); }
  void AddAbsentBias() {
    if (op_.inputs.size() == 2) op_.inputs.push_back(-1);
  }
  int NormalisedAxis(int64_t axis) const;
  std::vector<int64_t> ConstantInput(size_t i, const char* what) const;

  void ReadConv2d();
  void ReadDepthwise();
  void ReadPool();
  void ReadFullyConnected();
  void ReadMean();
  void ReadPad();
  void ReadTranspose();

  const fb::Operator& source_;
  const Graph& graph_;
  const std::string& where_;
  Op& op_;
  Attributes& a_;
};

/// Values of a constant int32 or int64 operand.
std::vector<int64_t> OptionsReader::ConstantInput(size_t i, const char* what) const {
  const Tensor& tensor = Input(i);
  if (!tensor.is_constant())
    Fail(fmt::format("{} '{}' is computed, expected a constant", what, tensor.name));
  std::vector<int64_t> values;
  if (tensor.type == DataType::kInt32) {
    values.assign(tensor.as<int32_t>().begin(), tensor.as<int32_t>().end());
  } else if (tensor.type == DataType::kInt64) {
    values.assign(tensor.as<int64_t>().begin(), tensor.as<int64_t>().end());
  } else {
    Fail(fmt::format("{} '{}' is {}, expected int32 or int64", what, tensor.name,
                     Name(tensor.type)));
  }
  return values;
}

int OptionsReader::NormalisedAxis(int64_t axis) const {
  const auto rank = static_cast<int64_t>(Rank());
  if (axis < -rank || axis >= rank)
    Fail(fmt::format("axis {} of an input with {} dimensions", axis, rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

void OptionsReader::SetPadding(fb::Padding padding, int kernel_h, int kernel_w) {
  if (padding == fb::Padding::VALID) return;
  if (padding != fb::Padding::SAME) {
    Fail(fmt::format("padding code {} is unknown, expected SAME or VALID",
                     static_cast<int>(padding)));
  }
  const Tensor& input = Input(0);
  constexpr int kLimit = 1 << 14;
  for (int value : {kernel_h, kernel_w, a_.stride_h, a_.stride_w, a_.dilation_h, a_.dilation_w}) {
    if (value < 1 || value > kLimit) {
      Fail(fmt::format("kernel, stride or dilation is {}, expected 1..{}", value, kLimit));
    }
  }
  if (input.shape.size() != 4) {
    Fail(fmt::format("input has shape {}, expected 4 dimensions", ShapeText(input.shape)));
  }
  std::tie(a_.padding.top, a_.padding.bottom) =
      SamePadding(input.shape[1], kernel_h, a_.stride_h, a_.dilation_h);
  std::tie(a_.padding.left, a_.padding.right) =
      SamePadding(input.shape[2], kernel_w, a_.stride_w, a_.dilation_w);
}

void OptionsReader::ReadConv2d() {
  const auto& options = Table<fb::Conv2DOptions>();
  a_.stride_h = options.stride_h();
  a_.stride_w = options.stride_w();
  a_.dilation_h = options.dilation_h_factor();
  a_.dilation_w = options.dilation_w_factor();
  SetActivation(options.fused_activation_function());
  const std::vector<int>& weights = Input(1).shape;
  if (weights.size() != 4) Fail(fmt::format("weights have shape {}", ShapeText(weights)));
  SetPadding(options.padding(), weights[1], weights[2]);
  AddAbsentBias();
}

void OptionsReader::ReadDepthwise() {
  const auto& options = Table<fb::DepthwiseConv2DOptions>();
  a_.stride_h = options.stride_h();
  a_.stride_w = options.stride_w();
  a_.dilation_h = options.dilation_h_factor();
  a_.dilation_w = options.dilation_w_factor();
  SetActivation(options.fused_activation_function());
  const std::vector<int>& weights = Input(1).shape;
  const std::vector<int>& input = Input(0).shape;
  if (weights.size() != 4 || input.size() != 4 || input[3] < 1) {
    Fail(fmt::format("weights {} on input {}", ShapeText(weights), ShapeText(input)));
  }
  SetPadding(options.padding(), weights[1], weights[2]);
  // The shapes are what kernels go by; the option is redundant and some converters leave it 0.
  a_.depth_multiplier =
      options.depth_multiplier() > 0 ? options.depth_multiplier() : weights[3] / input[3];
  AddAbsentBias();
}

void OptionsReader::ReadPool() {
  const auto& options = Table<fb::Pool2DOptions>();
  a_.stride_h = options.stride_h();
  a_.stride_w = options.stride_w();
  a_.filter_h = options.filter_height();
  a_.filter_w = options.filter_width();
  SetActivation(options.fused_activation_function());
  SetPadding(options.padding(), a_.filter_h, a_.filter_w);
}

void OptionsReader::ReadFullyConnected() {
  const auto& options = Table<fb::FullyConnectedOptions>();
  if (options.weights_format() != 0)
    Fail("its weights are shuffled; convert with the default format");
  SetActivation(options.fused_activation_function());
  AddAbsentBias();
}

void OptionsReader::ReadMean() {
  for (int64_t axis : ConstantInput(1, "axes")) a_.axes.push_back(NormalisedAxis(axis));
  std::sort(a_.axes.begin(), a_.axes.end());
  a_.axes.erase(std::unique(a_.axes.begin(), a_.axes.end()), a_.axes.end());
  a_.keep_dims = Table<fb::ReducerOptions>().keep_dims();
  KeepInputs(1);
}

void OptionsReader::ReadPad() {
  const std::vector<int64_t> values = ConstantInput(1, "paddings");
  if (values.size() != 2 * Rank()) {
    Fail(fmt::format("{} paddings for {} dimensions", values.size(), Rank()));
  }
  for (size_t i = 0; i < values.size(); i += 2) {
    for (size_t side = i; side < i + 2; ++side) {
      if (values[side] < 0 || values[side] > INT32_MAX)
        Fail(fmt::format("padding is {}", values[side]));
    }
    a_.pads.emplace_back(static_cast<int>(values[i]), static_cast<int>(values[i + 1]));
  }
  KeepInputs(1);
}

void OptionsReader::ReadTranspose() {
  for (int64_t axis : ConstantInput(1, "permutation")) a_.axes.push_back(NormalisedAxis(axis));
  KeepInputs(1);
}

void OptionsReader::Read() {
  switch (op_.type) {
    case OpType::kConv2d:
      return ReadConv2d();
    case OpType::kDepthwiseConv2d:
      return ReadDepthwise();
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      return ReadPool();
    case OpType::kFullyConnected:
      return ReadFullyConnected();
    case OpType::kAdd:
      return SetActivation(Table<fb::AddOptions>().fused_activation_function());
    case OpType::kConcatenation:
      a_.axis = NormalisedAxis(Table<fb::ConcatenationOptions>().axis());
      return SetActivation(Table<fb::ConcatenationOptions>().fused_activation_function());
    case OpType::kSoftmax:
      a_.beta = Table<fb::SoftmaxOptions>().beta();
      return;
    case OpType::kMean:
      return ReadMean();
    case OpType::kPad:
      return ReadPad();
    case OpType::kTranspose:
      return ReadTranspose();
    // The output tensor has the new shape; the shape operand says the same.
    case OpType::kReshape:
      return KeepInputs(1);
    case OpType::kRelu:
    case OpType::kRelu6:
    case OpType::kQuantize:
    case OpType::kDequantize:
      return;
  }
}

}  // namespace

void ReadOptions(const fb::Operator& source, const Graph& graph, const std::string& where, Op* op) {
  OptionsReader(source, graph, where, op).Read();
}

}  // namespace fragua::model::internal
