// PAD with real zero: the zero point for int8.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "operators.h"
#include "quantisation.h"

namespace fragua::golden {

void Pad(const OpContext& context) {
  const model::Tensor& in = context.input(0);
  const model::Tensor& out = context.output();
  const auto& pads = context.attributes().pads;
  const size_t rank = in.shape.size();
  if (rank == 0 || pads.size() != rank || out.shape.size() != rank) {
    context.Refuse(fmt::format("{} pairs of pads for an input of {} and an output of {} dimensions",
                               pads.size(), rank, out.shape.size()));
  }
  for (size_t d = 0; d < rank; ++d) {
    if (pads[d].first < 0 || in.shape[d] + pads[d].first + pads[d].second != out.shape[d]) {
      context.Refuse(fmt::format("dimension {}: {} + {} + {} is not the output's {}", d,
                                 pads[d].first, in.shape[d], pads[d].second, out.shape[d]));
    }
  }
  context.RequireTypes(in.type, in.type);
  uint8_t fill = 0;  // every byte of a float zero is zero
  if (in.type == model::DataType::kInt8) {
    fill = static_cast<uint8_t>(PerTensorOf(context, out).zero_point);
  } else if (in.type != model::DataType::kFloat32) {
    context.RequireTypes(model::DataType::kInt8, model::DataType::kInt8);
  }
  const std::span<const uint8_t> from = context.InputBytes(0);
  const std::span<uint8_t> to = context.OutputBytes();
  std::fill(to.begin(), to.end(), fill);
  const size_t element = static_cast<size_t>(model::SizeOf(in.type));
  const size_t run = static_cast<size_t>(in.shape[rank - 1]) * element;
  std::vector<int> index(rank, 0);
  for (size_t source = 0; source < from.size(); source += run) {
    size_t target = 0;
    for (size_t d = 0; d < rank; ++d) {
      target = target * static_cast<size_t>(out.shape[d]) +
               static_cast<size_t>(index[d] + pads[d].first);
    }
    std::memcpy(to.data() + target * element, from.data() + source, run);
    for (size_t d = rank - 1; d-- > 0;) {
      if (++index[d] < in.shape[d]) break;
      index[d] = 0;
    }
  }
}

}  // namespace fragua::golden
