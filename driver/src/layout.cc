#include "fragua/driver/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

void CheckSize(const char* what, size_t found, int64_t expected) {
  FRAGUA_CHECK(static_cast<int64_t>(found) == expected,
               fmt::format("{}: {} bytes, expected {}", what, found, expected));
}

/// `count` runs of kBytes. The size is known, so each is a few vector moves and no call.
template <size_t kBytes>
void CopyRuns(const int8_t* from, ptrdiff_t from_step, int8_t* to, ptrdiff_t to_step,
              ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; ++i, from += from_step, to += to_step) {
    std::memcpy(to, from, kBytes);
  }
}

/// True when a whole block of `pk` channels has been copied, for the block widths that engines
/// have.
bool CopyWholeBlock(int pk, const int8_t* from, ptrdiff_t from_step, int8_t* to, ptrdiff_t to_step,
                    ptrdiff_t pixels) {
  switch (pk) {
    case 8:
      CopyRuns<8>(from, from_step, to, to_step, pixels);
      return true;
    case 16:
      CopyRuns<16>(from, from_step, to, to_step, pixels);
      return true;
    case 32:
      CopyRuns<32>(from, from_step, to, to_step, pixels);
      return true;
    default:
      return false;
  }
}

}  // namespace

void NhwcToBlocked(const BlockedMap& map, std::span<const int8_t> nhwc, std::span<int8_t> blocked) {
  CheckSize("NHWC map", nhwc.size(), map.elements());
  CheckSize("blocked map", blocked.size(), map.bytes());
  const ptrdiff_t pixels = ptrdiff_t{map.height} * map.width;
  const auto pk = static_cast<size_t>(map.pk);
  for (int block = 0; block < map.blocks(); ++block) {
    const int8_t* from = nhwc.data() + ptrdiff_t{block} * map.pk;
    int8_t* to = blocked.data() + block * map.block_bytes();
    const auto used = static_cast<size_t>(std::min(map.pk, map.channels - block * map.pk));
    if (used == pk && CopyWholeBlock(map.pk, from, map.channels, to, map.pk, pixels)) continue;
    for (ptrdiff_t p = 0; p < pixels; ++p, from += map.channels, to += map.pk) {
      std::memcpy(to, from, used);
      std::memset(to + used, 0, pk - used);
    }
  }
}

void BlockedToNhwc(const BlockedMap& map, std::span<const int8_t> blocked, std::span<int8_t> nhwc) {
  CheckSize("blocked map", blocked.size(), map.bytes());
  CheckSize("NHWC map", nhwc.size(), map.elements());
  const ptrdiff_t pixels = ptrdiff_t{map.height} * map.width;
  for (int block = 0; block < map.blocks(); ++block) {
    const int8_t* from = blocked.data() + block * map.block_bytes();
    int8_t* to = nhwc.data() + ptrdiff_t{block} * map.pk;
    const auto used = static_cast<size_t>(std::min(map.pk, map.channels - block * map.pk));
    const bool whole = used == static_cast<size_t>(map.pk);
    if (whole && CopyWholeBlock(map.pk, from, map.pk, to, map.channels, pixels)) continue;
    for (ptrdiff_t p = 0; p < pixels; ++p, from += map.pk, to += map.channels) {
      std::memcpy(to, from, used);
    }
  }
}

void NhwcToPixelPairs(const PixelPairs& pairs, int8_t fill, std::span<const int8_t> nhwc,
                      std::span<int8_t> packed) {
  constexpr int kBytesPerPixel = 4;
  FRAGUA_CHECK(pairs.channels >= 1 && pairs.channels <= kBytesPerPixel,
               fmt::format("{} channels in a pixel of 4 bytes", pairs.channels));
  CheckSize("NHWC image", nhwc.size(), pairs.elements());
  CheckSize("packed image", packed.size(), pairs.bytes());
  const auto used = static_cast<size_t>(pairs.channels);
  int8_t* to = packed.data();
  for (int y = 0; y < pairs.height; ++y) {
    const int8_t* row = nhwc.data() + ptrdiff_t{y} * pairs.width * pairs.channels;
    for (int i = 0; i < 2 * pairs.words_per_row; ++i, to += kBytesPerPixel) {
      const int x = i - pairs.pad_left;
      if (x >= 0 && x < pairs.width) {
        std::memcpy(to, row + ptrdiff_t{x} * pairs.channels, used);
      } else {
        std::memset(to, fill, used);
      }
      std::memset(to + used, 0, kBytesPerPixel - used);
    }
  }
}

}  // namespace fragua::driver
