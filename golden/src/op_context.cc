#include "op_context.h"

#include <fmt/format.h>

#include "fragua/model/error.h"

namespace fragua::golden {

OpContext::OpContext(const model::Graph& graph, int op_index, Values& values, bool reference_only)
    : graph_(graph),
      op_(graph.ops.at(static_cast<size_t>(op_index))),
      index_(op_index),
      values_(values),
      reference_only_(reference_only) {}

bool OpContext::has_input(int i) const {
  return i < input_count() && op_.inputs[static_cast<size_t>(i)] >= 0;
}

const model::Tensor& OpContext::input(int i) const {
  FRAGUA_CHECK(has_input(i), fmt::format("operator '{}' has no input {}", op_.name, i));
  return graph_.tensor(op_.inputs[static_cast<size_t>(i)]);
}

const model::Tensor& OpContext::output() const { return graph_.tensor(op_.outputs.at(0)); }

std::span<const uint8_t> OpContext::InputBytes(int i) const {
  const model::Tensor& tensor = input(i);
  if (tensor.is_constant()) return tensor.data;
  return values_[static_cast<size_t>(op_.inputs[static_cast<size_t>(i)])];
}

std::span<uint8_t> OpContext::OutputBytes() const {
  return values_[static_cast<size_t>(op_.outputs.at(0))];
}

void OpContext::Refuse(const std::string& why) const {
  ThrowInput(fmt::format("operator {} '{}' ({}) cannot be executed: {}", index_, op_.name,
                         model::Name(op_.type), why));
}

void OpContext::RequireTypes(model::DataType in, model::DataType out) const {
  if (input(0).type == in && output().type == out) return;
  Refuse(fmt::format("types {} -> {} are not implemented, expected {} -> {}",
                     model::Name(input(0).type), model::Name(output().type), model::Name(in),
                     model::Name(out)));
}

MapShape OpContext::Map(const model::Tensor& tensor) const {
  const auto& s = tensor.shape;
  if (s.size() != 4 || s[0] != 1) {
    Refuse(fmt::format("tensor '{}' has shape [{}], expected [1, height, width, channels]",
                       tensor.name, fmt::join(s, ", ")));
  }
  return {s[1], s[2], s[3]};
}

}  // namespace fragua::golden
