#pragma once
// Pictures in: files to RGB, and RGB to the size a network wants.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fragua::model {

/// 8-bit RGB, rows from the top, three bytes per pixel without gaps.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  ///< height * width * 3
  const uint8_t* pixel(int row, int column) const {
    return rgb.data() +
           (static_cast<size_t>(row) * static_cast<size_t>(width) + static_cast<size_t>(column)) *
               3;
  }
  bool operator==(const Image&) const = default;
};

/// Reads PNG (any kind; transparency is dropped, 16 bits are rounded to 8), JPEG (grey or colour,
/// not CMYK) or PPM/PGM (P6, P5; any depth). The kind is told by the content, not by the name.
/// Orientation tags are not applied. Throws Error(kInput) for anything that is missing, truncated,
/// corrupt, of another kind or larger than 64 million pixels. A build without libpng and libjpeg
/// (FRAGUA_IMPORT off) reads PPM/PGM and says so.
Image ReadImage(const std::string& path);
/// As above from memory; `name` is what errors call the file.
Image ReadImageBytes(std::span<const uint8_t> bytes, const std::string& name);

enum class ResizeMode {
  kShort256,  ///< short side to 256, then the centre (torchvision's Resize(256) and CenterCrop)
  kStretch,   ///< both sides to the wanted size, aspect ratio not kept
  kNone,      ///< no scaling: the centre is cut out at offset floor((n - m) / 2)
};
/// "short256", "stretch" or "none"; throws Error(kInput) otherwise.
ResizeMode ParseResizeMode(const std::string& text);

/// Makes a picture of height x width. For kShort256 a network input larger than 256 raises the
/// short side to the larger of its dimensions; the cut then begins at (n - m) / 2 rounded half to
/// even, as torchvision does. Throws Error(kInput) where kNone meets a picture smaller than the
/// network's input.
Image ResizeForNetwork(const Image& image, int height, int width, ResizeMode mode);

/// Bilinear with antialiasing, the bytes that Pillow's resize(BILINEAR) gives: a triangle as wide
/// as the reduction, rows first, 22-bit fixed-point weights, 8 bits between the two passes.
Image ResizeBilinear(const Image& image, int height, int width);

/// The rectangle of height x width from (row, column), which must lie inside.
Image Crop(const Image& image, int row, int column, int height, int width);

}  // namespace fragua::model
