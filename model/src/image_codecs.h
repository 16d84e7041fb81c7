#pragma once
// One decoder per picture format. `name` begins every error text.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "fragua/model/image.h"

namespace fragua::model {

Image DecodePng(std::span<const uint8_t> bytes, const std::string& name);
Image DecodeJpeg(std::span<const uint8_t> bytes, const std::string& name);
Image DecodePnm(std::span<const uint8_t> bytes, const std::string& name);

/// An image of this size with all bytes zero; throws Error(kInput) if a side is zero or the area
/// beyond 64 million pixels.
Image AllocateImage(uint64_t width, uint64_t height, const std::string& name);

}  // namespace fragua::model
