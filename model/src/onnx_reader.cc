#include "fragua/model/onnx_reader.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "onnx_ops.h"

namespace fragua::model {
namespace onnx_import {

void ConvertNode(GraphBuilder& builder, const Node& node) {
  static const std::map<std::string, void (*)(GraphBuilder&, const Node&)> kConverters = {
      {"Add", ConvertAdd},
      {"AveragePool", ConvertAveragePool},
      {"BatchNormalization", ConvertBatchNormalization},
      {"Clip", ConvertClip},
      {"Concat", ConvertConcat},
      {"Constant", ConvertConstant},
      {"Conv", ConvertConv},
      {"Dropout", ConvertPassThrough},
      {"Flatten", ConvertFlatten},
      {"Gather", ConvertGather},
      {"Gemm", ConvertGemm},
      {"GlobalAveragePool", ConvertGlobalAveragePool},
      {"Identity", ConvertPassThrough},
      {"MaxPool", ConvertMaxPool},
      {"Pad", ConvertPad},
      {"ReduceMean", ConvertReduceMean},
      {"Relu", ConvertRelu},
      {"Reshape", ConvertReshape},
      {"Shape", ConvertShape},
      {"Softmax", ConvertSoftmax},
      {"Squeeze", ConvertSqueeze},
      {"Sum", ConvertAdd},
      {"Unsqueeze", ConvertUnsqueeze},
  };
  const auto it = kConverters.find(node.type());
  if (it == kConverters.end()) {
    std::string known;
    for (const auto& [name, unused] : kConverters) known += (known.empty() ? "" : ", ") + name;
    node.Fail(fmt::format("operator is not supported; supported are {}", known));
  }
  it->second(builder, node);
}

}  // namespace onnx_import

namespace {

using onnx_import::Node;

constexpr int kNewestOpset = 19;
constexpr int64_t kMaxInputExtent = 8192;

onnx::ModelProto Parse(std::span<const uint8_t> bytes, const std::string& file) {
  // The library would report a corrupt file on the error stream; ours is the exception below.
  const google::protobuf::LogSilencer silencer;
  onnx::ModelProto model;
  if (bytes.size() > INT_MAX ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    ThrowInput(fmt::format("{}: not an ONNX model, or truncated or corrupt ({} bytes)", file,
                           bytes.size()));
  }
  if (!model.has_graph() || model.graph().node_size() == 0) {
    ThrowInput(fmt::format("{}: holds no network; is it an ONNX model?", file));
  }
  return model;
}

int ReadOpset(const onnx::ModelProto& model, const std::string& file) {
  int64_t version = 1;
  for (const auto& set : model.opset_import()) {
    if (set.domain().empty() || set.domain() == "ai.onnx") version = set.version();
  }
  if (version < 1 || version > kNewestOpset) {
    ThrowInput(
        fmt::format("{}: written for operator set {}, versions 1 to {} are supported; export "
                    "the model again for one of these",
                    file, version, kNewestOpset));
  }
  return static_cast<int>(version);
}

int64_t ReadDim(const onnx::TensorShapeProto& shape, int index, int64_t override_value,
                const std::string& where) {
  const auto& dim = shape.dim(index);
  if (override_value != 0) return override_value;
  if (index == 0 && !dim.has_dim_value()) return 1;  // an open batch
  if (!dim.has_dim_value()) {
    ThrowInput(fmt::format("{}: dimension {} is open; state the input size", where, index));
  }
  return dim.dim_value();
}

void AddInputs(const onnx::GraphProto& graph, const std::set<std::string>& constants,
               const OnnxOptions& options, const std::string& file,
               onnx_import::GraphBuilder& builder) {
  for (const auto& input : graph.input()) {
    if (constants.contains(input.name())) continue;
    const std::string where = fmt::format("{}: input '{}'", file, input.name());
    const auto& type = input.type().tensor_type();
    if (type.elem_type() != onnx::TensorProto::FLOAT &&
        type.elem_type() != onnx::TensorProto::FLOAT16) {
      ThrowInput(where + " is not a floating point tensor; only float models are supported");
    }
    const auto& shape = type.shape();
    if (shape.dim_size() < 1 || shape.dim_size() > 4) {
      ThrowInput(fmt::format("{} has {} dimensions, expected 1 to 4", where, shape.dim_size()));
    }
    std::vector<int64_t> dims;
    for (int i = 0; i < shape.dim_size(); ++i) {
      const bool map = shape.dim_size() == 4;
      const int wanted = map && i == 2   ? options.input_height
                         : map && i == 3 ? options.input_width
                                         : 0;
      dims.push_back(ReadDim(shape, i, wanted, where));
      if (dims.back() < 1 || dims.back() > kMaxInputExtent) {
        ThrowInput(fmt::format("{}: dimension {} is {}, expected 1 to {}", where, i, dims.back(),
                               kMaxInputExtent));
      }
    }
    if (shape.dim_size() > 1 && dims[0] != 1) {
      ThrowInput(fmt::format("{} has batch {}, expected 1; export the model for one picture", where,
                             dims[0]));
    }
    builder.DefineInput(input.name(), dims);
  }
  if (builder.graph().inputs.empty()) ThrowInput(file + ": the network has no input");
}

// Nodes that some output of the network depends on, in file order.
std::vector<bool> FindNeeded(const onnx::GraphProto& graph) {
  std::set<std::string> wanted;
  for (const auto& output : graph.output()) wanted.insert(output.name());
  std::vector<bool> needed(static_cast<size_t>(graph.node_size()), false);
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const auto& outputs = graph.node(i).output();
    if (std::none_of(outputs.begin(), outputs.end(),
                     [&](const std::string& name) { return wanted.contains(name); })) {
      continue;
    }
    needed[static_cast<size_t>(i)] = true;
    for (const std::string& name : graph.node(i).input()) wanted.insert(name);
  }
  return needed;
}

std::map<std::string, int> CountUses(const onnx::GraphProto& graph,
                                     const std::vector<bool>& needed) {
  std::map<std::string, int> uses;
  for (const auto& output : graph.output()) ++uses[output.name()];
  for (int i = 0; i < graph.node_size(); ++i) {
    if (!needed[static_cast<size_t>(i)]) continue;
    for (const std::string& name : graph.node(i).input()) ++uses[name];
  }
  return uses;
}

void CheckNode(const Node& node, const onnx::NodeProto& proto,
               const onnx_import::GraphBuilder& builder) {
  if (!proto.domain().empty() && proto.domain() != "ai.onnx") {
    node.Fail(fmt::format("belongs to operator set '{}', which is not supported", proto.domain()));
  }
  if (node.output(0).empty()) node.Fail("has no output");
  if (builder.IsKnown(node.output(0))) {
    node.Fail(fmt::format("defines '{}' a second time", node.output(0)));
  }
}

}  // namespace

