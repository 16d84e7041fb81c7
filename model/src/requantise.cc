#include "fragua/model/requantise.h"

#include <cmath>
#include <string>

#include "fragua/model/error.h"

namespace fragua::model {

Multiplier ToMultiplier(double factor) {
  FRAGUA_CHECK(std::isfinite(factor) && factor >= 0.0, "factor " + std::to_string(factor));
  if (factor == 0.0) return {};
  int shift = 0;
  const double fraction = std::frexp(factor, &shift);  // [0.5, 1)
  auto m = static_cast<int64_t>(std::round(fraction * 0x1p31));
  if (m == int64_t{1} << 31) {
    m /= 2;
    ++shift;
  }
  // So small that every int32 accumulator rounds to 0.
  if (shift < -31) return {};
  // Beyond what an int32 can be shifted up by: saturate, as the reference does.
  if (shift > 30) return {INT32_MAX, 30};
  return {static_cast<int32_t>(m), shift};
}

}  // namespace fragua::model
