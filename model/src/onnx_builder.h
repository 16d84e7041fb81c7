#pragma once
// The graph under construction and what is known about each ONNX value so far.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fragua/model/graph.h"
#include "onnx_constant.h"
#include "onnx_node.h"

namespace fragua::model::onnx_import {

/// An ONNX value: either an activation of the graph or a constant known now.
struct Value {
  int tensor = -1;  ///< graph tensor of an activation; -1 = constant
  std::shared_ptr<const Constant> constant;
  /// Read exactly once, all aliases counted: its producer may absorb the reader.
  bool exclusive = false;
};

/// Four-dimensional activations are NCHW in ONNX and NHWC in the graph; all other ranks agree.
std::vector<int> ToGraphShape(const std::vector<int64_t>& dims);
std::vector<int64_t> ToOnnxDims(const std::vector<int>& shape);

class GraphBuilder {
 public:
  Graph& graph() { return graph_; }

  /// How often each value is read, graph outputs included.
  void SetUses(std::map<std::string, int> uses) { uses_ = std::move(uses); }

  void DefineInput(const std::string& name, const std::vector<int64_t>& dims);
  void DefineConstant(const std::string& name, Constant constant);
  /// The named output of a node is graph tensor `tensor`.
  void DefineActivation(const std::string& name, int tensor);
  /// Output 0 of `node` is its input `index`, unchanged.
  void DefineAlias(const Node& node, int index);
  /// Output 0 of `node` is what the producer of its (exclusive) input already computes, fused.
  void DefineFused(const Node& node, int index);

  bool IsKnown(const std::string& name) const { return values_.contains(name); }
  const Value& At(const std::string& name) const { return values_.at(name); }

  /// The value of an operand; fails if absent or not produced by an earlier node.
  const Value& Input(const Node& node, int index) const;
  /// Graph tensor of an operand; fails if it is a constant.
  int Activation(const Node& node, int index) const;
  /// As above, with the ONNX rank checked.
  int Activation4d(const Node& node, int index) const;
  const Constant& ConstantInput(const Node& node, int index) const;
  const std::vector<float>& Floats(const Node& node, int index) const;
  const std::vector<int64_t>& Ints(const Node& node, int index) const;

  int AddActivation(const std::string& name, std::vector<int> shape);
  int AddWeights(const std::string& name, std::vector<int> shape, const std::vector<float>& values);
  /// Appends an operator with a unique name made from the node's; the reference is valid until the
  /// next call.
  Op& AddOp(OpType type, const Node& node, std::vector<int> inputs, int output,
            const std::string& suffix = "");
  /// The operator that computes input `index`, if that input is read by this node only; else null.
  Op* ExclusiveProducer(const Node& node, int index);

  const std::vector<int>& shape(int tensor) const { return graph_.tensor(tensor).shape; }
  std::vector<float> Weights(int tensor) const;
  void SetWeights(int tensor, const std::vector<float>& values);

 private:
  int Uses(const std::string& name) const;

  Graph graph_;
  std::map<std::string, Value> values_;
  std::map<std::string, int> uses_;
  std::map<int, size_t> producer_;  // tensor -> operator
  std::set<std::string> op_names_;
};

}  // namespace fragua::model::onnx_import
