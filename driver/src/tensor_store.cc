#include "fragua/driver/tensor_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::driver {

TensorStore::TensorStore(const model::Graph& graph)
    : graph_(&graph), values_(graph.tensors.size()), present_(graph.tensors.size()) {}

int64_t TensorStore::SizeInBytes(int tensor) const {
  const model::Tensor& t = graph_->tensor(tensor);
  return t.elements() * SizeOf(t.type);
}

std::span<uint8_t> TensorStore::Create(int tensor) {
  const auto index = static_cast<size_t>(tensor);
  FRAGUA_CHECK(!graph_->tensor(tensor).is_constant(),
               fmt::format("tensor {} is a constant", tensor));
  values_[index].resize(static_cast<size_t>(SizeInBytes(tensor)));
  present_[index] = true;
  return values_[index];
}

void TensorStore::Set(int tensor, std::span<const uint8_t> bytes) {
  if (static_cast<int64_t>(bytes.size()) != SizeInBytes(tensor)) {
    ThrowInput(fmt::format("tensor '{}': found {} bytes, expected {}", graph_->tensor(tensor).name,
                           bytes.size(), SizeInBytes(tensor)));
  }
  std::copy(bytes.begin(), bytes.end(), Create(tensor).begin());
}

bool TensorStore::Has(int tensor) const {
  return graph_->tensor(tensor).is_constant() || present_[static_cast<size_t>(tensor)];
}

std::span<const uint8_t> TensorStore::Bytes(int tensor) const {
  const model::Tensor& t = graph_->tensor(tensor);
  if (t.is_constant()) return t.data;
  FRAGUA_CHECK(present_[static_cast<size_t>(tensor)],
               fmt::format("tensor {} ('{}') has not been computed", tensor, t.name));
  return values_[static_cast<size_t>(tensor)];
}

void TensorStore::Release(int tensor) {
  values_[static_cast<size_t>(tensor)] = {};
  present_[static_cast<size_t>(tensor)] = false;
}

void TensorStore::Clear() {
  for (size_t i = 0; i < values_.size(); ++i) Release(static_cast<int>(i));
}

}  // namespace fragua::driver
