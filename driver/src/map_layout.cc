#include "fragua/driver/map_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

int BlocksOf(const MapLayout::Part& part, int pk) { return (part.channels + pk - 1) / pk; }

}  // namespace

int MapLayout::channels() const {
  int count = 0;
  for (const Part& part : parts) count += part.channels;
  return count;
}

int MapLayout::blocks() const {
  int end = 0;
  for (const Part& part : parts) end = std::max(end, part.first_block + BlocksOf(part, pk));
  return end;
}

int MapLayout::SlotOf(int channel) const {
  for (const Part& part : parts) {
    const int index = channel - part.first_channel;
    if (index >= 0 && index < part.channels) return part.first_block * pk + index;
  }
  FRAGUA_CHECK(false, fmt::format("channel {} of a map of {}", channel, channels()));
  return 0;
}

std::vector<int> MapLayout::ChannelOfSlot() const {
  std::vector<int> channel(static_cast<size_t>(blocks()) * pk, -1);
  for (const Part& part : parts) {
    for (int i = 0; i < part.channels; ++i) {
      channel[static_cast<size_t>(part.first_block * pk + i)] = part.first_channel + i;
    }
  }
  return channel;
}

MapLayout DenseLayout(int height, int width, int channels, int pk) {
  return {height, width, pk, {{0, channels, 0}}};
}

}  // namespace fragua::driver
