#include "fragua/model/tflite_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "fragua/model/shapes.h"
#include "tflite_builder.h"

namespace fragua::model {
namespace {

using internal::Options;

/// The version that stock TensorFlow Lite gives the operator: what the operand types and attributes
/// need.
int OperatorVersion(const Graph& graph, const Op& op) {
  const bool int8 = graph.tensor(op.inputs[0]).type == DataType::kInt8;
  const Attributes& a = op.attributes;
  switch (op.type) {
    case OpType::kConv2d:
      return int8 ? 3 : 1;
    case OpType::kDepthwiseConv2d:
      if (int8) return 3;
      return a.dilation_h > 1 || a.dilation_w > 1 ? 2 : 1;
    case OpType::kFullyConnected: {
      if (int8 && graph.tensor(op.inputs[1]).quant.scale.size() > 1) return 12;
      if (op.inputs.size() < 3 || op.inputs[2] < 0) return 6;
      if (graph.tensor(op.outputs[0]).shape.size() != 2) return 5;
      return int8 ? 4 : 1;
    }
    case OpType::kReshape:
    case OpType::kQuantize:
      return 1;
    case OpType::kDequantize:
      return 2;
    default:
      return int8 ? 2 : 1;
  }
}

class GraphWriter {
 public:
  explicit GraphWriter(const Graph& graph) : graph_(graph), flat_(builder_.flat()) {}

  std::vector<uint8_t> Write() {
    // The graph's tensors keep their numbers; parameter operands follow them.
    for (const Tensor& tensor : graph_.tensors) builder_.AddTensor(tensor);
    for (const Op& op : graph_.ops) WriteOp(op);
    if (!graph_.name.empty()) builder_.AddMetadata(internal::kMetadataName, graph_.name);
    if (!graph_.input_encoding.empty()) {
      builder_.AddMetadata(internal::kMetadataInputEncoding, graph_.input_encoding);
    }
    if (graph_.synthetic_weights) builder_.AddMetadata(internal::kMetadataSyntheticWeights, "1");
    return builder_.Finish(graph_.inputs, graph_.outputs);
  }

 private:
  [[noreturn]] void Fail(const Op& op, const std::string& text) const {
    ThrowInput(fmt::format("{}: {} '{}' cannot be written as TensorFlow Lite: {}", graph_.name,
                           Name(op.type), op.name, text));
  }
  const Tensor& Input(const Op& op, size_t i) const { return graph_.tensor(op.inputs.at(i)); }

  void WriteOp(const Op& op);
  std::vector<int> WriteParameters(const Op& op);
  Options WriteOptions(const Op& op, fb::Padding padding);
  Options WriteWindowOptions(const Op& op, fb::Padding padding);

  std::optional<fb::Padding> NamedPadding(const Op& op) const;
  bool IsNeverNegative(int tensor) const;
  void RequirePaddable(const Op& op) const;
  int WritePadOperator(const Op& op);
  int WritePads(const std::string& name, const std::vector<std::pair<int, int>>& pads);

  template <typename Table>
  static Options Wrap(fb::BuiltinOptions type, flatbuffers::Offset<Table> table) {
    return {type, table.Union()};
  }

