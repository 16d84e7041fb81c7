#pragma once
// What every check of one operator needs: its tensors, and an error text that says where the
// operator stands.

#include <string>
#include <utility>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::model::internal {

class OpChecker {
 public:
  OpChecker(const Graph& graph, size_t index)
      : graph_(graph), op_(graph.ops[index]), index_(index) {}

  /// Everything that can be said about the operator. Its tensor indices must be right already.
  void Check() const;

 private:
  [[noreturn]] void Fail(const std::string& text) const;
  void Require(bool condition, const std::string& text) const {
    if (!condition) Fail(text);
  }
  const Tensor& in(size_t i) const { return graph_.tensor(op_.inputs[i]); }
  const Tensor& out() const { return graph_.tensor(op_.outputs[0]); }
  bool is_int8() const { return in(0).type == DataType::kInt8; }

  // op_checker.cc: operands.
  void CheckInputCount() const;
  void CheckRank(const Tensor& tensor, size_t rank, const char* what) const;
  void CheckActivationType(const Tensor& tensor, const char* what) const;
  void CheckSameTypes() const;
  void CheckSameQuantization(const Tensor& tensor) const;
  void CheckWeights(int axis, const char* layout) const;
  void CheckBias(int channels) const;
  void CheckOutputShape() const;

  // op_rules.cc: operators.
  std::pair<int, int> WindowedExtents() const;
  void CheckWindow() const;
  void CheckConv2d() const;
  void CheckDepthwise() const;
  void CheckFullyConnected() const;
  void CheckAdd() const;
  void CheckPool() const;
  void CheckMean() const;
  void CheckConcatenation() const;
  void CheckPad() const;
  void CheckReshape() const;
  void CheckSoftmax() const;
  void CheckQuantize() const;
  void CheckDequantize() const;
  void CheckTranspose() const;

  const Graph& graph_;
  const Op& op_;
  size_t index_;
};

}  // namespace fragua::model::internal
