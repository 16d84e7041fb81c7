#pragma once
// What the compiler makes of a graph: a plan of steps, each either one operator on the processor or
// a program (command stream, weights, memory map) for the engine, with enough description of every
// command that its results, on chip or not, can be put together again as whole tensors.

#include <cstdint>
#include <string>
#include <vector>

#include "fragua/driver/engine_config.h"
#include "fragua/driver/layout.h"
#include "fragua/driver/map_layout.h"
#include "fragua/driver/partition.h"
#include "fragua/driver/registers.h"

namespace fragua::driver {

/// Sums of a part of a map: int32 for every slot of `blocks` blocks.
struct SumPiece {
  uint32_t offset = 0;  ///< bytes from the start of the transfer
  int first_block = 0;
  int blocks = 0;
};

/// A tensor on its way between the processor (NHWC) and the engine's memory.
struct Transfer {
  enum class Kind {
    kBlocked,     ///< a map, `layout`
    kPixelPairs,  ///< an image of up to 4 channels as pairs of pixels, `pairs` and `fill`
    kSums,  ///< out only: int32 sums of a MEAN over height and width, one per slot of `layout`
  };
  Kind kind = Kind::kBlocked;
  int tensor = -1;  ///< the tensor moved (kSums: the MEAN's output)
  int op = -1;      ///< kSums: the MEAN operator that the processor finishes
  MapLayout layout;
  PixelPairs pairs;
  int8_t fill = 0;
  std::vector<SumPiece> pieces;  ///< kSums: the sums of a slot are the total over its pieces
  uint32_t offset = 0;           ///< bytes from the start of the arena
  uint32_t bytes = 0;
};

/// One COMPUTE command, as the operators it works for see it. Its results appear in the order
/// K-block, row, column, and PK/8 words of eight channels (sums: PK/2 words of two int32).
struct Tile {
  enum class Destination { kActivation, kSqueeze, kStore };
  uint32_t tag = 0;
  int conv_op = -1;  ///< -1: the convolution is an exact copy that carries a pool or a sum
  int pool_op = -1;  ///< MAX_POOL_2D on the output path
  int sum_op = -1;   ///< MEAN on the output path
  Destination destination = Destination::kStore;
  int blocks = 0;  ///< K-blocks in this command
  int conv_block =
      0;  ///< first block in the layout of the convolution's output (of the input for a copy)
  int first_row = 0;  ///< of the convolution's output
  int rows = 0, cols = 0;
  int pool_block = 0;  ///< first block in the layout of the pool's (or sum's) output
  int first_pooled_row = 0;
  int pooled_rows = 0, pooled_cols = 0;
};

/// A stamp record in the arena, in stream order.
struct StampSlot {
  int op = -1;  ///< operator whose cycles end here
  uint32_t tag = 0;
  uint32_t offset = 0;  ///< bytes from the start of the arena
};

/// What one operator moves through the DDR port.
struct OpTraffic {
  int op = -1;
  int64_t read_bytes = 0;
  int64_t write_bytes = 0;
};

/// Which buffer a command's DDR_ADDR counts from until the runtime knows the bus addresses.
enum class Region : uint8_t { kNone, kWeights, kArena };

/// One submission to the engine.
struct Program {
  std::vector<int> ops;  ///< operators it executes, in execution order
  /// In ring order. DDR_ADDR is relative to `regions[i]`; SIGNAL's VALUE is 0. The TAG of command i
  /// is first_tag + i.
  std::vector<regs::Command> commands;
  std::vector<Region> regions;
  uint32_t first_tag = 0;
  std::vector<Tile> tiles;
  std::vector<int> tile_of_command;  ///< -1 for commands other than COMPUTE
  std::vector<int> op_of_command;    ///< operator a command works for; -1 for SIGNAL
  std::vector<uint8_t> weights;      ///< image, uploaded once
  uint32_t arena_bytes = 0;
  std::vector<Transfer> inputs, outputs;
  std::vector<StampSlot> stamps;
  std::vector<OpTraffic> traffic;     ///< commands not included
  std::vector<OpTraffic> compulsory;  ///< of it, what no schedule of the same stages could save
  uint64_t estimated_cycles = 0;
  std::vector<uint64_t> estimated_op_cycles;  ///< parallel to `ops`; 0 for those without commands
};

struct PlanStep {
  Place place = Place::kArm;
  int op = -1;       ///< kArm
  int program = -1;  ///< kFabric: index into Plan::programs
};

/// Where one operator went and why.
struct OpPlacement {
  Place place = Place::kArm;
  std::string reason;
};

struct Plan {
  EngineConfig engine;
  std::vector<PlanStep> steps;
  std::vector<Program> programs;
  std::vector<OpPlacement> placement;     ///< per operator of the graph
  std::vector<MapLayout> tensor_layouts;  ///< per tensor; no parts = never in the engine's layout

  /// The program and command of a tag; {-1, -1} when there is none.
  struct CommandId {
    int program = -1, command = -1;
  };
  CommandId FindTag(uint32_t tag) const;
};

}  // namespace fragua::driver
