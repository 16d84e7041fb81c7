#include "arm_portable.h"
#include "neon_math.h"

namespace fragua::driver {

const ArmKernels& BestKernels() {
  static constexpr ArmKernels kKernels{.name = "neon",
                                       .conv = neon::Conv,
                                       .depthwise = neon::Depthwise,
                                       .max_pool = neon::MaxPool,
                                       .average_pool = neon::AveragePool,
                                       .add = neon::Add,
                                       .rescale = neon::Rescale,
                                       .sum_map = neon::SumMap,
                                       .mean = portable::Mean,  // a value per channel
                                       .softmax = neon::Softmax,
                                       .pack_conv = neon::PackConv,
                                       .pack_depthwise = neon::PackDepthwise};
  return kKernels;
}

}  // namespace fragua::driver
