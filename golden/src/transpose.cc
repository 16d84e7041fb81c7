// TRANSPOSE: output axis d is input axis attributes.axes[d].

#include <cstring>
#include <vector>

#include "operators.h"

namespace fragua::golden {

void Transpose(const OpContext& context) {
  const model::Tensor& in = context.input(0);
  const model::Tensor& out = context.output();
  context.RequireTypes(in.type, in.type);
  const auto& axes = context.attributes().axes;
  const size_t rank = in.shape.size();
  if (axes.size() != rank || out.shape.size() != rank) {
    context.Refuse("the permutation does not have one entry per dimension");
  }
  std::vector<size_t> in_stride(rank, static_cast<size_t>(model::SizeOf(in.type)));
  for (size_t d = rank; d-- > 1;) {
    in_stride[d - 1] = in_stride[d] * static_cast<size_t>(in.shape[d]);
  }
  std::vector<size_t> stride(rank);  // bytes in the input per step of the output axis
  std::vector<bool> seen(rank, false);
  for (size_t d = 0; d < rank; ++d) {
    const auto axis = static_cast<size_t>(axes[d]);
    if (axes[d] < 0 || axis >= rank || seen[axis] || out.shape[d] != in.shape[axis]) {
      context.Refuse("the permutation does not turn the input's shape into the output's");
    }
    seen[axis] = true;
    stride[d] = in_stride[axis];
  }
  const uint8_t* from = context.InputBytes(0).data();
  const std::span<uint8_t> to = context.OutputBytes();
  const size_t element = static_cast<size_t>(model::SizeOf(in.type));
  std::vector<int> index(rank, 0);
  size_t source = 0;
  for (size_t target = 0; target < to.size(); target += element) {
    std::memcpy(to.data() + target, from + source, element);
    for (size_t d = rank; d-- > 0;) {
      source += stride[d];
      if (++index[d] < out.shape[d]) break;
      source -= stride[d] * static_cast<size_t>(out.shape[d]);
      index[d] = 0;
    }
  }
}

}  // namespace fragua::golden
