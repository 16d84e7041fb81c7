#include "fragua/model/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "image_codecs.h"

namespace fragua::model {
namespace {

constexpr uint64_t kMaxPixels = 64'000'000;

template <size_t kCount>
bool StartsWith(std::span<const uint8_t> bytes, const std::array<uint8_t, kCount>& magic) {
  return bytes.size() >= kCount && std::equal(magic.begin(), magic.end(), bytes.begin());
}

}  // namespace

Image AllocateImage(uint64_t width, uint64_t height, const std::string& name) {
  if (width == 0 || height == 0 || width > kMaxPixels || height > kMaxPixels ||
      width * height > kMaxPixels) {
    ThrowInput(
        fmt::format("{}: picture of {} x {} pixels; expected at least 1 x 1 and at most {} "
                    "million in all",
                    name, width, height, kMaxPixels / 1'000'000));
  }
  Image image;
  image.width = static_cast<int>(width);
  image.height = static_cast<int>(height);
  image.rgb.resize(static_cast<size_t>(width * height * 3));
  return image;
}

Image ReadImageBytes(std::span<const uint8_t> bytes, const std::string& name) {
  if (StartsWith<4>(bytes, {0x89, 'P', 'N', 'G'})) return DecodePng(bytes, name);
  if (StartsWith<3>(bytes, {0xFF, 0xD8, 0xFF})) return DecodeJpeg(bytes, name);
  if (StartsWith<2>(bytes, {'P', '5'}) || StartsWith<2>(bytes, {'P', '6'})) {
    return DecodePnm(bytes, name);
  }
  ThrowInput(fmt::format("{}: {}; expected a PNG, JPEG or binary PPM/PGM picture", name,
                         bytes.empty() ? "is empty" : "is of no known kind"));
}

Image ReadImage(const std::string& path) { return ReadImageBytes(ReadFile(path), path); }

}  // namespace fragua::model
