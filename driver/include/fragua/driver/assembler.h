#pragma once
// Puts together whole tensors from the words that a simulation sees on the engine's output path, so
// that results which never leave the chip can be compared too.

#include <cstdint>
#include <vector>

#include "fragua/driver/program.h"
#include "fragua/model/graph.h"

namespace fragua::driver {

/// Where in the network a word's first byte belongs.
struct WordPlace {
  int op = -1;  ///< convolution or pool; -1 = no operator's own output (copies, sums)
  int tensor = -1;
  int row = 0, column = 0;
  int slot = 0;     ///< of the word's first byte in the tensor's layout
  int channel = 0;  ///< of the word's first byte; -1 = a hole
  int tile = -1;    ///< index into the program's tiles
};

/// Keeps references to graph and plan.
class TensorAssembler {
 public:
  TensorAssembler(const model::Graph& graph, const Plan& plan);

  /// The next word of a command, as it leaves the requantiser (before pooling) or the output path
  /// (behind it). Words of one command and stage must come in their order. Unknown tags and words
  /// beyond the command's results throw Error(kDevice): the engine is out of step.
  void Requantised(uint32_t tag, uint64_t word);
  void Written(uint32_t tag, uint64_t word);
  /// Where the next word of that kind would go.
  WordPlace PlaceOfRequantised(uint32_t tag) const;
  WordPlace PlaceOfWritten(uint32_t tag) const;

  /// The output of an operator on the engine as NHWC bytes, once all its words have come: CONV_2D,
  /// MAX_POOL_2D, and CONCATENATION of those. Empty when words are missing or the operator's output
  /// is not seen on that path (sums, operators on the processor).
  std::vector<uint8_t> Tensor(int tensor) const;
  /// Bytes of the tensor that have come, of all it has.
  int64_t Seen(int tensor) const;
  /// Forgets all words; call before every inference.
  void Clear();

 private:
  struct Value {
    std::vector<uint8_t> bytes;
    int64_t seen = 0;
  };
  struct Command {
    int program = -1;
    const Tile* tile = nullptr;
    int tile_index = -1;
    int64_t requantised = 0, written = 0;  ///< words so far
  };
  struct Grid {  ///< the words of one command and stage
    int op = -1;
    int first_block = 0, blocks = 0;
    int first_row = 0, rows = 0, cols = 0;
  };
  Command& Find(uint32_t tag);
  const Command* Look(uint32_t tag) const;
  int ChannelAt(int tensor, int slot) const;
  static Grid ConvGrid(const Tile& tile);
  static Grid PoolGrid(const Tile& tile);
  WordPlace PlaceIn(const Grid& grid, int64_t index, int tile) const;
  void Put(const Grid& grid, int64_t index, uint64_t word, int tile);

  const model::Graph& graph_;
  const Plan& plan_;
  int words_per_pixel_;
  std::vector<Command> commands_;                  ///< by tag
  std::vector<std::vector<int>> channel_of_slot_;  ///< per tensor, empty when not laid out
  std::vector<Value> values_;                      ///< per tensor
};

}  // namespace fragua::driver
