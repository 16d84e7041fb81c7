#pragma once
// A picture that needs no file: what a run without --image looks at.

#include "fragua/model/image.h"

namespace fragua::app {

/// Smooth colour gradients with discs and a checkerboard: all values from 0 to 255, edges and flat
/// areas, the same every time.
model::Image TestPicture(int height, int width);

}  // namespace fragua::app
