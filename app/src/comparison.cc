#include "comparison.h"

#ifdef FRAGUA_HAVE_GOLDEN
#include <fmt/core.h>

#include "fragua/golden/compare.h"
#include "fragua/golden/executor.h"
#include "interrupt.h"
#include "tap_assembler.h"
#endif

namespace fragua::app {

#ifdef FRAGUA_HAVE_GOLDEN
namespace {

// A concatenation on the engine is an address: its tensor is whole when all parts are.
std::vector<uint8_t> JoinParts(const model::Graph& graph, const model::Op& op,
                               const TensorSource& source) {
  const model::Tensor& whole = graph.tensor(op.outputs[0]);
  const auto rank = static_cast<int>(whole.shape.size());
  if ((op.attributes.axis + rank) % rank != rank - 1 || whole.type != model::DataType::kInt8)
    return {};
  const auto channels = static_cast<size_t>(whole.shape.back());
  std::vector<uint8_t> joined(static_cast<size_t>(whole.elements()));
  size_t first = 0;
  for (const int input : op.inputs) {
    const std::span<const uint8_t> part = source(input);
    if (part.empty()) return {};
    const auto width = static_cast<size_t>(graph.tensor(input).shape.back());
    for (size_t pixel = 0; pixel * width < part.size(); ++pixel) {
      for (size_t c = 0; c < width; ++c)
        joined[pixel * channels + first + c] = part[pixel * width + c];
    }
    first += width;
  }
  return joined;
}

std::string Where(const golden::Mismatch& mismatch, int tensor, const TapAssembler* origins) {
  if (origins == nullptr) return "";
  const auto origin = origins->OriginOf(tensor, mismatch.row, mismatch.column, mismatch.channel);
  return origin ? fmt::format("; made by command {} at engine cycle {}", origin->tag, origin->cycle)
                : "";
}

}  // namespace

void CompareWithGolden(const model::Graph& graph, const std::vector<std::vector<uint8_t>>& inputs,
                       const std::vector<TensorSource>& sources, const TapAssembler* origins,
                       RunReport& report) {
  golden::RunOptions options;
  options.progress = [](int, int) { ThrowIfInterrupted(); };
  const golden::Values expected = golden::Run(graph, inputs, options);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const model::Op& op = graph.ops[i];
    const int tensor = op.outputs[0];
    LayerReport& layer = report.layers[i];
    for (const TensorSource& source : sources) {
      std::span<const uint8_t> got = source(tensor);
      std::vector<uint8_t> joined;
      if (got.empty() && op.type == model::OpType::kConcatenation) {
        joined = JoinParts(graph, op, source);
        got = joined;
      }
      if (got.empty()) continue;
      const auto mismatch = golden::Compare(op.name, graph.tensor(tensor),
                                            expected[static_cast<size_t>(tensor)], got);
      layer.match = layer.match.value_or(true) && !mismatch;
      if (mismatch)
        report.mismatches.push_back(golden::Describe(*mismatch) +
                                    Where(*mismatch, tensor, origins));
    }
  }
}
#else
void CompareWithGolden(const model::Graph&, const std::vector<std::vector<uint8_t>>&,
                       const std::vector<TensorSource>&, const TapAssembler*, RunReport&) {}
#endif

}  // namespace fragua::app
