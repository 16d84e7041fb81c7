#pragma once
// How the channels of a map lie in the engine's blocks of PK channels. Usually channel c is slot c;
// a map that several convolutions write side by side (a concatenation) gives every part whole
// blocks, so there may be holes between the parts: slots that hold anything and have weight zero.

#include <cstdint>
#include <vector>

namespace fragua::driver {

struct MapLayout {
  struct Part {
    int first_channel = 0;
    int channels = 0;
    int first_block = 0;
    bool operator==(const Part&) const = default;
  };

  int height = 1;
  int width = 1;
  int pk = 16;
  std::vector<Part> parts;  ///< in channel order, every channel exactly once
  bool operator==(const MapLayout&) const = default;

  int channels() const;
  int blocks() const;
  /// Slot (block * pk + position in the block) of a channel in range.
  int SlotOf(int channel) const;
  /// Channel of every slot, -1 for holes; blocks() * pk entries.
  std::vector<int> ChannelOfSlot() const;
  int64_t block_bytes() const { return int64_t{1} * height * width * pk; }
  int64_t bytes() const { return block_bytes() * blocks(); }
};

/// One part, channel c at slot c.
MapLayout DenseLayout(int height, int width, int channels, int pk);

}  // namespace fragua::driver
