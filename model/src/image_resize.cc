#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fragua/model/error.h"
#include "fragua/model/image.h"

namespace fragua::model {
namespace {

// 8 bits of pixel and 22 of weight leave room for the sign and the rounding in 32.
constexpr int kWeightBits = 22;
constexpr int64_t kMaxScaledPixels = 64'000'000;

// The source pixels that make one destination pixel, along one axis.
struct Taps {
  int first = 0;
  std::vector<int32_t> weights;
};

std::vector<Taps> MakeTaps(int from, int to) {
  const double ratio = static_cast<double>(from) / to;
  const double width = std::max(ratio, 1.0);  // half of the triangle's base; 1 when enlarging
  std::vector<Taps> all(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * ratio;
    const int first = std::max(0, static_cast<int>(centre - width + 0.5));
    const int last = std::min(from, static_cast<int>(centre + width + 0.5));
    std::vector<double> exact;
    double sum = 0;
    for (int x = first; x < last; ++x) {
      const double distance = std::abs((x - centre + 0.5) * (1.0 / width));
      exact.push_back(std::max(0.0, 1.0 - distance));
      sum += exact.back();
    }
    Taps& taps = all[static_cast<size_t>(i)];
    taps.first = first;
    for (const double weight : exact) {
      // As Pillow does: scale by the reciprocal, then round half up.
      taps.weights.push_back(static_cast<int32_t>(0.5 + weight * (1.0 / sum) * (1 << kWeightBits)));
    }
  }
  return all;
}

// One destination sample from samples `stride` apart.
uint8_t Blend(const uint8_t* source, size_t stride, const Taps& taps) {
  int32_t sum = 1 << (kWeightBits - 1);
  for (const int32_t weight : taps.weights) {
    sum += weight * *source;
    source += stride;
  }
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

Image Blank(int height, int width) {
  Image image;
  image.width = width;
  image.height = height;
  image.rgb.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  return image;
}

Image ResizeColumns(const Image& image, int width) {
  const std::vector<Taps> taps = MakeTaps(image.width, width);
  Image result = Blank(image.height, width);
  uint8_t* to = result.rgb.data();
  for (int row = 0; row < image.height; ++row) {
    for (const Taps& tap : taps) {
      for (int c = 0; c < 3; ++c) *to++ = Blend(image.pixel(row, tap.first) + c, 3, tap);
    }
  }
  return result;
}

Image ResizeRows(const Image& image, int height) {
  const std::vector<Taps> taps = MakeTaps(image.height, height);
  const size_t row_bytes = static_cast<size_t>(image.width) * 3;
  Image result = Blank(height, image.width);
  uint8_t* to = result.rgb.data();
  for (const Taps& tap : taps) {
    const uint8_t* from = image.pixel(tap.first, 0);
    for (size_t i = 0; i < row_bytes; ++i) *to++ = Blend(from + i, row_bytes, tap);
  }
  return result;
}

// (n - m) / 2 rounded half to even.
int CentreOffset(int n, int m) {
  const int doubled = n - m;
  return doubled / 2 + (doubled % 2 != 0 && (doubled / 2) % 2 != 0 ? 1 : 0);
}

}  // namespace

Image ResizeBilinear(const Image& image, int height, int width) {
  FRAGUA_CHECK(height > 0 && width > 0, fmt::format("{} x {}", height, width));
  Image result = image.width == width ? image : ResizeColumns(image, width);
  if (image.height != height) result = ResizeRows(result, height);
  return result;
}

Image Crop(const Image& image, int row, int column, int height, int width) {
  FRAGUA_CHECK(row >= 0 && column >= 0 && height > 0 && width > 0 && row + height <= image.height &&
                   column + width <= image.width,
               fmt::format("{} x {} at {}, {} of {} x {}", height, width, row, column, image.height,
                           image.width));
  Image result = Blank(height, width);
  const size_t row_bytes = static_cast<size_t>(width) * 3;
  for (int y = 0; y < height; ++y) {
    std::copy_n(
        image.pixel(row + y, column), row_bytes,
        result.rgb.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(y) * row_bytes));
  }
  return result;
}

ResizeMode ParseResizeMode(const std::string& text) {
  if (text == "short256") return ResizeMode::kShort256;
  if (text == "stretch") return ResizeMode::kStretch;
  if (text == "none") return ResizeMode::kNone;
  ThrowInput(fmt::format("resize '{}' is not known; expected short256, stretch or none", text));
}

Image ResizeForNetwork(const Image& image, int height, int width, ResizeMode mode) {
  FRAGUA_CHECK(height > 0 && width > 0, fmt::format("{} x {}", height, width));
  switch (mode) {
    case ResizeMode::kStretch:
      return ResizeBilinear(image, height, width);
    case ResizeMode::kNone:
      if (image.height < height || image.width < width) {
        ThrowInput(
            fmt::format("the picture has {} x {} pixels, the network takes {} x {}; resize it "
                        "(short256 or stretch) or give a larger one",
                        image.width, image.height, width, height));
      }
      return Crop(image, (image.height - height) / 2, (image.width - width) / 2, height, width);
    case ResizeMode::kShort256: {
      const int64_t side = std::max({256, height, width});
      const int64_t short_side = std::min(image.height, image.width);
      const int64_t long_rows = side * image.height / short_side;
      const int64_t long_columns = side * image.width / short_side;
      if (long_rows * long_columns > kMaxScaledPixels) {
        ThrowInput(
            fmt::format("the picture has {} x {} pixels, too narrow to scale its short side to "
                        "{}; crop it or use stretch",
                        image.width, image.height, side));
      }
      const int rows = static_cast<int>(long_rows);
      const int columns = static_cast<int>(long_columns);
      const Image scaled = ResizeBilinear(image, rows, columns);
      return Crop(scaled, CentreOffset(rows, height), CentreOffset(columns, width), height, width);
    }
  }
  FRAGUA_CHECK(false, "unknown ResizeMode");
}

}  // namespace fragua::model
