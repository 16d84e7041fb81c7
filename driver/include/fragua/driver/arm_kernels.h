#pragma once
// The int8 operators on the processor, bit-exact with docs/NUMERICS.md. Tensors are NHWC, weights
// as the graph keeps them. A kernel is a plain function over one argument struct whose contents
// have been checked; a table of them is chosen once, which is where processor-specific kernels
// (NEON) take the place of the portable ones.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fragua/driver/tensor_store.h"
#include "fragua/driver/worker_pool.h"
#include "fragua/model/graph.h"
#include "fragua/model/requantise.h"

namespace fragua::driver {

/// Height, width and channels of one int8 map.
struct MapShape {
  int height = 1;
  int width = 1;
  int channels = 1;
  int64_t elements() const { return int64_t{1} * height * width * channels; }
};

/// A sliding window; padding taps lie outside the map.
struct WindowShape {
  int height = 1, width = 1;
  int stride_h = 1, stride_w = 1;
  int dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0;
};

/// Weights and per-channel constants in the order in which one set of kernels reads them.
struct PackedWeights;

struct ConvArgs {
  MapShape in, out;
  WindowShape window;
  int depth_multiplier = 1;  ///< depthwise only: out.channels = in.channels * depth_multiplier
  int32_t in_zero_point = 0;
  int32_t out_zero_point = 0;
  int32_t act_min = -128, act_max = 127;
  const int8_t* input = nullptr;
  const int8_t* weights = nullptr;  ///< convolution OHWI, depthwise HWC
  /// Per output channel. Convolution: bias - in_zero_point * (sum of the channel's weights);
  /// depthwise: the plain bias.
  const int32_t* bias = nullptr;
  const model::Multiplier* factors = nullptr;  ///< per output channel
  /// Made from this struct by the pack function beside the kernel; null: the kernel makes it for
  /// the call.
  const PackedWeights* packed = nullptr;
  /// Convolution: the output channels to compute, begin a multiple of four; end 0: all of them.
  int channel_begin = 0, channel_end = 0;
  int8_t* output = nullptr;
};

struct PoolArgs {
  MapShape in, out;  ///< same number of channels
  WindowShape window;
  int32_t act_min = -128, act_max = 127;
  const int8_t* input = nullptr;
  int8_t* output = nullptr;
};

/// Two equally long tensors, each rescaled to a common scale, added and rescaled.
struct AddArgs {
  int64_t elements = 0;
  const int8_t* a = nullptr;
  const int8_t* b = nullptr;
  int32_t a_zero_point = 0, b_zero_point = 0, out_zero_point = 0;
  model::Multiplier a_factor, b_factor, out_factor;
  int32_t act_min = -128, act_max = 127;
  int8_t* output = nullptr;
};

/// out = clamp(requantise(in - in_zero_point) + out_zero_point): RELU, RELU6 and int8 -> int8
/// QUANTIZE.
struct RescaleArgs {
  int64_t elements = 0;
  const int8_t* input = nullptr;
  int32_t in_zero_point = 0, out_zero_point = 0;
  model::Multiplier factor;
  int32_t act_min = -128, act_max = 127;
  int8_t* output = nullptr;
};

/// out[i] = clamp(requantise(sums[i] - count * in_zero_point, mean factor) + out_zero_point).
struct MeanArgs {
  int64_t elements = 0;
  int64_t count = 1;  ///< values behind each sum
  const int32_t* sums = nullptr;
  int32_t in_zero_point = 0, out_zero_point = 0;
  model::Multiplier factor;  ///< of in scale / out scale, before the division by `count`
  int8_t* output = nullptr;
};

/// Rows of `depth` values; the fixed-point exponential of the reference kernels, output scale 1/256
/// and zero point -128.
struct SoftmaxArgs {
  int64_t rows = 1;
  int depth = 1;
  int32_t multiplier = 0;  ///< Q31 of beta * in scale * 2^26
  int left_shift = 0;
  int32_t diff_min = 0;  ///< differences to the maximum below this give 0
  const int8_t* input = nullptr;
  int8_t* output = nullptr;
};

/// Adds the int8 values of an NHWC map over height and width; sums[channels] is overwritten.
struct SumArgs {
  MapShape in;
  const int8_t* input = nullptr;
  int32_t* sums = nullptr;
};

/// One processor's set of kernels. Every kernel is set.
struct ArmKernels {
  const char* name;
  void (*conv)(const ConvArgs&);
  void (*depthwise)(const ConvArgs&);
  void (*max_pool)(const PoolArgs&);
  void (*average_pool)(const PoolArgs&);
  void (*add)(const AddArgs&);
  void (*rescale)(const RescaleArgs&);
  void (*sum_map)(const SumArgs&);
  void (*mean)(const MeanArgs&);
  void (*softmax)(const SoftmaxArgs&);
  /// Null where the kernel reads the graph's own weights. May return null: nothing to prepare.
  std::shared_ptr<const PackedWeights> (*pack_conv)(const ConvArgs&);
  std::shared_ptr<const PackedWeights> (*pack_depthwise)(const ConvArgs&);
};

/// Portable C++, written so that the compiler vectorises it; right on every processor.
const ArmKernels& PortableKernels();
/// The fastest set for the processor this was built for: NEON for ARMv7 with NEON, otherwise the
/// portable one. All sets give the same bytes.
const ArmKernels& BestKernels();

/// One operator made ready: parameters derived once, run any number of times.
/// Keeps references to the graph's constants; the graph must outlive it.
class ArmOperator {
 public:
  virtual ~ArmOperator() = default;
  /// Reads the inputs from the store and creates the outputs in it. Inputs must be present.
  virtual void Run(TensorStore& store) const = 0;
};

/// Throws Error(kInput) naming the operator when its tensors' types are not ones the kernels have
/// (float layers). `pool` shares the work; it must outlive the operator, and the bytes are the same
/// with any number of threads.
std::unique_ptr<ArmOperator> PrepareArmOp(const model::Graph& graph, int op,
                                          const ArmKernels& kernels = BestKernels(),
                                          WorkerPool* pool = nullptr);

/// Prepare and run in one go.
void RunArmOp(const model::Graph& graph, int op, TensorStore& store,
              const ArmKernels& kernels = BestKernels());

/// A MEAN, or an AVERAGE_POOL_2D, over height and width whose exact int32 sums exist already (the
/// engine's POOL_MODE 3): rescales them into the operator's output tensor. sums.size() is the
/// number of channels.
void FinishSums(const model::Graph& graph, int op, std::span<const int32_t> sums,
                TensorStore& store, const ArmKernels& kernels = BestKernels());

/// A whole graph on the processor (`--backend arm`).
class ArmExecutor {
 public:
  explicit ArmExecutor(const model::Graph& graph, const ArmKernels& kernels = BestKernels(),
                       int threads = 1);
  /// `store` holds the graph's inputs; afterwards it holds every tensor.
  void Run(TensorStore& store) const;
  void RunOp(int op, TensorStore& store) const { ops_.at(static_cast<size_t>(op))->Run(store); }

 private:
  std::unique_ptr<WorkerPool> pool_;
  std::vector<std::unique_ptr<ArmOperator>> ops_;
};

}  // namespace fragua::driver
