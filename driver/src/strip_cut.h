#pragma once
// The ways to cut a stage into strips of rows, and the row slots each needs.

#include <vector>

#include "strips.h"

namespace fragua::driver {

/// Strips that end at these rows of the units. The first convolution, if any, makes in each the
/// rows that become necessary.
std::vector<Strip> Cut(const Stage& stage, const std::vector<int>& ends);
/// The first convolution in strips of `height` of its rows; the units when it has made all.
std::vector<Strip> CutFirst(const Stage& stage, int height);
std::vector<int> EvenEnds(int rows, int height);

/// Row slots needed to hold a strip's input, alone and together with the next strip's.
struct RingNeed {
  int middle = 0, in = 0, in_double = 0;
};

RingNeed NeedOf(const std::vector<Strip>& strips, bool two_deep);

}  // namespace fragua::driver
