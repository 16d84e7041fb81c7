#pragma once
// The pool stage: takes requantised pixels in order K-block, row, column and emits pixels in the
// same order.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/buffers.h"
#include "engine/tile.h"

namespace fragua::sim {

class PoolStage {
 public:
  /// `emit` receives the words of one output pixel and its row and column among those that leave.
  using Emit = std::function<void(std::span<const uint64_t> words, int row, int column)>;

  PoolStage(const Tile& tile, int pk, Buffer& line_buffer, Emit emit);

  void BeginBlock(int kblock);
  /// `pixel` has pk entries.
  void Push(std::span<const int8_t> pixel, int row, int column);
  void EndBlock();

 private:
  void PushMax3x3(std::span<const int8_t> pixel, int row, int column);
  void PushMax2x2(std::span<const int8_t> pixel, int row, int column);
  void EndWindow(int row);  ///< cur_ is the horizontal maximum of a complete window
  void EmitPixel(std::span<const int8_t> pixel, int column);
  void MaxInto(std::span<const int8_t> pixel);
  std::vector<int8_t> ReadLine(int column);
  void WriteLine(int column, std::span<const int8_t> pixel);

  const Tile& tile_;
  const size_t pk_;
  const int columns_;
  Buffer& line_;
  Emit emit_;
  int kblock_ = 0;
  int rows_out_ = 0;       ///< complete rows that have left in this K-block
  bool row_left_ = false;  ///< the current row has emitted something
  int windows_ = 0;        ///< windows ended in the current row
  std::vector<int8_t> cur_;
  std::vector<int32_t> sums_;
};

/// Eight int8 per word, channel 0 lowest.
std::vector<uint64_t> PackWords(std::span<const int8_t> channels);

}  // namespace fragua::sim
