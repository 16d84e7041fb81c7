#pragma once
// From an operator of the graph to a kernel call: parameters are derived once, when the operator is
// prepared; running it only looks up its tensors.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "fragua/driver/arm_kernels.h"

namespace fragua::driver::prepare {

/// One operator of a validated graph, with its tensors and the threads it may use at hand.
class OpView {
 public:
  OpView(const model::Graph& graph, int index, WorkerPool* pool = nullptr)
      : graph_(graph), op_(graph.ops.at(static_cast<size_t>(index))), index_(index), pool_(pool) {}

  const model::Op& op() const { return op_; }
  const model::Attributes& attributes() const { return op_.attributes; }
  WorkerPool* pool() const { return pool_; }
  int input_count() const { return static_cast<int>(op_.inputs.size()); }
  bool has_input(int i) const {
    return i < input_count() && op_.inputs[static_cast<size_t>(i)] >= 0;
  }
  int input_index(int i) const { return op_.inputs.at(static_cast<size_t>(i)); }
  int output_index() const { return op_.outputs.at(0); }
  const model::Tensor& input(int i = 0) const { return graph_.tensor(input_index(i)); }
  const model::Tensor& output() const { return graph_.tensor(output_index()); }

  /// Throws Error(kInput) naming the operator and its position.
  [[noreturn]] void Refuse(const std::string& why) const;
  /// Refuses unless the tensor has this type.
  void Require(const model::Tensor& tensor, model::DataType type) const;
  /// Per-tensor parameters; refuses tensors that have none.
  double ScaleOf(const model::Tensor& tensor) const;
  int32_t ZeroPointOf(const model::Tensor& tensor) const;
  /// Refuses unless the tensor is one NHWC map of batch 1.
  MapShape MapOf(const model::Tensor& tensor) const;
  WindowShape WindowOf(int height, int width) const;

 private:
  const model::Graph& graph_;
  const model::Op& op_;
  int index_;
  WorkerPool* pool_;
};

/// Limits of the operator's fused activation in units of its output.
struct ActRange {
  int32_t min = -128;
  int32_t max = 127;
};
ActRange RangeOf(const OpView& view, model::Activation activation);

using Body = std::function<void(TensorStore&)>;

Body Conv(const OpView& view, const ArmKernels& kernels);
Body Depthwise(const OpView& view, const ArmKernels& kernels);
Body FullyConnected(const OpView& view, const ArmKernels& kernels);
Body Pool(const OpView& view, const ArmKernels& kernels);
Body Add(const OpView& view, const ArmKernels& kernels);
Body Relu(const OpView& view, const ArmKernels& kernels);
Body Mean(const OpView& view, const ArmKernels& kernels);
Body Softmax(const OpView& view, const ArmKernels& kernels);
Body Quantize(const OpView& view, const ArmKernels& kernels);
Body Dequantize(const OpView& view);
Body Concatenation(const OpView& view);
Body Pad(const OpView& view);
Body Reshape(const OpView& view);
Body Transpose(const OpView& view);

/// The scalars of an ADD, its tensors left to the caller.
AddArgs AddOf(const OpView& view);

/// The rescaling end of a MEAN over `count` values; sums and output are left to the caller.
MeanArgs MeanOf(const OpView& view, int64_t count);

inline const int8_t* In(const TensorStore& store, int tensor) {
  return store.View<int8_t>(tensor).data();
}
inline int8_t* Out(TensorStore& store, int tensor) {
  return reinterpret_cast<int8_t*>(store.Create(tensor).data());
}

}  // namespace fragua::driver::prepare
