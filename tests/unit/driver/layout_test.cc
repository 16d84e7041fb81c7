#include "fragua/driver/layout.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace fragua::driver {
namespace {

TEST(Layout, BlockedMapsPutChannelBlocksBehindEachOther) {
  const BlockedMap map{.height = 2, .width = 3, .channels = 11, .pk = 8};
  std::vector<int8_t> nhwc(static_cast<size_t>(map.elements()));
  for (size_t i = 0; i < nhwc.size(); ++i) nhwc[i] = static_cast<int8_t>(i + 1);
  std::vector<int8_t> blocked(static_cast<size_t>(map.bytes()), 77);
  ASSERT_EQ(blocked.size(), 2u * 6u * 8u);
  NhwcToBlocked(map, nhwc, blocked);
  for (size_t pixel = 0; pixel < 6; ++pixel) {
    for (size_t slot = 0; slot < 16; ++slot) {
      const int8_t expected = slot < 11 ? nhwc[pixel * 11 + slot] : int8_t{0};
      EXPECT_EQ(blocked[(slot / 8) * 48 + pixel * 8 + slot % 8], expected)
          << "pixel " << pixel << " slot " << slot;
    }
  }
  std::vector<int8_t> back(nhwc.size(), -1);
  BlockedToNhwc(map, blocked, back);
  EXPECT_EQ(back, nhwc);
}

TEST(Layout, BlockedMapsRoundTripForEveryBlockSize) {
  for (const int pk : {8, 16, 32}) {
    for (const int channels : {1, pk - 1, pk, pk + 1, 3 * pk}) {
      const BlockedMap map{.height = 3, .width = 5, .channels = channels, .pk = pk};
      std::vector<int8_t> nhwc(static_cast<size_t>(map.elements()));
      for (size_t i = 0; i < nhwc.size(); ++i) nhwc[i] = static_cast<int8_t>(i * 37);
      std::vector<int8_t> blocked(static_cast<size_t>(map.bytes()), 1);
      NhwcToBlocked(map, nhwc, blocked);
      std::vector<int8_t> back(nhwc.size());
      BlockedToNhwc(map, blocked, back);
      EXPECT_EQ(back, nhwc) << pk << " " << channels;
    }
  }
}

TEST(Layout, PixelPairsHoldPaddingAndFill) {
  // Three pixels, one column of padding: words (pad, 0), (1, 2), (outside, outside).
  const PixelPairs pairs{.height = 1, .width = 3, .channels = 3, .pad_left = 1, .words_per_row = 3};
  const std::vector<int8_t> image = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<int8_t> packed(static_cast<size_t>(pairs.bytes()), 99);
  NhwcToPixelPairs(pairs, -128, image, packed);
  const std::vector<int8_t> expected = {-128, -128, -128, 0, 1,    2,    3,    0,
                                        4,    5,    6,    0, 7,    8,    9,    0,
                                        -128, -128, -128, 0, -128, -128, -128, 0};
  EXPECT_EQ(packed, expected);
}

}  // namespace
}  // namespace fragua::driver
