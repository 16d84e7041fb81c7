#include "onnx_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::model::onnx_import {

using onnx::AttributeProto;

Node::Node(const onnx::NodeProto& proto, int position, int opset, std::string file)
    : proto_(proto), position_(position), opset_(opset), file_(std::move(file)) {}

std::string Node::where() const {
  const std::string& name =
      proto_.name().empty() && proto_.output_size() > 0 ? proto_.output(0) : proto_.name();
  return fmt::format("{}: node {} '{}' ({})", file_, position_, name, type());
}

void Node::Fail(const std::string& text) const { ThrowInput(fmt::format("{}: {}", where(), text)); }

const std::string& Node::input(int index) const {
  static const std::string kAbsent;
  return index < proto_.input_size() ? proto_.input(index) : kAbsent;
}

const std::string& Node::output(int index) const {
  static const std::string kAbsent;
  return index < proto_.output_size() ? proto_.output(index) : kAbsent;
}

const AttributeProto* Node::Find(std::string_view name) const {
  const auto& all = proto_.attribute();
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const AttributeProto& a) { return a.name() == name; });
  return it == all.end() ? nullptr : &*it;
}

const AttributeProto* Node::FindTyped(std::string_view name,
                                      AttributeProto::AttributeType type) const {
  const AttributeProto* attribute = Find(name);
  // The oldest files leave the type out; the value field then speaks for itself.
  if (attribute != nullptr && attribute->type() != type &&
      attribute->type() != AttributeProto::UNDEFINED) {
    Fail(fmt::format("attribute '{}' is of type {}, expected {}", name,
                     onnx::AttributeProto_AttributeType_Name(attribute->type()),
                     onnx::AttributeProto_AttributeType_Name(type)));
  }
  return attribute;
}

int64_t Node::Int(std::string_view name, int64_t fallback) const {
  const AttributeProto* attribute = FindTyped(name, AttributeProto::INT);
  return attribute == nullptr ? fallback : attribute->i();
}

float Node::Float(std::string_view name, float fallback) const {
  const AttributeProto* attribute = FindTyped(name, AttributeProto::FLOAT);
  return attribute == nullptr ? fallback : attribute->f();
}

std::string Node::String(std::string_view name, const std::string& fallback) const {
  const AttributeProto* attribute = FindTyped(name, AttributeProto::STRING);
  return attribute == nullptr ? fallback : attribute->s();
}

std::vector<int64_t> Node::Ints(std::string_view name, std::vector<int64_t> fallback) const {
  const AttributeProto* attribute = FindTyped(name, AttributeProto::INTS);
  if (attribute == nullptr) return fallback;
  return {attribute->ints().begin(), attribute->ints().end()};
}

std::vector<float> Node::Floats(std::string_view name) const {
  const AttributeProto* attribute = FindTyped(name, AttributeProto::FLOATS);
  if (attribute == nullptr) return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

const onnx::TensorProto& Node::Tensor(std::string_view name) const {
  const AttributeProto* attribute = FindTyped(name, AttributeProto::TENSOR);
  if (attribute == nullptr) Fail(fmt::format("attribute '{}' is missing", name));
  return attribute->t();
}

void Node::CheckInputs(int min, int max) const {
  if (input_count() >= min && input_count() <= max) return;
  Fail(fmt::format("has {} inputs, expected {} to {}", input_count(), min, max));
}

std::string Node::ReadableName() const {
  const auto is_number = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
  };
  constexpr std::string_view kWeight = ".weight";
  if (std::string_view(input(1)).ends_with(kWeight) && input(1).size() > kWeight.size()) {
    return input(1).substr(0, input(1).size() - kWeight.size());
  }
  // Recent exporters write a path that ends in the operator's type: "/features/features.0/Conv".
  std::string name = proto_.name();
  if (name.starts_with('/')) {
    name.erase(0, 1);
    if (name.ends_with("/" + type())) name.resize(name.size() - type().size() - 1);
  }
  if (!name.empty()) return name;
  if (!is_number(output(0))) return output(0);
  std::string lower = type();
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return fmt::format("{}_{:02}", lower, position_);
}

}  // namespace fragua::model::onnx_import
