#include "fragua/golden/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "fragua/model/error.h"

namespace fragua::golden {
namespace {

template <typename T>
double Load(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return static_cast<double>(value);
}

double Element(model::DataType type, const uint8_t* bytes) {
  switch (type) {
    case model::DataType::kFloat32:
      return Load<float>(bytes);
    case model::DataType::kInt8:
      return Load<int8_t>(bytes);
    case model::DataType::kUInt8:
      return Load<uint8_t>(bytes);
    case model::DataType::kInt32:
      return Load<int32_t>(bytes);
    case model::DataType::kInt64:
      return Load<int64_t>(bytes);
  }
  FRAGUA_CHECK(false, fmt::format("data type {}", static_cast<int>(type)));
  return 0;
}

}  // namespace

std::optional<Mismatch> Compare(const std::string& op, const model::Tensor& tensor,
                                std::span<const uint8_t> expected, std::span<const uint8_t> got) {
  const auto size = static_cast<size_t>(model::SizeOf(tensor.type));
  const auto elements = static_cast<size_t>(tensor.elements());
  if (expected.size() != elements * size || got.size() != elements * size) {
    throw Error(ErrorKind::kCheck,
                fmt::format("operator '{}', tensor '{}' [{}]: expected {} bytes and got {}, the "
                            "shape needs {}",
                            op, tensor.name, fmt::join(tensor.shape, ", "), expected.size(),
                            got.size(), elements * size));
  }
  Mismatch mismatch;
  for (size_t i = 0; i < elements; ++i) {
    const uint8_t *a = expected.data() + i * size, *b = got.data() + i * size;
    if (std::equal(a, a + size, b)) continue;
    if (mismatch.count++ > 0) continue;
    const size_t rank = tensor.shape.size();
    const auto channels = static_cast<size_t>(rank > 0 ? tensor.shape[rank - 1] : 1);
    const auto columns = static_cast<size_t>(rank > 1 ? tensor.shape[rank - 2] : 1);
    // A matrix [1, classes] is a vector: its rows are already the batch.
    mismatch.channel = static_cast<int64_t>(i % channels);
    mismatch.column = static_cast<int64_t>(i / channels % columns);
    mismatch.row = static_cast<int64_t>(i / channels / columns);
    mismatch.expected = Element(tensor.type, a);
    mismatch.got = Element(tensor.type, b);
  }
  if (mismatch.count == 0) return std::nullopt;
  mismatch.op = op;
  mismatch.tensor = tensor.name;
  mismatch.elements = static_cast<int64_t>(elements);
  return mismatch;
}

std::string Describe(const Mismatch& m) {
  return fmt::format(
      "{}: tensor '{}', row {}, column {}, channel {}: expected {}, got {} ({} of {} "
      "elements differ)",
      m.op, m.tensor, m.row, m.column, m.channel, m.expected, m.got, m.count, m.elements);
}

}  // namespace fragua::golden
