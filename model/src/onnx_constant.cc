#include "onnx_constant.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::model::onnx_import {
namespace {

using onnx::TensorProto;

// Networks for this class of part have a few million weights; anything beyond this is a corrupt
// shape.
constexpr int64_t kMaxElements = int64_t{1} << 29;

int64_t CountElements(const TensorProto& proto, const std::string& where) {
  int64_t count = 1;
  for (const int64_t dim : proto.dims()) {
    if (dim < 0 || dim > kMaxElements) {
      ThrowInput(fmt::format("{}: dimension {} of constant '{}' is out of range", where, dim,
                             proto.name()));
    }
    count *= dim;
    if (count > kMaxElements) {
      ThrowInput(fmt::format("{}: constant '{}' claims more than {} elements; the file is corrupt",
                             where, proto.name(), kMaxElements));
    }
  }
  return count;
}

void CheckCount(const TensorProto& proto, int64_t found, int64_t expected,
                const std::string& where) {
  if (found == expected) return;
  ThrowInput(fmt::format(
      "{}: constant '{}' holds {} values, its shape says {}; the file is truncated or corrupt",
      where, proto.name(), found, expected));
}

// ONNX stores raw data little-endian, like every machine this runs on.
static_assert(std::endian::native == std::endian::little);

template <typename T, typename Out, typename Convert>
void Widen(const TensorProto& proto, int64_t count, const std::string& where, Convert convert,
           std::vector<Out>& out) {
  const std::string& raw = proto.raw_data();
  if (raw.size() % sizeof(T) != 0) {
    ThrowInput(fmt::format("{}: constant '{}' has {} bytes, not a multiple of {}", where,
                           proto.name(), raw.size(), sizeof(T)));
  }
  CheckCount(proto, static_cast<int64_t>(raw.size() / sizeof(T)), count, where);
  out.resize(static_cast<size_t>(count));
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
    out[i] = convert(value);
  }
}

template <typename Field, typename Out, typename Convert>
void Copy(const TensorProto& proto, const Field& field, int64_t count, const std::string& where,
          Convert convert, std::vector<Out>& out) {
  CheckCount(proto, field.size(), count, where);
  out.reserve(static_cast<size_t>(count));
  for (const auto value : field) out.push_back(convert(value));
}

}  // namespace

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16;
  const uint32_t exponent = (half >> 10) & 0x1FU;
  const uint32_t fraction = half & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24 is exact in binary32
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide_exponent = exponent == 31 ? 255U : exponent + 112U;
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (fraction << 13));
}

Constant DecodeTensor(const TensorProto& proto, const std::string& where) {
  if (proto.data_location() == TensorProto::EXTERNAL) {
    ThrowInput(
        fmt::format("{}: constant '{}' is kept in another file; save the model with its "
                    "data inside",
                    where, proto.name()));
  }
  Constant result;
  result.dims.assign(proto.dims().begin(), proto.dims().end());
  const int64_t count = CountElements(proto, where);
  const bool raw = proto.has_raw_data();
  const auto same = [](float v) { return v; };
  const auto narrow = [](double v) { return static_cast<float>(v); };
  const auto half = [](auto v) { return HalfToFloat(static_cast<uint16_t>(v)); };
  const auto wide = [](auto v) { return static_cast<int64_t>(v); };
  switch (proto.data_type()) {
    case TensorProto::FLOAT:
      raw ? Widen<float>(proto, count, where, same, result.floats)
          : Copy(proto, proto.float_data(), count, where, same, result.floats);
      break;
    case TensorProto::DOUBLE:
      raw ? Widen<double>(proto, count, where, narrow, result.floats)
          : Copy(proto, proto.double_data(), count, where, narrow, result.floats);
      break;
    case TensorProto::FLOAT16:
      raw ? Widen<uint16_t>(proto, count, where, half, result.floats)
          : Copy(proto, proto.int32_data(), count, where, half, result.floats);
      break;
    case TensorProto::INT64:
      raw ? Widen<int64_t>(proto, count, where, wide, result.ints)
          : Copy(proto, proto.int64_data(), count, where, wide, result.ints);
      result.is_int = true;
      break;
    case TensorProto::INT32:
      raw ? Widen<int32_t>(proto, count, where, wide, result.ints)
          : Copy(proto, proto.int32_data(), count, where, wide, result.ints);
      result.is_int = true;
      break;
    default:
      ThrowInput(
          fmt::format("{}: constant '{}' has data type {}; float32, float16, float64, "
                      "int32 and int64 are supported",
                      where, proto.name(),
                      onnx::TensorProto_DataType_Name(
                          static_cast<onnx::TensorProto_DataType>(proto.data_type()))));
  }
  return result;
}

Constant FloatConstant(std::vector<int64_t> dims, std::vector<float> values) {
  Constant result;
  result.dims = std::move(dims);
  result.floats = std::move(values);
  return result;
}

Constant IntConstant(std::vector<int64_t> dims, std::vector<int64_t> values) {
  Constant result;
  result.dims = std::move(dims);
  result.ints = std::move(values);
  result.is_int = true;
  return result;
}

}  // namespace fragua::model::onnx_import
