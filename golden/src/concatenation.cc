// CONCATENATION along attributes.axis: bytes are copied, so int8 inputs must already share the
// output's scale.

#include <fmt/format.h>

#include <cstring>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {

void Concatenation(const OpContext& context) {
  if (context.attributes().activation != model::Activation::kNone) {
    context.Refuse("a fused activation is not implemented");
  }
  const model::Tensor& out = context.output();
  const int rank = static_cast<int>(out.shape.size());
  const int axis = context.attributes().axis + (context.attributes().axis < 0 ? rank : 0);
  if (axis < 0 || axis >= rank) context.Refuse("the axis is not an axis of the output");
  int64_t outer = 1;
  for (int d = 0; d < axis; ++d) outer *= out.shape[static_cast<size_t>(d)];
  const std::span<uint8_t> bytes = context.OutputBytes();
  const size_t pitch = bytes.size() / static_cast<size_t>(outer);
  size_t offset = 0;
  for (int i = 0; i < context.input_count(); ++i) {
    const model::Tensor& in = context.input(i);
    if (in.type != out.type) context.Refuse("inputs and output differ in type");
    if (in.type == model::DataType::kInt8) {
      const PerTensor a = PerTensorOf(context, in), b = PerTensorOf(context, out);
      if (a.scale != b.scale || a.zero_point != b.zero_point) {
        context.Refuse(
            fmt::format("input '{}' has scale {} and zero point {}, expected the "
                        "output's {} and {}",
                        in.name, a.scale, a.zero_point, b.scale, b.zero_point));
      }
    }
    const std::span<const uint8_t> from = context.InputBytes(i);
    const size_t run = from.size() / static_cast<size_t>(outer);
    if (offset + run > pitch) context.Refuse("the inputs are larger than the output");
    for (size_t o = 0; o < static_cast<size_t>(outer); ++o) {
      std::memcpy(bytes.data() + o * pitch + offset, from.data() + o * run, run);
    }
    offset += run;
  }
  if (offset != pitch) context.Refuse("the inputs do not fill the output");
}

}  // namespace fragua::golden
