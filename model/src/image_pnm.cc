#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "fragua/model/error.h"
#include "image_codecs.h"

namespace fragua::model {
namespace {

// The header: numbers separated by white space and comments that run to the end of their line.
class Header {
 public:
  Header(std::span<const uint8_t> bytes, const std::string& name) : rest_(bytes), name_(name) {}

  uint64_t Number(const char* what, uint64_t max) {
    SkipBlanks();
    uint64_t value = 0;
    size_t digits = 0;
    while (!rest_.empty() && std::isdigit(rest_[0]) != 0) {
      value = value * 10 + (rest_[0] - '0');
      rest_ = rest_.subspan(1);
      ++digits;
      if (value > max) break;
    }
    if (digits == 0 || value == 0 || value > max) {
      ThrowInput(
          fmt::format("{}: {} in the PPM header is not a number from 1 to {}", name_, what, max));
    }
    return value;
  }

  /// What follows the one blank behind the last number.
  std::span<const uint8_t> Pixels() {
    if (rest_.empty() || std::isspace(rest_[0]) == 0) {
      ThrowInput(name_ + ": the PPM header does not end in white space");
    }
    return rest_.subspan(1);
  }

 private:
  void SkipBlanks() {
    bool comment = false;
    while (!rest_.empty() && (comment || rest_[0] == '#' || std::isspace(rest_[0]) != 0)) {
      comment = rest_[0] == '#' || (comment && rest_[0] != '\n');
      rest_ = rest_.subspan(1);
    }
  }

  std::span<const uint8_t> rest_;
  const std::string& name_;
};

}  // namespace

Image DecodePnm(std::span<const uint8_t> bytes, const std::string& name) {
  const size_t channels = bytes[1] == '6' ? 3 : 1;
  Header header(bytes.subspan(2), name);
  const uint64_t width = header.Number("the width", 1U << 30);
  const uint64_t height = header.Number("the height", 1U << 30);
  const auto max = static_cast<uint32_t>(header.Number("the largest value", 65535));
  const std::span<const uint8_t> pixels = header.Pixels();

  Image image = AllocateImage(width, height, name);
  const size_t depth = max > 255 ? 2 : 1;
  const size_t count = image.rgb.size() / 3;
  if (pixels.size() < count * channels * depth) {
    ThrowInput(fmt::format("{}: {} bytes of pixels, expected {}; the file is truncated", name,
                           pixels.size(), count * channels * depth));
  }
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    const size_t sample = (channels == 3 ? i : i / 3) * depth;
    uint32_t value = pixels[sample];
    if (depth == 2) value = value << 8 | pixels[sample + 1];
    value = std::min(value, max);
    image.rgb[i] = static_cast<uint8_t>((value * 255 + max / 2) / max);
  }
  return image;
}

}  // namespace fragua::model
