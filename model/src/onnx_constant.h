#pragma once
// Constants of an ONNX file: initialisers and Constant nodes, widened to float or int64.

#include <cstdint>
#include <string>
#include <vector>

#include "onnx_proto.h"

namespace fragua::model::onnx_import {

/// Row-major values with ONNX's own dimension order. Exactly one of the two vectors is in use.
struct Constant {
  std::vector<int64_t> dims;  ///< empty = scalar
  std::vector<float> floats;
  std::vector<int64_t> ints;
  bool is_int = false;
  int64_t elements() const { return static_cast<int64_t>(is_int ? ints.size() : floats.size()); }
};

/// Decodes and checks a tensor; `where` begins every error text.
Constant DecodeTensor(const onnx::TensorProto& proto, const std::string& where);

Constant FloatConstant(std::vector<int64_t> dims, std::vector<float> values);
Constant IntConstant(std::vector<int64_t> dims, std::vector<int64_t> values);

/// IEEE 754 binary16 to binary32, exact.
float HalfToFloat(uint16_t half);

}  // namespace fragua::model::onnx_import
