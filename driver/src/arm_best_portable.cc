// For processors without kernels of their own (neon_kernels.cc has the Cortex-A9's).

#include "fragua/driver/arm_kernels.h"

namespace fragua::driver {

const ArmKernels& BestKernels() { return PortableKernels(); }

}  // namespace fragua::driver
