#include "op_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fragua/model/error.h"
#include "fragua/model/shapes.h"

namespace fragua::model::internal {

void OpChecker::Fail(const std::string& text) const {
  ThrowInput(fmt::format("{}: operator {} ({} '{}'): {}", graph_.name, index_,
                         model::Name(op_.type), op_.name, text));
}

void OpChecker::CheckInputCount() const {
  size_t least = 1, most = 1;
  switch (op_.type) {
    case OpType::kConv2d:
    case OpType::kDepthwiseConv2d:
    case OpType::kFullyConnected:
      least = 2;
      most = 3;
      break;
    case OpType::kAdd:
      least = most = 2;
      break;
    case OpType::kConcatenation:
      most = 4096;
      break;
    default:
      break;
  }
  const size_t count = op_.inputs.size();
  Require(count >= least && count <= most,
          fmt::format("found {} inputs, expected {} to {}", count, least, most));
  // Only the bias may be absent.
  for (size_t i = 0; i < count; ++i) {
    const bool optional = most == 3 && i == 2;
    Require(op_.inputs[i] >= 0 || optional, fmt::format("input {} is absent", i));
  }
}

void OpChecker::CheckRank(const Tensor& tensor, size_t rank, const char* what) const {
  Require(tensor.shape.size() == rank,
          fmt::format("{} '{}' has shape {}, expected {} dimensions", what, tensor.name,
                      ShapeText(tensor.shape), rank));
}

void OpChecker::CheckActivationType(const Tensor& tensor, const char* what) const {
  const bool known = tensor.type == DataType::kInt8 || tensor.type == DataType::kFloat32;
  Require(known, fmt::format("{} '{}' is {}, expected int8 or float32", what, tensor.name,
                             model::Name(tensor.type)));
  Require(tensor.type != DataType::kInt8 || tensor.quant.scale.size() == 1,
          fmt::format("{} '{}' is int8 with {} scales, expected 1", what, tensor.name,
                      tensor.quant.scale.size()));
}

void OpChecker::CheckSameTypes() const {
  Require(in(0).type == out().type,
          fmt::format("input is {} but output is {}; only QUANTIZE and DEQUANTIZE convert",
                      model::Name(in(0).type), model::Name(out().type)));
}

void OpChecker::CheckSameQuantization(const Tensor& tensor) const {
  if (tensor.type != DataType::kInt8) return;
  const double expected = out().quant.scale[0], found = tensor.quant.scale[0];
  // Converters disagree in the last bits of a float; more than that changes values.
  const bool same = std::abs(expected - found) <= 1e-5 * std::max(expected, found) &&
                    tensor.quant.zero_point[0] == out().quant.zero_point[0];
  Require(same, fmt::format("copies values, but '{}' has scale {} zero point {} and the output has "
                            "scale {} zero point {}; requantise the input",
                            tensor.name, found, tensor.quant.zero_point[0], expected,
                            out().quant.zero_point[0]));
}

void OpChecker::CheckWeights(int axis, const char* layout) const {
  const Tensor& weights = in(1);
  Require(weights.is_constant(), fmt::format("weights '{}' are not constant", weights.name));
  Require(weights.type == in(0).type,
          fmt::format("weights '{}' are {} but the input is {}; convert the model to full-integer "
                      "int8 or to float32",
                      weights.name, model::Name(weights.type), model::Name(in(0).type)));
  if (!is_int8()) return;
  const Quantization& quant = weights.quant;
  const auto channels = static_cast<size_t>(weights.shape.at(static_cast<size_t>(axis)));
  Require(quant.scale.size() == 1 || quant.scale.size() == channels,
          fmt::format("weights '{}' have {} scales, expected 1 or {} (one per output channel)",
                      weights.name, quant.scale.size(), channels));
  Require(quant.scale.size() == 1 || quant.axis == axis,
          fmt::format("weights '{}' are quantised along axis {}, expected {} ({})", weights.name,
                      quant.axis, axis, layout));
  const bool symmetric = std::all_of(quant.zero_point.begin(), quant.zero_point.end(),
                                     [](int32_t zero) { return zero == 0; });
  Require(symmetric, fmt::format("weights '{}' have zero points other than 0; quantise them "
                                 "symmetrically",
                                 weights.name));
  // Accumulators are int32 and the factors Q31: a factor of 2^30 or more is not a scale but a
  // mistake.
  for (float scale : quant.scale) {
    const double factor = double{in(0).quant.scale[0]} * scale / out().quant.scale[0];
    Require(factor < 0x1p30,
            fmt::format("input scale * weight scale / output scale is {}", factor));
  }
}

void OpChecker::CheckBias(int channels) const {
  if (op_.inputs.size() < 3 || op_.inputs[2] < 0) return;
  const Tensor& bias = in(2);
  const DataType expected = is_int8() ? DataType::kInt32 : DataType::kFloat32;
  Require(bias.is_constant(), fmt::format("bias '{}' is not constant", bias.name));
  Require(bias.type == expected, fmt::format("bias '{}' is {}, expected {}", bias.name,
                                             model::Name(bias.type), model::Name(expected)));
  Require(bias.elements() == channels, fmt::format("bias '{}' has {} values, expected {}",
                                                   bias.name, bias.elements(), channels));
}

void OpChecker::CheckOutputShape() const {
  const std::vector<int> expected = InferShape(graph_, op_);
  Require(out().shape == expected, fmt::format("output '{}' has shape {}, expected {}", out().name,
                                               ShapeText(out().shape), ShapeText(expected)));
}

void OpChecker::Check() const {
  CheckInputCount();
  Require(op_.outputs.size() == 1, fmt::format("found {} outputs, expected 1", op_.outputs.size()));
  if (op_.type == OpType::kQuantize) {
    CheckQuantize();
  } else if (op_.type == OpType::kDequantize) {
    CheckDequantize();
  } else {
    CheckActivationType(in(0), "input");
    CheckActivationType(out(), "output");
    CheckSameTypes();
  }
  switch (op_.type) {
    case OpType::kConv2d:
      CheckConv2d();
      break;
    case OpType::kDepthwiseConv2d:
      CheckDepthwise();
      break;
    case OpType::kFullyConnected:
      CheckFullyConnected();
      break;
    case OpType::kAdd:
      CheckAdd();
      break;
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      CheckPool();
      break;
    case OpType::kMean:
      CheckMean();
      break;
    case OpType::kConcatenation:
      CheckConcatenation();
      break;
    case OpType::kPad:
      CheckPad();
      break;
    case OpType::kReshape:
      CheckReshape();
      break;
    case OpType::kSoftmax:
      CheckSoftmax();
      break;
    case OpType::kTranspose:
      CheckTranspose();
      break;
    case OpType::kRelu:
    case OpType::kRelu6:
    case OpType::kQuantize:
    case OpType::kDequantize:
      break;
  }
  CheckOutputShape();
}

}  // namespace fragua::model::internal
