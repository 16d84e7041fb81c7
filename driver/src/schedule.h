#pragma once
// The commands of a program in the order in which one after the other would be right, with what
// each depends on. The order in the ring and the tokens are derived from that (ring.h).

#include <cstdint>
#include <span>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/program.h"
#include "strips.h"

namespace fragua::driver {

/// Rows of blocks in an on-chip buffer with a ring of row slots.
struct RowSet {
  int base = 0;
  int blocks = 1;
  int block_pitch = 0;
  int row_pitch = 0;
  int ring_rows = 1;
  RowRange rows;
};

struct LoadNode {
  regs::Command command;
  int map = -1;         ///< source map; -1 = weight image
  uint32_t offset = 0;  ///< bytes in the map or the image
  int op = -1;
  int64_t words = 0;  ///< 64-bit words moved
  bool weights = false;
  int after_compute = -1;  ///< last COMPUTE that used the space
  int after_store = -1;    ///< last STORE that made the data
  int first_use = -1;      ///< first COMPUTE that needs it
};

struct StoreNode {
  regs::Command command;
  int map = -1;  ///< -1 = stamp record
  uint32_t offset = 0;
  int op = -1;
  int64_t words = 0;
  int compute = -1;
};

struct ComputeNode {
  regs::Command command;
  Tile tile;
  int op = -1;         ///< operator whose time it is
  int64_t cycles = 0;  ///< array steps at the pace of the requantiser, parameter words included
  bool drain = false;
  std::vector<int> loads;   ///< must have completed
  std::vector<int> stores;  ///< take its results, in order
};

class Schedule {
 public:
  explicit Schedule(const EngineConfig& engine);

  /// Rows of a map into the activation buffer. `after_store`: see LoadNode.
  void LoadRows(LoadNode node, const RowSet& destination);
  /// Weights into the ring of the weight buffer; returns the first weight word. The space is that
  /// of the oldest weights.
  int LoadWeights(LoadNode node, int weight_words);
  int NextWeightWord() const { return weight_head_; }
  /// A COMPUTE that reads and writes these rows and [weight_base, + weight_words) of the weights.
  /// It also waits for every load since the COMPUTE before, whether it reads those words or not, so
  /// that no load outlives the data it reads.
  struct Access {
    RowSet rows;
    bool squeeze = false;
  };
  int Compute(ComputeNode node, const Access& read, const Access* write, int weight_base,
              int weight_words);
  /// Adds a STORE behind the last COMPUTE; returns its index.
  int Store(StoreNode node);
  int LastStore() const { return static_cast<int>(stores.size()) - 1; }

  std::vector<LoadNode> loads;
  std::vector<ComputeNode> computes;
  std::vector<StoreNode> stores;

 private:
  struct Word {
    int user = -1;        ///< last COMPUTE that read or wrote it
    int written_by = -1;  ///< COMPUTE, or -1
    int loaded_by = -1;   ///< LOAD, or -1
  };
  int AddLoad(LoadNode node);
  void NeedLoad(int load, ComputeNode& node, int index);

  int weight_words_;
  int weight_head_ = 0;
  int last_drain_ = 0;            ///< results of all COMPUTEs before this one have been written
  std::vector<int> fresh_loads_;  ///< since the last COMPUTE
  std::vector<Word> activation_, squeeze_, weight_;
};

}  // namespace fragua::driver
