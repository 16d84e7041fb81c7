#pragma once
// Byte-for-byte comparison of two values of one tensor, tolerance 0.

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "fragua/model/graph.h"

namespace fragua::golden {

/// The first element that differs, in the order of memory. Coordinates are NHWC; a tensor of fewer
/// dimensions fills them from the right (a vector has row 0, column 0), one of more has its leading
/// dimensions in `row`.
struct Mismatch {
  std::string op;      ///< as given by the caller, e.g. "fire2/squeeze1x1"
  std::string tensor;  ///< the tensor's name
  int64_t row = 0, column = 0, channel = 0;
  double expected = 0, got = 0;  ///< element values; exact for int8, uint8, int32 and float
  int64_t count = 0;             ///< elements that differ
  int64_t elements = 0;          ///< elements compared
};

/// Nothing if all bytes are equal. Both spans must have exactly the tensor's bytes, otherwise
/// throws Error(kCheck): a result of the wrong size is a mismatch of its own kind.
std::optional<Mismatch> Compare(const std::string& op, const model::Tensor& tensor,
                                std::span<const uint8_t> expected, std::span<const uint8_t> got);

/// One line: operator, tensor, position, expected, got, how many.
std::string Describe(const Mismatch& mismatch);

}  // namespace fragua::golden
