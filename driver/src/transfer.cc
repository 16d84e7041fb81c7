#include "transfer.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace fragua::driver {
namespace {

static_assert(std::endian::native == std::endian::little, "the engine's sums are little-endian");

std::span<int8_t> Signed(std::span<uint8_t> bytes) {
  return {reinterpret_cast<int8_t*>(bytes.data()), bytes.size()};
}
std::span<const int8_t> Signed(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const int8_t*>(bytes.data()), bytes.size()};
}

/// One part of a map, and where its blocks lie.
struct PartMap {
  BlockedMap map;
  size_t offset = 0;
  size_t bytes() const { return static_cast<size_t>(map.bytes()); }
};

PartMap MapOf(const MapLayout& layout, const MapLayout::Part& part) {
  return {{layout.height, layout.width, part.channels, layout.pk},
          static_cast<size_t>(part.first_block * layout.block_bytes())};
}

}  // namespace

void Pack(const Transfer& transfer, const TensorStore& store, std::span<uint8_t> memory) {
  const std::span<const int8_t> nhwc = Signed(store.Bytes(transfer.tensor));
  if (transfer.kind == Transfer::Kind::kPixelPairs) {
    NhwcToPixelPairs(transfer.pairs, transfer.fill, nhwc, Signed(memory));
    return;
  }
  const MapLayout& layout = transfer.layout;
  if (layout.parts.size() == 1) {
    NhwcToBlocked(MapOf(layout, layout.parts[0]).map, nhwc, Signed(memory));
    return;
  }
  const size_t channels = static_cast<size_t>(layout.channels());
  for (const MapLayout::Part& part : layout.parts) {
    const PartMap target = MapOf(layout, part);
    std::vector<int8_t> piece(static_cast<size_t>(target.map.elements()));
    const size_t width = static_cast<size_t>(part.channels);
    for (size_t pixel = 0; pixel < piece.size() / width; ++pixel) {
      std::copy_n(nhwc.data() + pixel * channels + part.first_channel, width,
                  piece.data() + pixel * width);
    }
    NhwcToBlocked(target.map, piece, Signed(memory.subspan(target.offset, target.bytes())));
  }
}

void Unpack(const Transfer& transfer, std::span<const uint8_t> memory, TensorStore& store) {
  const std::span<int8_t> nhwc = Signed(store.Create(transfer.tensor));
  const MapLayout& layout = transfer.layout;
  if (layout.parts.size() == 1) {
    BlockedToNhwc(MapOf(layout, layout.parts[0]).map, Signed(memory), nhwc);
    return;
  }
  const size_t channels = static_cast<size_t>(layout.channels());
  for (const MapLayout::Part& part : layout.parts) {
    const PartMap source = MapOf(layout, part);
    std::vector<int8_t> piece(static_cast<size_t>(source.map.elements()));
    BlockedToNhwc(source.map, Signed(memory.subspan(source.offset, source.bytes())), piece);
    const size_t width = static_cast<size_t>(part.channels);
    for (size_t pixel = 0; pixel < piece.size() / width; ++pixel) {
      std::copy_n(piece.data() + pixel * width, width,
                  nhwc.data() + pixel * channels + part.first_channel);
    }
  }
}

std::vector<int32_t> ReadSums(const Transfer& transfer, std::span<const uint8_t> memory) {
  const int pk = transfer.layout.pk;
  const std::vector<int> channel_of_slot = transfer.layout.ChannelOfSlot();
  std::vector<int32_t> sums(static_cast<size_t>(transfer.layout.channels()));
  for (const SumPiece& piece : transfer.pieces) {
    for (int i = 0; i < piece.blocks * pk; ++i) {
      const int channel = channel_of_slot[static_cast<size_t>(piece.first_block * pk + i)];
      if (channel < 0) continue;
      int32_t value = 0;
      std::memcpy(&value, memory.data() + piece.offset + static_cast<size_t>(i) * sizeof value,
                  sizeof value);
      sums[static_cast<size_t>(channel)] += value;
    }
  }
  return sums;
}

}  // namespace fragua::driver
