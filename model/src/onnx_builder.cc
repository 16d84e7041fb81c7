#include "onnx_builder.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::model::onnx_import {

std::vector<int> ToGraphShape(const std::vector<int64_t>& dims) {
  std::vector<int> shape(dims.begin(), dims.end());
  if (shape.size() == 4) shape = {shape[0], shape[2], shape[3], shape[1]};
  return shape;
}

std::vector<int64_t> ToOnnxDims(const std::vector<int>& shape) {
  std::vector<int64_t> dims(shape.begin(), shape.end());
  if (dims.size() == 4) dims = {dims[0], dims[3], dims[1], dims[2]};
  return dims;
}

int GraphBuilder::Uses(const std::string& name) const {
  const auto it = uses_.find(name);
  return it == uses_.end() ? 0 : it->second;
}

void GraphBuilder::DefineInput(const std::string& name, const std::vector<int64_t>& dims) {
  const int tensor = AddActivation(name, ToGraphShape(dims));
  graph_.inputs.push_back(tensor);
  values_[name] = {tensor, nullptr, false};
}

void GraphBuilder::DefineConstant(const std::string& name, Constant constant) {
  values_[name] = {-1, std::make_shared<const Constant>(std::move(constant)), false};
}

void GraphBuilder::DefineActivation(const std::string& name, int tensor) {
  values_[name] = {tensor, nullptr, Uses(name) == 1};
}

void GraphBuilder::DefineAlias(const Node& node, int index) {
  Value value = Input(node, index);
  value.exclusive = value.exclusive && Uses(node.output(0)) == 1;
  values_[node.output(0)] = std::move(value);
}

void GraphBuilder::DefineFused(const Node& node, int index) {
  const int tensor = Activation(node, index);
  graph_.tensor(tensor).name = node.output(0);
  DefineActivation(node.output(0), tensor);
}

const Value& GraphBuilder::Input(const Node& node, int index) const {
  if (!node.HasInput(index)) node.Fail(fmt::format("input {} is missing", index));
  const auto it = values_.find(node.input(index));
  if (it == values_.end()) {
    node.Fail(fmt::format(
        "input {} '{}' is neither an input of the network, a constant nor the output of an "
        "earlier node; the file is truncated or its nodes are out of order",
        index, node.input(index)));
  }
  return it->second;
}

int GraphBuilder::Activation(const Node& node, int index) const {
  const Value& value = Input(node, index);
  if (value.tensor < 0) {
    node.Fail(fmt::format("input {} '{}' is a constant; expected a computed value", index,
                          node.input(index)));
  }
  return value.tensor;
}

int GraphBuilder::Activation4d(const Node& node, int index) const {
  const int tensor = Activation(node, index);
  if (shape(tensor).size() != 4) {
    node.Fail(fmt::format("input {} '{}' has {} dimensions, expected 4 (N, C, H, W)", index,
                          node.input(index), shape(tensor).size()));
  }
  return tensor;
}

const Constant& GraphBuilder::ConstantInput(const Node& node, int index) const {
  const Value& value = Input(node, index);
  if (value.constant == nullptr) {
    node.Fail(fmt::format("input {} '{}' must be a constant", index, node.input(index)));
  }
  return *value.constant;
}

const std::vector<float>& GraphBuilder::Floats(const Node& node, int index) const {
  const Constant& constant = ConstantInput(node, index);
  if (constant.is_int) {
    node.Fail(fmt::format("input {} '{}' holds integers, expected floating point", index,
                          node.input(index)));
  }
  return constant.floats;
}

const std::vector<int64_t>& GraphBuilder::Ints(const Node& node, int index) const {
  const Constant& constant = ConstantInput(node, index);
  if (!constant.is_int) {
    node.Fail(fmt::format("input {} '{}' holds floating point, expected integers", index,
                          node.input(index)));
  }
  return constant.ints;
}

int GraphBuilder::AddActivation(const std::string& name, std::vector<int> shape) {
  Tensor tensor;
  tensor.name = name;
  tensor.shape = std::move(shape);
  graph_.tensors.push_back(std::move(tensor));
  return static_cast<int>(graph_.tensors.size()) - 1;
}

int GraphBuilder::AddWeights(const std::string& name, std::vector<int> shape,
                             const std::vector<float>& values) {
  const int tensor = AddActivation(name, std::move(shape));
  SetWeights(tensor, values);
  return tensor;
}

std::vector<float> GraphBuilder::Weights(int tensor) const {
  const auto view = graph_.tensor(tensor).as<float>();
  return {view.begin(), view.end()};
}

void GraphBuilder::SetWeights(int tensor, const std::vector<float>& values) {
  auto& data = graph_.tensor(tensor).data;
  data.resize(values.size() * sizeof(float));
  std::memcpy(data.data(), values.data(), data.size());
}

Op& GraphBuilder::AddOp(OpType type, const Node& node, std::vector<int> inputs, int output,
                        const std::string& suffix) {
  Op op;
  op.type = type;
  const std::string stem = node.ReadableName() + suffix;
  op.name = stem;
  for (int i = 2; !op_names_.insert(op.name).second; ++i) op.name = fmt::format("{}_{}", stem, i);
  op.inputs = std::move(inputs);
  op.outputs = {output};
  producer_[output] = graph_.ops.size();
  graph_.ops.push_back(std::move(op));
  return graph_.ops.back();
}

Op* GraphBuilder::ExclusiveProducer(const Node& node, int index) {
  const Value& value = Input(node, index);
  if (value.tensor < 0 || !value.exclusive) return nullptr;
  const auto it = producer_.find(value.tensor);
  return it == producer_.end() ? nullptr : &graph_.ops[it->second];
}

}  // namespace fragua::model::onnx_import
