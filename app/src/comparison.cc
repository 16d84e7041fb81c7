#include "comparison.h"

#ifdef FRAGUA_HAVE_GOLDEN
#include <fmt/core.h>

#include <algorithm>

#include "fragua/golden/compare.h"
#include "fragua/golden/executor.h"
#include "interrupt.h"
#include "tap_assembler.h"
#endif

namespace fragua::app {

#ifdef FRAGUA_HAVE_GOLDEN
namespace {

// The bytes of a tensor from the first source that has it. A concatenation on the engine is an
// address: its tensor is whole when all parts are.
std::vector<uint8_t> Find(const model::Graph& graph, int tensor,
                          const std::vector<TensorSource>& sources) {
  for (const TensorSource& source : sources) {
    const std::span<const uint8_t> bytes = source(tensor);
    if (!bytes.empty()) return {bytes.begin(), bytes.end()};
  }
  const auto producer =
      std::ranges::find_if(graph.ops, [&](const model::Op& op) { return op.outputs[0] == tensor; });
  const model::Tensor& whole = graph.tensor(tensor);
  const auto rank = static_cast<int>(whole.shape.size());
  if (producer == graph.ops.end() || producer->type != model::OpType::kConcatenation ||
      (producer->attributes.axis + rank) % rank != rank - 1 ||
      whole.type != model::DataType::kInt8) {
    return {};
  }
  const auto channels = static_cast<size_t>(whole.shape.back());
  std::vector<uint8_t> joined(static_cast<size_t>(whole.elements()));
  size_t first = 0;
  for (const int input : producer->inputs) {
    const std::vector<uint8_t> part = Find(graph, input, sources);
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

// What the engine makes shows on its output path; silence there is a finding, not a pass. (The
// results of PAD and of a MEAN that nobody reads do not exist anywhere.)
bool MustShow(const model::Op& op, const LayerReport& layer) {
  return layer.place == "fabric" &&
         (op.type == model::OpType::kConv2d || op.type == model::OpType::kDepthwiseConv2d ||
          op.type == model::OpType::kFullyConnected || op.type == model::OpType::kMaxPool2d ||
          op.type == model::OpType::kConcatenation);
}

std::string Where(const golden::Mismatch& mismatch, int tensor, const TapAssembler* origins) {
  if (origins == nullptr) return "";
  const auto origin = origins->OriginOf(tensor, mismatch.row, mismatch.column, mismatch.channel);
  if (!origin) return "";
  return fmt::format("; made by command {} (tile of {}) at engine cycle {}", origin->tag,
                     origins->DescribeTile(origin->tag), origin->cycle);
}

}  // namespace

void CompareWithGolden(const model::Graph& graph, const std::vector<std::vector<uint8_t>>& inputs,
                       const std::vector<TensorSource>& sources, const TapAssembler* origins,
                       RunReport& report, bool must_show) {
  golden::RunOptions options;
  options.progress = [](int, int) { ThrowIfInterrupted(); };
  const golden::Values expected = golden::Run(graph, inputs, options);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const model::Op& op = graph.ops[i];
    const int tensor = op.outputs[0];
    LayerReport& layer = report.layers[i];
    bool compared = false;
    const auto compare = [&](std::span<const uint8_t> got) {
      if (got.empty()) return;
      const auto mismatch = golden::Compare(op.name, graph.tensor(tensor),
                                            expected[static_cast<size_t>(tensor)], got);
      compared = true;
      layer.match = layer.match.value_or(true) && !mismatch;
      if (!mismatch) return;
      const std::string text = golden::Describe(*mismatch) + Where(*mismatch, tensor, origins);
      if (report.mismatches.empty() || report.mismatches.back() != text)
        report.mismatches.push_back(text);
    };
    for (const TensorSource& source : sources) compare(source(tensor));
    if (!compared) compare(Find(graph, tensor, sources));
    if (!compared && must_show && MustShow(op, layer)) {
      layer.match = false;
      report.mismatches.push_back(
          fmt::format("{}: not all of its results came out of the engine", op.name));
    }
  }
}
#else
void CompareWithGolden(const model::Graph&, const std::vector<std::vector<uint8_t>>&,
                       const std::vector<TensorSource>&, const TapAssembler*, RunReport&, bool) {}
#endif

}  // namespace fragua::app
