#pragma once
// What one operator sees of a running graph: its attributes, its tensors, and typed views of their
// bytes.

#include <cstdint>
#include <span>
#include <string>

#include "fragua/golden/executor.h"
#include "fragua/model/graph.h"

namespace fragua::golden {

/// A map of batch 1: height, width, channels (NHWC).
struct MapShape {
  int h = 1, w = 1, c = 1;
  int64_t pixels() const { return static_cast<int64_t>(h) * w; }
};

class OpContext {
 public:
  OpContext(const model::Graph& graph, int op_index, Values& values, bool reference_only);

  const model::Op& op() const { return op_; }
  const model::Attributes& attributes() const { return op_.attributes; }
  bool reference_only() const { return reference_only_; }

  int input_count() const { return static_cast<int>(op_.inputs.size()); }
  /// Optional operands (a bias) may be left out or be -1.
  bool has_input(int i) const;
  const model::Tensor& input(int i) const;
  const model::Tensor& output() const;

  /// Views of the bytes as elements; the caller has checked the type.
  template <typename T>
  std::span<const T> In(int i) const {
    const std::span<const uint8_t> bytes = InputBytes(i);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T>
  std::span<T> Out() const {
    const std::span<uint8_t> bytes = OutputBytes();
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  std::span<const uint8_t> InputBytes(int i) const;
  std::span<uint8_t> OutputBytes() const;

  /// The operator cannot be run as the graph has it: throws Error(kInput) naming it and its
  /// position.
  [[noreturn]] void Refuse(const std::string& why) const;
  /// Refuses unless input 0 and the output have the given type.
  void RequireTypes(model::DataType input, model::DataType output) const;
  /// Refuses unless the tensor is one batch of a rank-4 NHWC map.
  MapShape Map(const model::Tensor& tensor) const;

 private:
  const model::Graph& graph_;
  const model::Op& op_;
  int index_;
  Values& values_;
  bool reference_only_;
};

}  // namespace fragua::golden
