#include "engine/pool.h"

#include <algorithm>
#include <utility>

namespace fragua::sim {

std::vector<uint64_t> PackWords(std::span<const int8_t> channels) {
  std::vector<uint64_t> words(channels.size() / 8);
  for (size_t i = 0; i < channels.size(); ++i) {
    words[i / 8] |= uint64_t{static_cast<uint8_t>(channels[i])} << (8 * (i % 8));
  }
  return words;
}

PoolStage::PoolStage(const Tile& tile, int pk, Buffer& line_buffer, Emit emit)
    : tile_(tile),
      pk_(static_cast<size_t>(pk)),
      columns_(tile.result_cols(pk / 8)),
      line_(line_buffer),
      emit_(std::move(emit)),
      cur_(pk_),
      sums_(pk_) {}

void PoolStage::BeginBlock(int kblock) {
  kblock_ = kblock;
  rows_out_ = 0;
  std::ranges::fill(sums_, 0);
}

void PoolStage::Push(std::span<const int8_t> pixel, int row, int column) {
  if (column == 0) {
    windows_ = 0;
    row_left_ = false;
  }
  switch (tile_.pool) {
    case PoolMode::kNone:
      EmitPixel(pixel, column);
      break;
    case PoolMode::kMax3x3:
      PushMax3x3(pixel, row, column);
      break;
    case PoolMode::kMax2x2:
      PushMax2x2(pixel, row, column);
      break;
    case PoolMode::kSum:
      for (size_t k = 0; k < pk_; ++k) sums_[k] += pixel[k];
      break;
  }
  if (column == columns_ - 1 && row_left_) ++rows_out_;
}

void PoolStage::EndBlock() {
  if (tile_.pool != PoolMode::kSum) return;
  std::vector<uint64_t> words(pk_ / 2);
  for (size_t k = 0; k < pk_; ++k) {
    words[k / 2] |= uint64_t{static_cast<uint32_t>(sums_[k])} << (32 * (k % 2));
  }
  emit_(words, 0, 0);
}

void PoolStage::PushMax3x3(std::span<const int8_t> pixel, int row, int column) {
  const bool even = (column + tile_.pool_pad_left) % 2 == 0;
  if (column == 0) {
    std::ranges::copy(pixel, cur_.begin());
  } else {
    MaxInto(pixel);
    if (even) {
      EndWindow(row);
      std::ranges::copy(pixel, cur_.begin());
    }
  }
  // A window that the right edge cuts off: ceil-mode pooling and padding on the right.
  if (column == columns_ - 1) EndWindow(row);
}

void PoolStage::PushMax2x2(std::span<const int8_t> pixel, int row, int column) {
  if (column % 2 == 0) {
    std::ranges::copy(pixel, cur_.begin());
    if (column == columns_ - 1) EndWindow(row);
  } else {
    MaxInto(pixel);
    EndWindow(row);
  }
}

void PoolStage::EndWindow(int row) {
  if (windows_ >= tile_.pool_cols) return;
  const int column = windows_++;
  const bool even = (row + tile_.pool_row_phase) % 2 == 0;
  const bool first = tile_.pool_first && row == 0;
  const bool last = tile_.pool_last && row == tile_.out_rows - 1;
  const auto with_line = [&] {
    std::vector<int8_t> result = ReadLine(column);
    for (size_t k = 0; k < pk_; ++k) result[k] = std::max(result[k], cur_[k]);
    return result;
  };
  if (tile_.pool == PoolMode::kMax3x3) {
    if (even) {
      if (!first) EmitPixel(with_line(), column);
      WriteLine(column, cur_);
    } else {
      const std::vector<int8_t> tall = first ? cur_ : with_line();
      WriteLine(column, tall);
      if (last) EmitPixel(tall, column);
    }
  } else if (even) {
    WriteLine(column, cur_);
    if (last) EmitPixel(cur_, column);
  } else {
    EmitPixel(with_line(), column);
  }
}

void PoolStage::EmitPixel(std::span<const int8_t> pixel, int column) {
  row_left_ = true;
  emit_(PackWords(pixel), rows_out_, column);
}

void PoolStage::MaxInto(std::span<const int8_t> pixel) {
  for (size_t k = 0; k < pk_; ++k) cur_[k] = std::max(cur_[k], pixel[k]);
}

std::vector<int8_t> PoolStage::ReadLine(int column) {
  std::vector<int8_t> pixel(pk_);
  const int64_t base = tile_.pool_base + (int64_t{kblock_} * tile_.pool_cols + column) *
                                             static_cast<int64_t>(pk_ / 8);
  for (size_t k = 0; k < pk_; ++k) {
    const uint64_t word = line_.Read(Unit::kCompute, base + static_cast<int64_t>(k / 8))[0];
    pixel[k] = static_cast<int8_t>(word >> (8 * (k % 8)));
  }
  return pixel;
}

void PoolStage::WriteLine(int column, std::span<const int8_t> pixel) {
  const int64_t base = tile_.pool_base + (int64_t{kblock_} * tile_.pool_cols + column) *
                                             static_cast<int64_t>(pk_ / 8);
  const std::vector<uint64_t> words = PackWords(pixel);
  for (size_t i = 0; i < words.size(); ++i) {
    line_.Write(Unit::kCompute, base + static_cast<int64_t>(i), 0, words[i]);
  }
}

}  // namespace fragua::sim
