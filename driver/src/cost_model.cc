#include "fragua/driver/cost_model.h"

#include <cstddef>

namespace fragua::driver {
namespace {

using model::OpType;

int64_t BytesOf(const model::Tensor& tensor) {
  return tensor.elements() * model::SizeOf(tensor.type);
}

int64_t RoundUp(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

bool OnlyMoves(OpType type) {
  return type == OpType::kConcatenation || type == OpType::kPad || type == OpType::kReshape ||
         type == OpType::kTranspose;
}

}  // namespace

ArmWork WorkOf(const model::Graph& graph, const model::Op& op) {
  const model::Tensor& out = graph.tensor(op.outputs[0]);
  const int64_t elements = out.elements();
  const int64_t in_elements = graph.tensor(op.inputs[0]).elements();
  const int64_t channels = out.shape.empty() ? 1 : out.shape.back();
  switch (op.type) {
    case OpType::kConv2d:
    case OpType::kFullyConnected: {
      const int64_t products = model::MacCount(graph, op) / elements;
      const bool once = elements == channels;
      return {once ? ArmKernel::kFullyConnected : ArmKernel::kConv,
              elements * RoundUp(products, 16), elements};
    }
    case OpType::kDepthwiseConv2d: {
      const int64_t vectors = elements / channels * RoundUp(channels, 8);
      return {ArmKernel::kDepthwise, model::MacCount(graph, op) / elements * vectors, vectors};
    }
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
      return {op.type == OpType::kMaxPool2d ? ArmKernel::kMaxPool : ArmKernel::kAveragePool,
              elements * op.attributes.filter_h * op.attributes.filter_w, elements};
    case OpType::kMean:
      return {ArmKernel::kMean, in_elements, elements};
    case OpType::kAdd:
      return {ArmKernel::kAdd, elements, elements};
    case OpType::kRelu:
    case OpType::kRelu6:
    case OpType::kQuantize:
    case OpType::kDequantize:
      return {ArmKernel::kRescale, elements, elements};
    case OpType::kSoftmax:
      return {ArmKernel::kSoftmax, elements, elements};
    case OpType::kConcatenation:
    case OpType::kPad:
    case OpType::kReshape:
    case OpType::kTranspose:
      return {ArmKernel::kRescale, 0, BytesOf(out)};
  }
  return {};
}

double ArmCostModel::OpNs(const model::Graph& graph, int index) const {
  const model::Op& op = graph.ops.at(static_cast<size_t>(index));
  if (OnlyMoves(op.type)) return ConversionNs(BytesOf(graph.tensor(op.outputs[0])));
  return WorkNs(WorkOf(graph, op));
}

double ArmCostModel::WorkNs(const ArmWork& work) const {
  const BoardConfig::Processor::Kernel& kernel = cpu_.kernel(work.kernel);
  const double instructions = static_cast<double>(work.units) * kernel.instructions_per_unit +
                              static_cast<double>(work.outputs) * kernel.instructions_per_output;
  return instructions * kernel.cycles_per_instruction * 1000 / cpu_.clock_mhz;
}

double ArmCostModel::ConversionNs(int64_t bytes) const {
  return static_cast<double>(bytes) / cpu_.copy_bytes_per_ns;
}

int64_t ArmCostModel::Lines(int64_t bytes) const {
  return (bytes + cpu_.cache_line_bytes - 1) / cpu_.cache_line_bytes;
}

double ArmCostModel::CleanNs(int64_t bytes) const {
  return static_cast<double>(Lines(bytes)) * cpu_.clean_ns_per_line;
}

double ArmCostModel::InvalidateNs(int64_t bytes) const {
  return static_cast<double>(Lines(bytes)) * cpu_.invalidate_ns_per_line;
}

double ArmCostModel::SubmissionNs() const {
  // Doorbell, interrupt acknowledge; status, sequence and error registers.
  constexpr int kWrites = 2;
  constexpr int kReads = 3;
  return cpu_.submit_ns + cpu_.interrupt_ns + kWrites * port_.write_ns + kReads * port_.read_ns;
}

}  // namespace fragua::driver
