// RESHAPE: the same bytes under another shape.

#include <algorithm>

#include "operators.h"

namespace fragua::golden {

void Reshape(const OpContext& context) {
  context.RequireTypes(context.input(0).type, context.input(0).type);
  const std::span<const uint8_t> from = context.InputBytes(0);
  const std::span<uint8_t> to = context.OutputBytes();
  if (from.size() != to.size()) context.Refuse("input and output differ in size");
  std::copy(from.begin(), from.end(), to.begin());
}

}  // namespace fragua::golden
