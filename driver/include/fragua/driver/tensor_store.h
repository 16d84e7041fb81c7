#pragma once
// The activations of one inference on the processor's side, by tensor index. Constants are read
// from the graph itself.

#include <cstdint>
#include <span>
#include <vector>

#include "fragua/model/graph.h"

namespace fragua::driver {

/// Keeps a reference to the graph: the graph must outlive the store and keep its tensors.
class TensorStore {
 public:
  explicit TensorStore(const model::Graph& graph);

  /// Room for the tensor, exactly elements * SizeOf(type) bytes, contents unspecified. Calling it
  /// again keeps the room. `tensor` must not be a constant.
  std::span<uint8_t> Create(int tensor);
  /// Copies a whole tensor in; throws Error(kInput) with found and expected bytes when the size
  /// differs.
  void Set(int tensor, std::span<const uint8_t> bytes);
  /// True for constants and for tensors that have been created.
  bool Has(int tensor) const;
  /// A constant's data or a created tensor's bytes; Has(tensor) must hold.
  std::span<const uint8_t> Bytes(int tensor) const;
  /// The same, as elements; T must have the size of the tensor's type.
  template <typename T>
  std::span<const T> View(int tensor) const {
    const std::span<const uint8_t> bytes = Bytes(tensor);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// Bytes of a tensor by its shape and type.
  int64_t SizeInBytes(int tensor) const;
  /// Gives the room back; the tensor is absent afterwards.
  void Release(int tensor);
  void Clear();

 private:
  const model::Graph* graph_;
  std::vector<std::vector<uint8_t>> values_;
  std::vector<bool> present_;
};

}  // namespace fragua::driver
