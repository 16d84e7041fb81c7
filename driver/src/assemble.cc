#include "assemble.h"

#include <map>
#include <utility>

#include "arena.h"
#include "chip_plan.h"
#include "compulsory.h"
#include "emit.h"
#include "fuse.h"
#include "ring.h"

namespace fragua::driver {
namespace {

class Assembler {
 public:
  Assembler(const GraphFacts& facts, Segment& segment, const Schedule& schedule,
            const CompileOptions& options)
      : facts_(facts), segment_(segment), schedule_(schedule), options_(options) {}

  Program Assemble(const std::vector<RingEntry>& order, uint32_t first_tag) {
    program_.ops = segment_.ops;
    program_.first_tag = first_tag;
    stamp_base_ = PlaceMaps(segment_);
    for (const RingEntry& entry : order) AddEntry(entry);
    Append(regs::MakeCommand(regs::Opcode::kSignal), Region::kNone, 0, -1);
    program_.arena_bytes =
        stamp_base_ + static_cast<uint32_t>(program_.stamps.size() * regs::stamp::kBytes);
    for (const HostTensor& in : segment_.host_in) program_.inputs.push_back(TransferOf(in));
    for (const HostTensor& out : segment_.host_out) program_.outputs.push_back(TransferOf(out));
    for (const auto& [op, traffic] : traffic_) program_.traffic.push_back(traffic);
    program_.compulsory = CompulsoryTraffic(segment_, options_.engine);
    Estimate(order);
    program_.weights = std::move(segment_.weights);
    return std::move(program_);
  }

 private:
  void AddEntry(const RingEntry& entry) {
    const auto index = static_cast<size_t>(entry.index);
    if (entry.unit == RingEntry::Unit::kLoad) {
      const LoadNode& node = schedule_.loads[index];
      TrafficOf(node.op).read_bytes += node.words * 8;
      if (node.map < 0) {
        Append(node.command, Region::kWeights, node.offset, node.op);
      } else {
        Append(node.command, Region::kArena, MapOffset(node.map) + node.offset, node.op);
      }
    } else if (entry.unit == RingEntry::Unit::kCompute) {
      const ComputeNode& node = schedule_.computes[index];
      Append(node.command, Region::kNone, 0, node.op);
      Tile tile = node.tile;
      tile.tag = Tag(program_.commands.size() - 1);
      program_.tile_of_command.back() = static_cast<int>(program_.tiles.size());
      program_.tiles.push_back(tile);
      last_compute_tag_ = tile.tag;
    } else {
      const StoreNode& node = schedule_.stores[index];
      TrafficOf(node.op).write_bytes += node.words * 8;
      const uint32_t base = node.map < 0 ? stamp_base_ : MapOffset(node.map);
      if (node.map < 0) {
        program_.stamps.push_back({node.op, last_compute_tag_, base + node.offset});
      }
      Append(node.command, Region::kArena, base + node.offset, node.op);
    }
  }

  void Append(regs::Command command, Region region, uint32_t offset, int op) {
    command.Set(regs::header::kTag, Tag(program_.commands.size()));
    // LOAD and STORE keep their address in the same place.
    if (region != Region::kNone) command.Set(regs::load::kDdrAddr, offset);
    program_.commands.push_back(command);
    program_.regions.push_back(region);
    program_.tile_of_command.push_back(-1);
    program_.op_of_command.push_back(op);
  }

  uint32_t Tag(size_t command) const { return program_.first_tag + static_cast<uint32_t>(command); }
  uint32_t MapOffset(int map) const { return segment_.maps[static_cast<size_t>(map)].arena_offset; }
  OpTraffic& TrafficOf(int op) {
    OpTraffic& traffic = traffic_[op];
    traffic.op = op;
    return traffic;
  }

  Transfer TransferOf(const HostTensor& host) const {
    const SegmentMap& map = segment_.maps[static_cast<size_t>(host.view.map)];
    Transfer transfer;
    transfer.tensor = host.tensor;
    transfer.offset = map.arena_offset;
    if (map.sums) {
      transfer.kind = Transfer::Kind::kSums;
      transfer.op = map.mean_op;
      transfer.layout = map.layout;
      transfer.pieces = map.pieces;
      transfer.bytes = static_cast<uint32_t>(map.words() * 8);
    } else if (map.pixel_pairs) {
      transfer.kind = Transfer::Kind::kPixelPairs;
      transfer.pairs = map.pairs;
      transfer.fill = map.fill;
      transfer.bytes = static_cast<uint32_t>(map.words() * 8);
    } else {
      transfer.layout = facts_.LayoutOf(host.tensor);
      transfer.offset += static_cast<uint32_t>(host.view.block * map.layout.block_bytes());
      transfer.bytes = static_cast<uint32_t>(transfer.layout.bytes());
    }
    return transfer;
  }

  void Estimate(const std::vector<RingEntry>& order) {
    RingTimer timer(schedule_, options_.engine, options_.ddr);
    for (const RingEntry& entry : order) timer.Add(entry);
    program_.estimated_cycles = timer.total();
    std::map<int, double> cycles;
    double before = 0;
    for (size_t i = 0; i < schedule_.computes.size(); ++i) {
      cycles[schedule_.computes[i].op] += timer.compute_end()[i] - before;
      before = timer.compute_end()[i];
    }
    for (const int op : program_.ops) {
      program_.estimated_op_cycles.push_back(cycles.contains(op) ? static_cast<uint64_t>(cycles[op])
                                                                 : 0);
    }
  }

  const GraphFacts& facts_;
  Segment& segment_;
  const Schedule& schedule_;
  const CompileOptions& options_;
  Program program_;
  uint32_t stamp_base_ = 0;
  uint32_t last_compute_tag_ = 0;
  std::map<int, OpTraffic> traffic_;
};

}  // namespace

Program CompileSegment(const GraphFacts& facts, std::span<const int> ops, uint32_t first_tag,
                       const CompileOptions& options) {
  Segment segment = BuildSegment(facts, ops, options);
  const std::vector<StagePlan> plans = PlanChip(segment, options);
  Schedule schedule = EmitSegment(segment, plans, options);
  const std::vector<RingEntry> order = OrderRing(schedule, options.engine, options.ddr);
  AssignTokens(schedule, order, options.engine);
  CheckRing(schedule, order, options.engine);
  return Assembler(facts, segment, schedule, options).Assemble(order, first_tag);
}

}  // namespace fragua::driver