  const Graph& graph_;
  internal::TfliteBuilder builder_;
  flatbuffers::FlatBufferBuilder& flat_;
};

/// SAME or VALID where one of them makes the same windows. Where a window ends in the padding at
/// the bottom or right, its width there does not matter: every kernel clips, or reads as many zeros
/// as the window has room for.
std::optional<fb::Padding> GraphWriter::NamedPadding(const Op& op) const {
  const Attributes& a = op.attributes;
  const std::vector<int>& in = Input(op, 0).shape;
  const std::vector<int>& out = graph_.tensor(op.outputs[0]).shape;
  const auto [kernel_h, kernel_w] = KernelSize(graph_, op);
  const auto [top, bottom] = SamePadding(in[1], kernel_h, a.stride_h, a.dilation_h);
  const auto [left, right] = SamePadding(in[2], kernel_w, a.stride_w, a.dilation_w);
  const auto makes_output = [&](int before_h, int after_h, int before_w, int after_w) {
    return a.padding.top == before_h && a.padding.left == before_w &&
           OutputExtent(in[1], kernel_h, a.stride_h, a.dilation_h, before_h, after_h) == out[1] &&
           OutputExtent(in[2], kernel_w, a.stride_w, a.dilation_w, before_w, after_w) == out[2];
  };
  if (makes_output(0, 0, 0, 0)) return fb::Padding::VALID;
  if (makes_output(top, bottom, left, right)) return fb::Padding::SAME;
  return std::nullopt;
}

/// Whether no value of the tensor can lie below real 0.
bool GraphWriter::IsNeverNegative(int tensor) const {
  const Tensor& t = graph_.tensor(tensor);
  if (t.type == DataType::kInt8 && t.quant.zero_point[0] == -128) return true;
  const auto producer = std::find_if(graph_.ops.begin(), graph_.ops.end(),
                                     [tensor](const Op& op) { return op.outputs[0] == tensor; });
  if (producer == graph_.ops.end()) return false;
  switch (producer->type) {
    case OpType::kRelu:
    case OpType::kRelu6:
    case OpType::kSoftmax:
      return true;
    case OpType::kConcatenation:
    case OpType::kMaxPool2d:
    case OpType::kReshape:
      return std::all_of(producer->inputs.begin(), producer->inputs.end(),
                         [this](int input) { return IsNeverNegative(input); });
    default:
      return producer->attributes.activation != Activation::kNone;
  }
}

/// A PAD in front writes real zeros. Convolutions read just that; a maximum must not become larger
/// by it, and an average counts only what lies on the map.
void GraphWriter::RequirePaddable(const Op& op) const {
  if (op.type == OpType::kAveragePool2d) {
    Fail(op, "its padding is neither SAME nor VALID, and a PAD in front would change the averages");
  }
  if (op.type == OpType::kMaxPool2d && !IsNeverNegative(op.inputs[0])) {
    Fail(op,
         "its padding is neither SAME nor VALID, and the zeros of a PAD in front could be the "
         "maximum of negative values");
  }
}

int GraphWriter::WritePads(const std::string& name, const std::vector<std::pair<int, int>>& pads) {
  std::vector<int32_t> values;
  for (const auto& [before, after] : pads) values.insert(values.end(), {before, after});
  return builder_.AddInt32Constant(name, {static_cast<int>(pads.size()), 2}, values);
}

/// Returns the padded tensor.
int GraphWriter::WritePadOperator(const Op& op) {
  RequirePaddable(op);
  const Padding& padding = op.attributes.padding;
  Tensor padded = Input(op, 0);
  padded.name = op.name + "/padded";
  padded.shape[1] += padding.top + padding.bottom;
  padded.shape[2] += padding.left + padding.right;
  const int result = builder_.AddTensor(padded);
  const int pads =
      WritePads(op.name + "/paddings",
                {{0, 0}, {padding.top, padding.bottom}, {padding.left, padding.right}, {0, 0}});
  const int version = padded.type == DataType::kInt8 ? 2 : 1;
  builder_.AddOperator(fb::BuiltinOperator::PAD, version, {op.inputs[0], pads}, {result},
                       Wrap(fb::BuiltinOptions::PadOptions, fb::CreatePadOptions(flat_)));
  return result;
}

Options GraphWriter::WriteWindowOptions(const Op& op, fb::Padding padding) {
  const Attributes& a = op.attributes;
  const auto activation = internal::ToActivationType(a.activation);
  if (op.type == OpType::kConv2d) {
    return Wrap(fb::BuiltinOptions::Conv2DOptions,
                fb::CreateConv2DOptions(flat_, padding, a.stride_w, a.stride_h, activation,
                                        a.dilation_w, a.dilation_h));
  }
  if (op.type == OpType::kDepthwiseConv2d) {
    return Wrap(
        fb::BuiltinOptions::DepthwiseConv2DOptions,
        fb::CreateDepthwiseConv2DOptions(flat_, padding, a.stride_w, a.stride_h, a.depth_multiplier,
                                         activation, a.dilation_w, a.dilation_h));
  }
  return Wrap(fb::BuiltinOptions::Pool2DOptions,
              fb::CreatePool2DOptions(flat_, padding, a.stride_w, a.stride_h, a.filter_w,
                                      a.filter_h, activation));
}

Options GraphWriter::WriteOptions(const Op& op, fb::Padding padding) {
  const Attributes& a = op.attributes;
  const auto activation = internal::ToActivationType(a.activation);
  switch (op.type) {
    case OpType::kConv2d:
    case OpType::kDepthwiseConv2d:
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      return WriteWindowOptions(op, padding);
    case OpType::kFullyConnected: {
      const bool keep_dims = graph_.tensor(op.outputs[0]).shape.size() != 2;
      return Wrap(fb::BuiltinOptions::FullyConnectedOptions,
                  fb::CreateFullyConnectedOptions(flat_, activation, 0, keep_dims));
    }
    case OpType::kAdd:
      return Wrap(fb::BuiltinOptions::AddOptions, fb::CreateAddOptions(flat_, activation));
    case OpType::kMean:
      return Wrap(fb::BuiltinOptions::ReducerOptions, fb::CreateReducerOptions(flat_, a.keep_dims));
    case OpType::kConcatenation:
      return Wrap(fb::BuiltinOptions::ConcatenationOptions,
                  fb::CreateConcatenationOptions(flat_, a.axis, activation));
    case OpType::kPad:
      return Wrap(fb::BuiltinOptions::PadOptions, fb::CreatePadOptions(flat_));
    case OpType::kReshape: {
      const auto shape = flat_.CreateVector(graph_.tensor(op.outputs[0]).shape);
      return Wrap(fb::BuiltinOptions::ReshapeOptions, fb::CreateReshapeOptions(flat_, shape));
    }
    case OpType::kSoftmax:
      return Wrap(fb::BuiltinOptions::SoftmaxOptions, fb::CreateSoftmaxOptions(flat_, a.beta));
    case OpType::kQuantize:
      return Wrap(fb::BuiltinOptions::QuantizeOptions, fb::CreateQuantizeOptions(flat_));
    case OpType::kDequantize:
      return Wrap(fb::BuiltinOptions::DequantizeOptions, fb::CreateDequantizeOptions(flat_));
    case OpType::kTranspose:
      return Wrap(fb::BuiltinOptions::TransposeOptions, fb::CreateTransposeOptions(flat_));
    case OpType::kRelu:
    case OpType::kRelu6:
      return {};
  }
  return {};
}

/// Attributes that TensorFlow Lite has as constant operands.
std::vector<int> GraphWriter::WriteParameters(const Op& op) {
  const auto vector = [&](const char* what, const std::vector<int>& values) {
    return std::vector<int>{
        builder_.AddInt32Constant(op.name + what, {static_cast<int>(values.size())}, values)};
  };
  switch (op.type) {
    case OpType::kMean:
      return vector("/axes", op.attributes.axes);
    case OpType::kTranspose:
      return vector("/permutation", op.attributes.axes);
    case OpType::kReshape:
      return vector("/shape", graph_.tensor(op.outputs[0]).shape);
    case OpType::kPad:
      return {WritePads(op.name + "/paddings", op.attributes.pads)};
    default:
      return {};
  }
}

void GraphWriter::WriteOp(const Op& op) {
  std::vector<int> inputs = op.inputs;
  // Only the bias can be absent, and kernels tell by the number of inputs.
  if (inputs.back() < 0) inputs.pop_back();
  auto padding = fb::Padding::VALID;
  switch (op.type) {
    case OpType::kConv2d:
    case OpType::kDepthwiseConv2d:
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      if (const auto named = NamedPadding(op)) {
        padding = *named;
      } else {
        inputs[0] = WritePadOperator(op);
      }
      break;
    default:
      break;
  }
  for (int parameter : WriteParameters(op)) inputs.push_back(parameter);
  const Options options = WriteOptions(op, padding);
  builder_.AddOperator(internal::ToBuiltin(op.type), OperatorVersion(graph_, op), inputs,
                       op.outputs, options);
}

}  // namespace

std::vector<uint8_t> WriteTfliteBytes(const Graph& graph) {
  Validate(graph);
  return GraphWriter(graph).Write();
}

void WriteTflite(const Graph& graph, const std::string& path) {
  WriteFileAtomically(path, WriteTfliteBytes(graph));
}

}  // namespace fragua::model
