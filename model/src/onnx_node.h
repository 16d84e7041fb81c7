#pragma once
// One ONNX node with typed attribute access and errors that say where it is.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onnx_proto.h"

namespace fragua::model::onnx_import {

class Node {
 public:
  /// Refers to `proto`, which must outlive the node.
  Node(const onnx::NodeProto& proto, int position, int opset, std::string file);

  const std::string& type() const { return proto_.op_type(); }
  /// Version of the standard operator set the file was written for.
  int opset() const { return opset_; }
  int position() const { return position_; }
  /// "FILE: node 7 'conv1' (Conv)".
  std::string where() const;
  [[noreturn]] void Fail(const std::string& text) const;

  int input_count() const { return proto_.input_size(); }
  int output_count() const { return proto_.output_size(); }
  /// Name of a value; empty when the optional operand is left out.
  const std::string& input(int index) const;
  const std::string& output(int index) const;
  bool HasInput(int index) const { return !input(index).empty(); }

  /// Attributes; an attribute of another type than asked for is an error.
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  int64_t Int(std::string_view name, int64_t fallback) const;
  float Float(std::string_view name, float fallback) const;
  std::string String(std::string_view name, const std::string& fallback) const;
  std::vector<int64_t> Ints(std::string_view name, std::vector<int64_t> fallback) const;
  std::vector<float> Floats(std::string_view name) const;
  const onnx::TensorProto& Tensor(std::string_view name) const;

  /// Fails unless between `min` and `max` inputs are there.
  void CheckInputs(int min, int max) const;

  /// A name for people: the stem of the weights ("features.3.squeeze" of
  /// "features.3.squeeze.weight"), else the node's name without decoration, else the output's name
  /// unless it is a number, else "conv_07".
  std::string ReadableName() const;

 private:
  const onnx::AttributeProto* Find(std::string_view name) const;
  const onnx::AttributeProto* FindTyped(std::string_view name,
                                        onnx::AttributeProto::AttributeType type) const;

  const onnx::NodeProto& proto_;
  int position_;
  int opset_;
  std::string file_;
};

}  // namespace fragua::model::onnx_import
