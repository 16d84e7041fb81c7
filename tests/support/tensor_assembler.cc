#include "tensor_assembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "fragua/model/error.h"

namespace fragua::test {
namespace {

using model::OpType;

[[noreturn]] void OutOfStep(uint32_t tag, const char* what) {
  throw Error(ErrorKind::kDevice,
              fmt::format("the engine gives a result word for tag 0x{:X}, {}: results and commands "
                          "are out of step",
                          tag, what));
}

}  // namespace

TensorAssembler::TensorAssembler(const model::Graph& graph, const driver::Plan& plan)
    : graph_(graph),
      plan_(plan),
      words_per_pixel_(plan.engine.words_per_pixel()),
      channel_of_slot_(graph.tensors.size()),
      values_(graph.tensors.size()) {
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    if (!plan.tensor_layouts[t].parts.empty()) {
      channel_of_slot_[t] = plan.tensor_layouts[t].ChannelOfSlot();
    }
  }
  for (const driver::Program& program : plan.programs) {
    commands_.resize(program.first_tag + program.commands.size());
    for (const driver::Tile& tile : program.tiles) commands_[tile.tag].tile = &tile;
  }
}

TensorAssembler::Command& TensorAssembler::Find(uint32_t tag) {
  if (tag >= commands_.size() || commands_[tag].tile == nullptr) {
    OutOfStep(tag, "which is no COMPUTE of this plan");
  }
  return commands_[tag];
}

int TensorAssembler::ChannelAt(int tensor, int slot) const {
  const std::vector<int>& channels = channel_of_slot_[static_cast<size_t>(tensor)];
  return slot < static_cast<int>(channels.size()) ? channels[static_cast<size_t>(slot)] : -1;
}

TensorAssembler::Grid TensorAssembler::ConvGrid(const driver::Tile& tile) {
  return {tile.conv_op, tile.conv_block, tile.blocks, tile.first_row, tile.rows, tile.cols};
}

TensorAssembler::Grid TensorAssembler::PoolGrid(const driver::Tile& tile) {
  return {tile.pool_op,          tile.pool_block,  tile.blocks,
          tile.first_pooled_row, tile.pooled_rows, tile.pooled_cols};
}

WordPlace TensorAssembler::PlaceIn(const Grid& grid, int64_t index) const {
  WordPlace place;
  place.op = grid.op;
  if (grid.op < 0 || grid.rows == 0) return place;
  place.tensor = graph_.ops[static_cast<size_t>(grid.op)].outputs[0];
  const int64_t pixel = index / words_per_pixel_;
  const auto in_block = static_cast<int>(pixel % (int64_t{1} * grid.rows * grid.cols));
  const auto block = static_cast<int>(pixel / (int64_t{1} * grid.rows * grid.cols));
  place.row = grid.first_row + in_block / grid.cols;
  place.column = in_block % grid.cols;
  place.slot =
      (grid.first_block + block) * plan_.engine.pk + static_cast<int>(index % words_per_pixel_) * 8;
  place.channel = ChannelAt(place.tensor, place.slot);
  return place;
}

void TensorAssembler::Put(const Grid& grid, int64_t index, uint64_t word) {
  if (grid.op < 0) return;
  const WordPlace place = PlaceIn(grid, index);
  const auto t = static_cast<size_t>(place.tensor);
  const driver::MapLayout& layout = plan_.tensor_layouts[t];
  Value& value = values_[t];
  if (value.bytes.empty()) value.bytes.resize(static_cast<size_t>(graph_.tensors[t].elements()));
  const int64_t pixel = int64_t{place.row} * layout.width + place.column;
  for (int lane = 0; lane < 8; ++lane) {
    const int channel = ChannelAt(place.tensor, place.slot + lane);
    if (channel < 0) continue;
    const int64_t at = pixel * layout.channels() + channel;
    value.bytes[static_cast<size_t>(at)] = static_cast<uint8_t>(word >> (8 * lane));
    ++value.seen;
  }
}

void TensorAssembler::Requantised(uint32_t tag, uint64_t word) {
  Command& command = Find(tag);
  const driver::Tile& tile = *command.tile;
  if (command.requantised >= int64_t{1} * tile.blocks * tile.rows * tile.cols * words_per_pixel_) {
    OutOfStep(tag, "beyond the command's last pixel");
  }
  Put(ConvGrid(tile), command.requantised++, word);
}

void TensorAssembler::Written(uint32_t tag, uint64_t word) {
  Command& command = Find(tag);
  const driver::Tile& tile = *command.tile;
  if (tile.pool_op >= 0) {
    const int64_t words =
        int64_t{1} * tile.blocks * tile.pooled_rows * tile.pooled_cols * words_per_pixel_;
    if (command.written >= words) OutOfStep(tag, "beyond the command's last pooled pixel");
    Put(PoolGrid(tile), command.written, word);
  }
  ++command.written;
}

int64_t TensorAssembler::Seen(int tensor) const {
  return values_.at(static_cast<size_t>(tensor)).seen;
}

std::vector<uint8_t> TensorAssembler::Tensor(int tensor) const {
  const auto t = static_cast<size_t>(tensor);
  const Value& value = values_.at(t);
  const int64_t elements = graph_.tensors[t].elements();
  if (value.seen > 0) {
    return value.seen == elements ? value.bytes : std::vector<uint8_t>();
  }
  // A concatenation is its inputs side by side.
  const auto producer =
      std::find_if(graph_.ops.begin(), graph_.ops.end(),
                   [tensor](const model::Op& op) { return op.outputs[0] == tensor; });
  if (producer == graph_.ops.end() || producer->type != OpType::kConcatenation ||
      producer->attributes.axis != 3) {
    return {};
  }
  std::vector<uint8_t> joined(static_cast<size_t>(elements));
  const int channels = graph_.tensors[t].shape[3];
  int first = 0;
  for (const int input : producer->inputs) {
    const std::vector<uint8_t> part = Tensor(input);
    if (part.empty()) return {};
    const int width = graph_.tensor(input).shape[3];
    for (size_t pixel = 0; pixel < part.size() / static_cast<size_t>(width); ++pixel) {
      std::copy_n(part.begin() + static_cast<ptrdiff_t>(pixel) * width, width,
                  joined.begin() + static_cast<ptrdiff_t>(pixel) * channels + first);
    }
    first += width;
  }
  return joined;
}

}  // namespace fragua::test
