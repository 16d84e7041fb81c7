#pragma once
// Small ONNX files made in memory.

#include <string>
#include <utility>
#include <vector>

#include "onnx_proto.h"

namespace fragua::model {

class OnnxTestModel {
 public:
  explicit OnnxTestModel(int opset = 12) {
    model_.set_ir_version(7);
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("test");
  }

  OnnxTestModel& Input(const std::string& name, const std::vector<int64_t>& dims) {
    auto* type = Value(model_.mutable_graph()->add_input(), name);
    for (const int64_t dim : dims) {
      auto* to = type->mutable_shape()->add_dim();
      dim < 0 ? to->set_dim_param("open") : to->set_dim_value(dim);
    }
    return *this;
  }
  OnnxTestModel& Output(const std::string& name) {
    Value(model_.mutable_graph()->add_output(), name);
    return *this;
  }
  OnnxTestModel& Floats(const std::string& name, const std::vector<int64_t>& dims,
                        const std::vector<float>& values) {
    auto* tensor = Constant(name, dims, onnx::TensorProto::FLOAT);
    for (const float value : values) tensor->add_float_data(value);
    return *this;
  }
  OnnxTestModel& Ints(const std::string& name, const std::vector<int64_t>& values) {
    auto* tensor = Constant(name, {static_cast<int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const int64_t value : values) tensor->add_int64_data(value);
    return *this;
  }
  onnx::TensorProto* Constant(const std::string& name, const std::vector<int64_t>& dims,
                              onnx::TensorProto::DataType type) {
    auto* tensor = model_.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (const int64_t dim : dims) tensor->add_dims(dim);
    return tensor;
  }
  /// A node named "n<position>" with the given operands.
  OnnxTestModel& Node(const std::string& type, const std::vector<std::string>& inputs,
                      const std::string& output) {
    node_ = model_.mutable_graph()->add_node();
    node_->set_op_type(type);
    std::string name = "n";
    name += std::to_string(model_.graph().node_size() - 1);
    node_->set_name(name);
    for (const std::string& input : inputs) node_->add_input(input);
    node_->add_output(output);
    return *this;
  }
  // Attributes of the last node.
  OnnxTestModel& Int(const std::string& name, int64_t value) {
    Attribute(name, onnx::AttributeProto::INT)->set_i(value);
    return *this;
  }
  OnnxTestModel& Float(const std::string& name, float value) {
    Attribute(name, onnx::AttributeProto::FLOAT)->set_f(value);
    return *this;
  }
  OnnxTestModel& Text(const std::string& name, const std::string& value) {
    Attribute(name, onnx::AttributeProto::STRING)->set_s(value);
    return *this;
  }
  OnnxTestModel& List(const std::string& name, const std::vector<int64_t>& values) {
    auto* attribute = Attribute(name, onnx::AttributeProto::INTS);
    for (const int64_t value : values) attribute->add_ints(value);
    return *this;
  }
  onnx::NodeProto* node() { return node_; }
  onnx::ModelProto& proto() { return model_; }

  std::vector<uint8_t> Bytes() const {
    const std::string text = model_.SerializeAsString();
    return {text.begin(), text.end()};
  }

 private:
  static onnx::TypeProto_Tensor* Value(onnx::ValueInfoProto* info, const std::string& name) {
    info->set_name(name);
    auto* type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    return type;
  }
  onnx::AttributeProto* Attribute(const std::string& name,
                                  onnx::AttributeProto::AttributeType type) {
    auto* attribute = node_->add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return attribute;
  }

  onnx::ModelProto model_;
  onnx::NodeProto* node_ = nullptr;
};

}  // namespace fragua::model
