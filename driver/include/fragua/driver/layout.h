#pragma once
// Conversions between the processor's NHWC tensors and the engine's layouts in DDR (docs/ENGINE.md,
// "Data layouts").

#include <cstdint>
#include <span>

namespace fragua::driver {

/// A map as the engine keeps it: [ceil(channels/pk)][height][width][pk] int8.
struct BlockedMap {
  int height = 1;
  int width = 1;
  int channels = 1;
  int pk = 16;
  int blocks() const { return (channels + pk - 1) / pk; }
  /// Bytes of one block: all pixels of pk channels.
  int64_t block_bytes() const { return int64_t{1} * height * width * pk; }
  int64_t bytes() const { return block_bytes() * blocks(); }
  int64_t elements() const { return int64_t{1} * height * width * channels; }
};

/// `nhwc` has map.elements(), `blocked` map.bytes(). Channels beyond map.channels are written 0, so
/// that the bytes in DDR are a function of the tensor alone.
void NhwcToBlocked(const BlockedMap& map, std::span<const int8_t> nhwc, std::span<int8_t> blocked);
/// The reverse; channels beyond map.channels are ignored.
void BlockedToNhwc(const BlockedMap& map, std::span<const int8_t> blocked, std::span<int8_t> nhwc);

/// An image of up to 4 channels as one 64-bit word per PAIR of neighbouring pixels,
/// [height][words_per_row][8]: word j of a row holds pixels 2j - pad_left and 2j + 1 - pad_left,
/// four bytes each, in channel order.
struct PixelPairs {
  int height = 1;
  int width = 1;     ///< of the image, in pixels
  int channels = 3;  ///< 1..4
  int pad_left = 0;  ///< columns of padding that stand in the layout; >= 0
  int words_per_row = 1;
  int64_t bytes() const { return int64_t{8} * height * words_per_row; }
  int64_t elements() const { return int64_t{1} * height * width * channels; }
};

/// `nhwc` has pairs.elements(), `packed` pairs.bytes(). Pixels outside the image hold `fill` (the
/// zero point) in every channel; the bytes of channels that do not exist are 0.
void NhwcToPixelPairs(const PixelPairs& pairs, int8_t fill, std::span<const int8_t> nhwc,
                      std::span<int8_t> packed);

}  // namespace fragua::driver
