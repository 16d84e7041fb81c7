#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "arm_portable.h"
#include "arm_prepare.h"
#include "fragua/driver/arm_kernels.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace prepare {

void OpView::Refuse(const std::string& why) const {
  ThrowInput(fmt::format("operator {} ({} '{}') cannot run on the processor: {}", index_,
                         model::Name(op_.type), op_.name, why));
}

void OpView::Require(const model::Tensor& tensor, model::DataType type) const {
  if (tensor.type == type) return;
  Refuse(fmt::format("tensor '{}' is {}, expected {}; quantise the model first (fragua quantize)",
                     tensor.name, model::Name(tensor.type), model::Name(type)));
}

double OpView::ScaleOf(const model::Tensor& tensor) const {
  if (tensor.quant.scale.size() != 1) {
    Refuse(fmt::format("tensor '{}' has {} scales, expected one for the whole tensor", tensor.name,
                       tensor.quant.scale.size()));
  }
  return tensor.quant.scale[0];
}

int32_t OpView::ZeroPointOf(const model::Tensor& tensor) const {
  return tensor.quant.zero_point.empty() ? 0 : tensor.quant.zero_point[0];
}

MapShape OpView::MapOf(const model::Tensor& tensor) const {
  if (tensor.shape.size() != 4 || tensor.shape[0] != 1) {
    Refuse(fmt::format("tensor '{}' has {} dimensions, expected a map [1, height, width, channels]",
                       tensor.name, tensor.shape.size()));
  }
  return {tensor.shape[1], tensor.shape[2], tensor.shape[3]};
}

WindowShape OpView::WindowOf(int height, int width) const {
  const model::Attributes& a = op_.attributes;
  return {.height = height,
          .width = width,
          .stride_h = a.stride_h,
          .stride_w = a.stride_w,
          .dilation_h = a.dilation_h,
          .dilation_w = a.dilation_w,
          .pad_top = a.padding.top,
          .pad_left = a.padding.left};
}

namespace {

Body BodyOf(const OpView& view, const ArmKernels& kernels) {
  switch (view.op().type) {
    case model::OpType::kConv2d:
      return Conv(view, kernels);
    case model::OpType::kDepthwiseConv2d:
      return Depthwise(view, kernels);
    case model::OpType::kFullyConnected:
      return FullyConnected(view, kernels);
    case model::OpType::kAdd:
      return Add(view, kernels);
    case model::OpType::kMaxPool2d:
    case model::OpType::kAveragePool2d:
      return Pool(view, kernels);
    case model::OpType::kMean:
      return Mean(view, kernels);
    case model::OpType::kConcatenation:
      return Concatenation(view);
    case model::OpType::kPad:
      return Pad(view);
    case model::OpType::kReshape:
      return Reshape(view);
    case model::OpType::kRelu:
    case model::OpType::kRelu6:
      return Relu(view, kernels);
    case model::OpType::kSoftmax:
      return Softmax(view, kernels);
    case model::OpType::kQuantize:
      return Quantize(view, kernels);
    case model::OpType::kDequantize:
      return Dequantize(view);
    case model::OpType::kTranspose:
      return Transpose(view);
  }
  view.Refuse("the operator's type is not one of the known ones");
}

class PreparedOperator final : public ArmOperator {
 public:
  explicit PreparedOperator(Body body) : body_(std::move(body)) {}
  void Run(TensorStore& store) const override { body_(store); }

 private:
  Body body_;
};

}  // namespace
}  // namespace prepare

const ArmKernels& PortableKernels() {
  static constexpr ArmKernels kKernels{.name = "portable",
                                       .conv = portable::Conv,
                                       .depthwise = portable::Depthwise,
                                       .max_pool = portable::MaxPool,
                                       .average_pool = portable::AveragePool,
                                       .add = portable::Add,
                                       .rescale = portable::Rescale,
                                       .sum_map = portable::SumMap,
                                       .mean = portable::Mean,
                                       .softmax = portable::Softmax,
                                       .pack_conv = nullptr,
                                       .pack_depthwise = nullptr};
  return kKernels;
}

std::unique_ptr<ArmOperator> PrepareArmOp(const model::Graph& graph, int op,
                                          const ArmKernels& kernels, WorkerPool* pool) {
  return std::make_unique<prepare::PreparedOperator>(
      prepare::BodyOf(prepare::OpView(graph, op, pool), kernels));
}

void RunArmOp(const model::Graph& graph, int op, TensorStore& store, const ArmKernels& kernels) {
  PrepareArmOp(graph, op, kernels)->Run(store);
}

void FinishSums(const model::Graph& graph, int op, std::span<const int32_t> sums,
                TensorStore& store, const ArmKernels& kernels) {
  const prepare::OpView view(graph, op);
  const MapShape map = view.MapOf(view.input());
  FRAGUA_CHECK(static_cast<int64_t>(sums.size()) == map.channels,
               fmt::format("{} sums for {} channels", sums.size(), map.channels));
  if (view.op().type == model::OpType::kAveragePool2d) {
    const prepare::ActRange range = prepare::RangeOf(view, view.attributes().activation);
    int8_t* out = prepare::Out(store, view.output_index());
    for (size_t i = 0; i < sums.size(); ++i) {
      const int32_t average = portable::Average(sums[i], map.height * map.width);
      out[i] = static_cast<int8_t>(std::clamp(average, range.min, range.max));
    }
    return;
  }
  MeanArgs args = prepare::MeanOf(view, int64_t{map.height} * map.width);
  args.elements = map.channels;
  args.sums = sums.data();
  args.output = prepare::Out(store, view.output_index());
  kernels.mean(args);
}

ArmExecutor::ArmExecutor(const model::Graph& graph, const ArmKernels& kernels, int threads)
    : pool_(threads > 1 ? std::make_unique<WorkerPool>(threads) : nullptr) {
  ops_.reserve(graph.ops.size());
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    ops_.push_back(PrepareArmOp(graph, static_cast<int>(i), kernels, pool_.get()));
  }
}

void ArmExecutor::Run(TensorStore& store) const {
  for (const auto& op : ops_) op->Run(store);
}

}  // namespace fragua::driver
