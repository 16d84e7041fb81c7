#include "fragua/driver/cost_model.h"

#include <cstddef>

namespace fragua::driver {
namespace {

using model::OpType;

int64_t BytesOf(const model::Tensor& tensor) {
  return tensor.elements() * model::SizeOf(tensor.type);
}

/// Loads that a pool or a mean makes for one output element.
int64_t WindowElements(const model::Graph& graph, const model::Op& op) {
  if (op.type != OpType::kMean) {
    return int64_t{1} * op.attributes.filter_h * op.attributes.filter_w;
  }
  const int64_t in = graph.tensor(op.inputs[0]).elements();
  return in / graph.tensor(op.outputs[0]).elements();
}

}  // namespace

double ArmCostModel::OpNs(const model::Graph& graph, int index) const {
  const model::Op& op = graph.ops.at(static_cast<size_t>(index));
  const model::Tensor& out = graph.tensor(op.outputs[0]);
  const auto elements = static_cast<double>(out.elements());
  switch (op.type) {
    // mac_per_ns comes from a whole network: requantisation and padding are inside it.
    case OpType::kConv2d:
    case OpType::kFullyConnected:
      return static_cast<double>(model::MacCount(graph, op)) / cpu_.mac_per_ns;
    case OpType::kDepthwiseConv2d:
      return static_cast<double>(model::MacCount(graph, op)) / cpu_.depthwise_mac_per_ns;
    case OpType::kMaxPool2d:
    case OpType::kAveragePool2d:
    case OpType::kMean: {
      // Taps are combined as vectors out of the cache: assumed four times as fast as a copy
      // through memory.
      constexpr double kTapSpeedup = 4;
      const auto taps = static_cast<double>(WindowElements(graph, op));
      return elements * (cpu_.element_ns + taps / (kTapSpeedup * cpu_.copy_bytes_per_ns));
    }
    case OpType::kAdd:
    case OpType::kRelu:
    case OpType::kRelu6:
    case OpType::kQuantize:
    case OpType::kDequantize:
      return elements * cpu_.element_ns;
    case OpType::kSoftmax:
      // Two exponentials of some thirty instructions each: assumed twenty simple elements.
      return elements * cpu_.element_ns * 20;
    case OpType::kConcatenation:
    case OpType::kPad:
    case OpType::kReshape:
    case OpType::kTranspose:
      return ConversionNs(BytesOf(out));
  }
  return 0;
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