Graph ReadOnnxBytes(std::span<const uint8_t> bytes, const std::string& name,
                    const OnnxOptions& options) {
  const onnx::ModelProto model = Parse(bytes, name);
  const onnx::GraphProto& proto = model.graph();
  const int opset = ReadOpset(model, name);
  const std::vector<bool> needed = FindNeeded(proto);

  onnx_import::GraphBuilder builder;
  builder.graph().name = proto.name();
  builder.SetUses(CountUses(proto, needed));
  std::set<std::string> constants;  // before version 4 of the format these are inputs as well
  for (const auto& initializer : proto.initializer()) {
    constants.insert(initializer.name());
    builder.DefineConstant(initializer.name(), onnx_import::DecodeTensor(initializer, name));
  }
  AddInputs(proto, constants, options, name, builder);
  for (int i = 0; i < proto.node_size(); ++i) {
    if (!needed[static_cast<size_t>(i)]) continue;
    const Node node(proto.node(i), i, opset, name);
    CheckNode(node, proto.node(i), builder);
    onnx_import::ConvertNode(builder, node);
  }
  for (const auto& output : proto.output()) {
    if (!builder.IsKnown(output.name()) || builder.At(output.name()).tensor < 0) {
      ThrowInput(
          fmt::format("{}: output '{}' is not computed by any node; the file is truncated or "
                      "corrupt",
                      name, output.name()));
    }
    builder.graph().outputs.push_back(builder.At(output.name()).tensor);
  }
  if (proto.output_size() == 0) ThrowInput(name + ": the network has no output");
  Graph graph = std::move(builder.graph());
  Validate(graph);
  return graph;
}

Graph ReadOnnx(const std::string& path, const OnnxOptions& options) {
  Graph graph = ReadOnnxBytes(ReadFile(path), path, options);
  if (graph.name.empty()) graph.name = std::filesystem::path(path).stem().string();
  return graph;
}

}  // namespace fragua::model
