#include "conv_unit.h"

#include <algorithm>
#include <utility>

#include "arm_prepare.h"

namespace fragua::driver {
namespace {

using model::OpType;

/// Pixel pairs pay off only where the processor lays the image out anyway, so never behind an
/// operator that may itself run on the engine.
bool ComesFromProcessor(const GraphFacts& facts, int tensor) {
  const int producer = facts.Producer(tensor);
  if (producer < 0) return true;
  switch (facts.op(producer).type) {
    case OpType::kConv2d:
    case OpType::kDepthwiseConv2d:
    case OpType::kFullyConnected:
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
    case OpType::kAdd:
    case OpType::kConcatenation:
      return false;
    default:
      return true;
  }
}

bool SuitsPixelPairs(const GraphFacts& facts, int op, int tensor) {
  const model::Op& conv = facts.op(op);
  return conv.type != OpType::kFullyConnected && !IsGrouped(facts, op) &&
         facts.graph().tensor(tensor).shape[3] <= 4 && conv.attributes.stride_w == 2 &&
         ComesFromProcessor(facts, tensor);
}

/// An odd left padding moves the picture by one pixel inside its words, so that every window begins
/// with a whole word.
PixelPairs PairsOf(const model::Tensor& tensor, int pad_left) {
  PixelPairs pairs;
  pairs.height = tensor.shape[1];
  pairs.width = tensor.shape[2];
  pairs.channels = tensor.shape[3];
  pairs.pad_left = pad_left % 2;
  pairs.words_per_row = (pairs.width + pairs.pad_left + 1) / 2;
  return pairs;
}

bool PadsRowsAndColumns(const model::Op& op) {
  constexpr std::pair<int, int> kNone{0, 0};
  return op.type == OpType::kPad && op.attributes.pads.size() == 4 &&
         op.attributes.pads[0] == kNone && op.attributes.pads[3] == kNone;
}

int ParameterWords(const EngineConfig& engine) { return 8 / engine.pc; }

/// A flattened map is the map itself: the weights' columns are its pixels and channels in order.
ConvSource FlatSource(const GraphFacts& facts, int tensor) {
  ConvSource source;
  const int producer = facts.Producer(tensor);
  const bool flattened = producer >= 0 && facts.Flattens(producer);
  source.tensor = flattened ? facts.op(producer).inputs[0] : tensor;
  source.layout = facts.LayoutOf(source.tensor);
  return source;
}

/// Kernel, stride and output size as the operator has them.
void SetWindow(const GraphFacts& facts, const model::Op& op, const ConvSource& source,
               ConvUnit& unit) {
  if (op.type == OpType::kFullyConnected) {
    unit.kernel_h = source.layout.height;
    unit.kernel_w = source.layout.width;
    unit.rows = unit.cols = 1;
    return;
  }
  const std::vector<int>& kernel = facts.graph().tensor(op.inputs[1]).shape;  // OHWI or 1HWC
  const std::vector<int>& out = facts.graph().tensor(op.outputs[0]).shape;
  unit.kernel_h = kernel[1];
  unit.kernel_w = kernel[2];
  unit.stride_h = op.attributes.stride_h;
  unit.stride_w = op.attributes.stride_w;
  unit.rows = out[1];
  unit.cols = out[2];
}

}  // namespace

bool IsConvolution(OpType type) {
  return type == OpType::kConv2d || type == OpType::kDepthwiseConv2d ||
         type == OpType::kFullyConnected;
}

bool IsGrouped(const GraphFacts& facts, int op) {
  const model::Op& conv = facts.op(op);
  return conv.type == OpType::kDepthwiseConv2d &&
         facts.graph().tensor(conv.inputs[0]).shape.at(3) > 1;
}

int ConvUnit::EmittedRows(int row) const {
  const auto before = [this](int y) {  // rows emitted while rows [0, y) pass, the last row apart
    switch (pool) {
      case PoolMode::kNone:
        return y;
      case PoolMode::kMax3: {  // row r ends a window when (r + pad) is even, unless it is the first
        const int even = (y + pool_pad_top + 1) / 2;  // even values below y + pad
        return std::max(0, even - 1);
      }
      case PoolMode::kMax2:
        return y / 2;
      case PoolMode::kSum:
        return 0;
    }
    return 0;
  };
  return before(row) + (row == rows && pool_last ? 1 : 0);
}

ConvSource SourceOf(const GraphFacts& facts, int op, bool fold_pad) {
  const model::Op& conv = facts.op(op);
  if (conv.type == OpType::kFullyConnected) return FlatSource(facts, conv.inputs[0]);
  ConvSource source;
  source.tensor = conv.inputs[0];
  source.padding = conv.attributes.padding;
  const int producer = facts.Producer(source.tensor);
  if (fold_pad && producer >= 0 && PadsRowsAndColumns(facts.op(producer))) {
    const auto& pads = facts.op(producer).attributes.pads;
    source.tensor = facts.op(producer).inputs[0];
    source.padding.top += pads[1].first;
    source.padding.bottom += pads[1].second;
    source.padding.left += pads[2].first;
    source.padding.right += pads[2].second;
  }
  source.pixel_pairs = SuitsPixelPairs(facts, op, source.tensor);
  if (source.pixel_pairs) {
    const model::Tensor& tensor = facts.graph().tensor(source.tensor);
    source.pairs = PairsOf(tensor, source.padding.left);
    source.layout = DenseLayout(source.pairs.height, source.pairs.words_per_row, 8, facts.pk());
  } else {
    source.layout = facts.LayoutOf(source.tensor);
  }
  return source;
}

ConvUnit MakeConvUnit(const GraphFacts& facts, int op, const ConvSource& source,
                      const EngineConfig& engine) {
  const model::Op& conv = facts.op(op);
  const model::Graph& graph = facts.graph();

  ConvUnit unit;
  unit.op = op;
  SetWindow(facts, conv, source, unit);
  unit.pad_top = source.padding.top;
  unit.pad_left = source.padding.left;
  unit.in_rows = source.layout.height;
  unit.in_cols = source.layout.width;
  if (source.pixel_pairs) {
    unit.packed = true;
    unit.channel_words = 1;
    unit.kernel_w = (unit.kernel_w + 1) / 2;
    unit.stride_w = 1;
    unit.pad_left = (source.padding.left - source.pairs.pad_left) / 2;
  } else if (IsGrouped(facts, op)) {
    unit.grouped = true;
    unit.channel_words = engine.words_per_pixel();
  } else {
    const MapLayout::Part& last = source.layout.parts.back();
    unit.channel_words = (last.first_block * engine.pk + last.channels + 7) / 8;
  }
  unit.kblocks = facts.LayoutOf(conv.outputs[0]).blocks();
  unit.weight_kblocks = unit.kblocks;
  unit.kblock_words = static_cast<int>(ParameterWords(engine) * (1 + unit.StepsPerPixel()));
  unit.zp_in = graph.tensor(conv.inputs[0]).quant.zero_point[0];
  unit.zp_out = graph.tensor(conv.outputs[0]).quant.zero_point[0];
  const prepare::OpView view(graph, op);
  const prepare::ActRange range = prepare::RangeOf(view, conv.attributes.activation);
  unit.act_min = range.min;
  unit.act_max = range.max;
  return unit;
}

ConvUnit MakeCopyUnit(const GraphFacts& facts, int tensor, int blocks, const EngineConfig& engine) {
  const std::vector<int>& shape = facts.graph().tensor(tensor).shape;
  ConvUnit unit;
  unit.in_rows = unit.rows = shape[1];
  unit.in_cols = unit.cols = shape[2];
  unit.channel_words = engine.words_per_pixel();
  unit.grouped = true;
  unit.kblocks = blocks;
  unit.weight_kblocks = 1;
  unit.kblock_words = static_cast<int>(ParameterWords(engine) * (1 + unit.StepsPerPixel()));
  return unit;
}

void AttachPool(const GraphFacts& facts, int op, ConvUnit& unit) {
  const model::Op& pool = facts.op(op);
  const std::vector<int>& out = facts.graph().tensor(pool.outputs[0]).shape;
  unit.pool_op = op;
  unit.pool = pool.attributes.filter_h == 3 ? PoolMode::kMax3 : PoolMode::kMax2;
  unit.pool_pad_top = pool.attributes.padding.top;
  unit.pool_pad_left = pool.attributes.padding.left;
  unit.pooled_rows = out[1];
  unit.pooled_cols = out[2];
  unit.pool_last = false;
  unit.pool_last = unit.EmittedRows(unit.rows) < unit.pooled_rows;
}

void AttachSum(int op, ConvUnit& unit) {
  unit.sum_op = op;
  unit.pool = PoolMode::kSum;
  unit.pooled_rows = 1;
  unit.pooled_cols = 1;
}

}  // namespace fragua::driver
