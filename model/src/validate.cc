// The structure of a graph: indices, order, tensors. The rules of the operators are in op_rules.cc.

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "fragua/model/error.h"
#include "fragua/model/graph.h"
#include "fragua/model/shapes.h"
#include "op_checker.h"

namespace fragua::model {
namespace {

/// More elements than any tensor that fits the boards in question, few enough that int arithmetic
/// is safe.
constexpr int64_t kMaxElements = int64_t{1} << 28;

[[noreturn]] void Fail(const Graph& graph, const std::string& text) {
  ThrowInput(graph.name + ": " + text);
}

void CheckQuantization(const Graph& graph, const Tensor& tensor) {
  const Quantization& quant = tensor.quant;
  if (quant.scale.size() != quant.zero_point.size()) {
    Fail(graph, fmt::format("tensor '{}' has {} scales but {} zero points", tensor.name,
                            quant.scale.size(), quant.zero_point.size()));
  }
  for (float scale : quant.scale) {
    if (!std::isfinite(scale) || scale <= 0) {
      Fail(graph, fmt::format("tensor '{}' has scale {}, expected a finite number above 0",
                              tensor.name, scale));
    }
  }
  const bool is_unsigned = tensor.type == DataType::kUInt8;
  const int32_t least = is_unsigned ? 0 : -128, most = is_unsigned ? 255 : 127;
  for (int32_t zero : quant.zero_point) {
    if (zero < least || zero > most) {
      Fail(graph, fmt::format("tensor '{}' has zero point {}, expected {}..{}", tensor.name, zero,
                              least, most));
    }
  }
  if (quant.scale.size() > 1) {
    const auto axis = static_cast<size_t>(quant.axis);
    if (quant.axis < 0 || axis >= tensor.shape.size() ||
        static_cast<size_t>(tensor.shape[axis]) != quant.scale.size()) {
      Fail(graph, fmt::format("tensor '{}' {} has {} scales along axis {}", tensor.name,
                              ShapeText(tensor.shape), quant.scale.size(), quant.axis));
    }
  }
}

void CheckTensor(const Graph& graph, const Tensor& tensor) {
  constexpr size_t kMaxRank = 6;
  if (tensor.shape.size() > kMaxRank) {
    Fail(graph, fmt::format("tensor '{}' has {} dimensions, expected at most {}", tensor.name,
                            tensor.shape.size(), kMaxRank));
  }
  int64_t elements = 1;
  for (int extent : tensor.shape) {
    elements = extent < 1 || extent > kMaxElements ? 0 : elements * extent;
    if (elements < 1 || elements > kMaxElements) {
      Fail(graph,
           fmt::format("tensor '{}' has shape {}; every dimension must be at least 1 and the "
                       "tensor at most {} elements",
                       tensor.name, ShapeText(tensor.shape), kMaxElements));
    }
  }
  const int64_t bytes = elements * SizeOf(tensor.type);
  if (tensor.is_constant() && static_cast<int64_t>(tensor.data.size()) != bytes) {
    Fail(graph, fmt::format("constant '{}' {} {} has {} bytes, expected {}", tensor.name,
                            ShapeText(tensor.shape), Name(tensor.type), tensor.data.size(), bytes));
  }
  CheckQuantization(graph, tensor);
}

/// Follows the operators and knows which tensors have a value.
class OrderChecker {
 public:
  explicit OrderChecker(const Graph& graph) : graph_(graph), ready_(graph.tensors.size()) {}

  void Check() {
    if (graph_.inputs.empty() || graph_.outputs.empty()) Fail(graph_, "has no input or no output");
    for (int input : graph_.inputs) {
      Define(input, "graph input");
      const std::vector<int>& shape = graph_.tensor(input).shape;
      if (shape.empty() || shape[0] != 1) {
        Fail(graph_, fmt::format("input '{}' has shape {}; only batch 1 is supported",
                                 graph_.tensor(input).name, ShapeText(shape)));
      }
    }
    for (size_t i = 0; i < graph_.ops.size(); ++i) CheckOp(i);
    for (int output : graph_.outputs) Use(output, "graph output");
  }

 private:
  void CheckIndex(int index, const std::string& user) const {
    if (index < 0 || static_cast<size_t>(index) >= graph_.tensors.size()) {
      Fail(graph_, fmt::format("{} refers to tensor {}, but there are {}", user, index,
                               graph_.tensors.size()));
    }
  }
  void Define(int index, const std::string& user) {
    CheckIndex(index, user);
    if (graph_.tensor(index).is_constant() || ready_[static_cast<size_t>(index)]) {
      Fail(graph_, fmt::format("{} writes tensor '{}', which has a value already", user,
                               graph_.tensor(index).name));
    }
    ready_[static_cast<size_t>(index)] = true;
  }
  void Use(int index, const std::string& user) const {
    CheckIndex(index, user);
    if (!graph_.tensor(index).is_constant() && !ready_[static_cast<size_t>(index)]) {
      Fail(graph_, fmt::format("{} reads tensor '{}', which has no value at that point", user,
                               graph_.tensor(index).name));
    }
  }
  void CheckOp(size_t i) {
    const Op& op = graph_.ops[i];
    const std::string user = fmt::format("operator {} ({} '{}')", i, Name(op.type), op.name);
    if (op.name.empty() || !names_.insert(op.name).second) {
      Fail(graph_, user + " has no name of its own");
    }
    for (int input : op.inputs) {
      if (input != -1) Use(input, user);
    }
    for (int output : op.outputs) CheckIndex(output, user);
    internal::OpChecker(graph_, i).Check();
    for (int output : op.outputs) Define(output, user);
  }

  const Graph& graph_;
  std::vector<bool> ready_;
  std::set<std::string> names_;
};

}  // namespace

void Validate(const Graph& graph) {
  for (const Tensor& tensor : graph.tensors) CheckTensor(graph, tensor);
  OrderChecker(graph).Check();
}

}  // namespace fragua::model
