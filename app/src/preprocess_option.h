#pragma once
// `--preprocess` on the command line.

#include <string>

#include "fragua/model/preprocess.h"

namespace fragua::app {

/// A name that model::ParsePreprocess knows, or ORDER:MEANS:SCALES (rgb or bgr; three numbers each,
/// in that order) for x = (pixel - mean) * scale with pixels of 0..255. Throws Error(kInput).
model::Preprocess ReadPreprocess(const std::string& text);

}  // namespace fragua::app
