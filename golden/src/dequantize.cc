// DEQUANTIZE: scale * (q - zero point), rounded once to float.

#include <fmt/format.h>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {
namespace {

template <typename From>
void Run(const OpContext& context) {
  const PerTensor in = PerTensorOf(context, context.input(0));
  const std::span<const From> x = context.In<From>(0);
  const std::span<float> out = context.Out<float>();
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(double{in.scale} * (x[i] - in.zero_point));
  }
}

}  // namespace

void Dequantize(const OpContext& context) {
  using model::DataType;
  const DataType type = context.input(0).type;
  context.RequireTypes(type, DataType::kFloat32);
  if (type == DataType::kInt8) return Run<int8_t>(context);
  if (type == DataType::kUInt8) return Run<uint8_t>(context);
  context.Refuse(
      fmt::format("input type {} is not implemented, expected int8 or uint8", model::Name(type)));
}

}  // namespace fragua::golden
