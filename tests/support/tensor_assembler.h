#pragma once
// Puts together whole tensors from the words that a simulation sees on the engine's output path, so
// that results which never leave the chip can be compared too.

#include <cstdint>
#include <vector>

#include "fragua/driver/program.h"
#include "fragua/model/graph.h"

namespace fragua::test {

/// Where in the network a word's first byte belongs.
struct WordPlace {
  int op = -1;  ///< convolution or pool; -1 = no operator's own output (copies, sums)
  int tensor = -1;
  int row = 0, column = 0;
  int slot = 0;     ///< of the word's first byte in the tensor's layout
  int channel = 0;  ///< of the word's first byte; -1 = a hole
};

/// Keeps references to graph and plan.
class TensorAssembler {
 public:
  TensorAssembler(const model::Graph& graph, const driver::Plan& plan);

  /// The next word of a command, as it leaves the requantiser (before pooling) or the output path
  /// (behind it). Words of one command and stage must come in their order. Unknown tags and words
  /// beyond the command's results throw Error(kDevice): the engine is out of step.
  void Requantised(uint32_t tag, uint64_t word);
  void Written(uint32_t tag, uint64_t word);
  /// The output of an operator on the engine as NHWC bytes, once all its words have come: CONV_2D,
  /// MAX_POOL_2D, and CONCATENATION of those. Empty when words are missing or the operator's output
  /// is not seen on that path (sums, operators on the processor).
  std::vector<uint8_t> Tensor(int tensor) const;
  /// Bytes of the tensor that have come, of all it has.
  int64_t Seen(int tensor) const;

 private:
  struct Value {
    std::vector<uint8_t> bytes;
    int64_t seen = 0;
  };
  struct Command {
    const driver::Tile* tile = nullptr;
    int64_t requantised = 0, written = 0;  ///< words so far
  };
  struct Grid {  ///< the words of one command and stage
    int op = -1;
    int first_block = 0, blocks = 0;
    int first_row = 0, rows = 0, cols = 0;
  };
  Command& Find(uint32_t tag);
  int ChannelAt(int tensor, int slot) const;
  static Grid ConvGrid(const driver::Tile& tile);
  static Grid PoolGrid(const driver::Tile& tile);
  WordPlace PlaceIn(const Grid& grid, int64_t index) const;
  void Put(const Grid& grid, int64_t index, uint64_t word);

  const model::Graph& graph_;
  const driver::Plan& plan_;
  int words_per_pixel_;
  std::vector<Command> commands_;                  ///< by tag
  std::vector<std::vector<int>> channel_of_slot_;  ///< per tensor, empty when not laid out
  std::vector<Value> values_;                      ///< per tensor
};

}  // namespace fragua::test
