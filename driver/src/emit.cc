#include "emit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "command_fields.h"
#include "stamps.h"
#include "store_log.h"

namespace fragua::driver {
namespace {

using regs::MakeCommand;
using regs::Opcode;

/// Weights are loaded in pieces of about this fraction of the buffer, so that one piece's space is
/// free again while the next ones are in use.
constexpr int kWeightPieces = 8;
/// Rows are loaded in pieces of about this many words, so that the first can be there early.
constexpr int kRowPieceWords = 2048;
constexpr int kMaxKBlocks = 255;

/// Consecutive K-blocks of one unit that are loaded together.
struct Piece {
  int unit = 0;
  int first = 0;
  int count = 0;
};

class Emitter {
 public:
  Emitter(Segment& segment, const CompileOptions& options)
      : segment_(segment),
        options_(options),
        engine_(options.engine),
        schedule_(engine_),
        stored_by_(segment.maps) {}

  Schedule Emit(const std::vector<StagePlan>& plans) {
    for (size_t i = 0; i < plans.size(); ++i) EmitStage(segment_.stages[i], plans[i]);
    if (options_.stamps) AddStamps(schedule_);
    return std::move(schedule_);
  }

 private:
  SegmentMap& Map(int index) { return segment_.maps[static_cast<size_t>(index)]; }

  void EmitStage(const Stage& stage, const StagePlan& plan) {
    stage_ = &stage;
    plan_ = &plan;
    resident_.clear();
    const std::vector<Strip>& strips = plan.strips.strips;
    for (size_t i = 0; i < strips.size(); ++i) {
      // In the first and the last strip weights come and go piece by piece.
      split_ = i == 0 || i + 1 == strips.size() || !plan.strips.first_resident;
      LoadInputs(strips[i].load);
      if (stage.first && strips[i].middle.size() > 0) EmitUnit(*stage.first, -1, strips[i].middle);
      if (strips[i].out.size() == 0) continue;
      for (size_t u = 0; u < stage.units.size(); ++u) {
        EmitUnit(stage.units[u], static_cast<int>(u), strips[i].out);
      }
    }
  }

  /// Slots of the stage's input in the activation buffer, as the loads and the reads see them.
  RowSet InputSlots() {
    const SegmentMap& map = Map(stage_->in.map);
    RowSet set;
    set.base = plan_->in_base;
    set.blocks = map.pixel_pairs ? 1 : stage_->in_blocks();
    set.row_pitch = map.row_words();
    set.ring_rows = plan_->strips.in_ring_rows;
    set.block_pitch = set.ring_rows * set.row_pitch;
    return set;
  }

  RowSet MiddleSlots() {
    const ConvUnit& first = *stage_->first;
    RowSet set;
    set.base = plan_->middle_base;
    set.blocks = first.kblocks;
    set.row_pitch = first.cols * engine_.words_per_pixel();
    set.ring_rows = plan_->strips.middle_ring_rows;
    set.block_pitch = set.ring_rows * set.row_pitch;
    return set;
  }

  void LoadInputs(RowRange rows) {
    if (Map(stage_->in.map).on_chip) return;
    RowSet slots = InputSlots();
    if (stage_->second) {
      slots.blocks = stage_->in.blocks;
      RowSet behind = slots;
      behind.base += slots.blocks * slots.block_pitch;
      LoadRows(*stage_->second, behind, rows);
    }
    LoadRows(stage_->in, slots, rows);
  }

  void LoadRows(const View& view, const RowSet& slots, RowRange rows) {
    const int last_store = rows.begin < slots.ring_rows ? schedule_.LastStore() : -2;
    const int step = std::max(1, kRowPieceWords / (slots.row_pitch * slots.blocks));
    while (rows.size() > 0) {
      const int slot = rows.begin % slots.ring_rows;
      RowSet piece = slots;
      piece.rows = {rows.begin,
                    std::min({rows.end, rows.begin + step, rows.begin + slots.ring_rows - slot})};
      // Blocks that the last STORE has only just made come on their own: the others are there
      // early.
      const auto late = [&](int block) {
        return stored_by_.Last(view, block, piece.rows) == last_store;
      };
      for (int block = 0; block < slots.blocks;) {
        int end = block + 1;
        while (end < slots.blocks && late(end) == late(block)) ++end;
        LoadBlocks(view, piece, block, end);
        block = end;
      }
      rows.begin = piece.rows.end;
    }
  }

  /// One LOAD: blocks [begin, end) of `piece`, whose rows lie in slots behind each other.
  void LoadBlocks(const View& view, RowSet piece, int begin, int end) {
    const SegmentMap& map = Map(view.map);
    LoadNode node;
    node.map = view.map;
    const int64_t first_word = int64_t{view.block + begin} * map.block_words() +
                               int64_t{piece.rows.begin} * piece.row_pitch;
    node.offset = static_cast<uint32_t>(first_word * 8);
    node.op = FirstOp();
    for (int block = begin; block < end; ++block) {
      node.after_store = std::max(node.after_store, stored_by_.Last(view, block, piece.rows));
    }
    piece.base += begin * piece.block_pitch;
    piece.blocks = end - begin;
    node.words = int64_t{1} * piece.rows.size() * piece.row_pitch * piece.blocks;
    node.command = RowLoad(piece, map.block_words());
    schedule_.LoadRows(std::move(node), piece);
  }

  int FirstOp() const { return stage_->first ? stage_->first->op : stage_->units[0].OwnerOp(); }

  /// K-blocks per piece: small enough to come and go while others are in use, and evenly many.
  int PieceSize(const ConvUnit& unit) const {
    const int most = std::max(1, engine_.weight_words / kWeightPieces / unit.kblock_words);
    const int pieces = (unit.weight_kblocks + most - 1) / most;
    return std::min((unit.weight_kblocks + pieces - 1) / pieces, kMaxKBlocks);
  }

  /// First weight word of a piece, loaded now unless it is there for good.
  int WeightBase(const ConvUnit& unit, const Piece& piece) {
    const std::pair<int, int> key{piece.unit, piece.first};
    if (const auto it = resident_.find(key); it != resident_.end()) return it->second;
    const int64_t bytes_per_kblock = int64_t{1} * unit.kblock_words * engine_.macs_per_cycle();
    LoadNode node;
    node.op = unit.OwnerOp();
    node.offset = unit.weight_offset + static_cast<uint32_t>(piece.first * bytes_per_kblock);
    node.words = piece.count * bytes_per_kblock / 8;
    node.command = WeightLoad(node.words, schedule_.NextWeightWord());
    const int base = schedule_.LoadWeights(std::move(node), piece.count * unit.kblock_words);
    const bool resident =
        piece.unit < 0 ? plan_->strips.first_resident : plan_->strips.units_resident;
    if (resident || unit.weight_kblocks < unit.kblocks) resident_[key] = base;
    return base;
  }

  void EmitUnit(const ConvUnit& unit, int index, RowRange rows) {
    if (unit.weight_kblocks < unit.kblocks) {  // a copy: the same weights for every block
      for (int kb = 0; kb < unit.kblocks; ++kb) {
        const int base = WeightBase(unit, {index, 0, 1});
        EmitCompute(unit, index, rows, {kb, kb + 1}, base);
      }
      return;
    }
    const int size = PieceSize(unit);
    if (split_ || !resident_.contains({index, 0})) {
      for (int kb = 0; kb < unit.kblocks; kb += size) {
        const int count = std::min(size, unit.kblocks - kb);
        const int base = WeightBase(unit, {index, kb, count});
        EmitCompute(unit, index, rows, {kb, kb + count}, base);
      }
      return;
    }
    // The pieces of a unit have been loaded one behind the other.
    const int base = WeightBase(unit, {index, 0, std::min(size, unit.kblocks)});
    for (int kb = 0; kb < unit.kblocks; kb += kMaxKBlocks) {
      EmitCompute(unit, index, rows, {kb, std::min(unit.kblocks, kb + kMaxKBlocks)},
                  (base + kb * unit.kblock_words) % engine_.weight_words);
    }
  }

  /// One COMPUTE (and its STORE): `rows` of the unit's output, K-blocks `kbs`.
  void EmitCompute(const ConvUnit& unit, int index, RowRange rows, RowRange kbs, int weight_base) {
    ComputeNode node;
    node.op = unit.OwnerOp();
    node.cycles = UnitSteps(unit, rows.size(), kbs.size(), engine_) +
                  int64_t{1} * kbs.size() * (8 / engine_.pc);
    node.command = MakeCommand(Opcode::kCompute);
    SetShape(unit, rows, kbs, weight_base, engine_, node.command);
    const bool from_middle = index >= 0 && stage_->first.has_value();
    const bool middle_in_squeeze = !plan_->strips.middle_in_act;
    const bool from_squeeze = from_middle && middle_in_squeeze;
    const Schedule::Access read{SetSource(unit, from_middle ? MiddleSlots() : InputSlots(),
                                          from_squeeze, rows, kbs, engine_, node.command),
                                from_squeeze};
    const RowRange emitted{unit.EmittedRows(rows.begin), unit.EmittedRows(rows.end)};
    node.tile = TileOf(unit, rows, kbs, emitted);

    const bool to_middle = index < 0;
    const bool stays = to_middle || Map(unit.dst.map).on_chip;
    const int weight_words =
        unit.kblock_words * (unit.weight_kblocks < unit.kblocks ? 1 : kbs.size());
    if (stays) {
      const bool to_squeeze = to_middle && middle_in_squeeze;
      const Schedule::Access write{ResultSlots(unit, to_middle, kbs, emitted), to_squeeze};
      SetDestination(write.rows, to_squeeze, node.command);
      node.tile.destination =
          to_squeeze ? Tile::Destination::kSqueeze : Tile::Destination::kActivation;
      schedule_.Compute(std::move(node), read, &write, weight_base, weight_words);
      return;
    }
    node.command.Set(regs::compute::kDstSelect, 2);
    schedule_.Compute(std::move(node), read, nullptr, weight_base, weight_words);
    StoreResults(unit, kbs, emitted);
  }

  /// Rows of the unit's results in their buffer.
  RowSet ResultSlots(const ConvUnit& unit, bool to_middle, RowRange kbs, RowRange emitted) {
    RowSet slots;
    if (to_middle) {
      slots = MiddleSlots();
      slots.base += kbs.begin * slots.block_pitch;
    } else {
      const SegmentMap& map = Map(unit.dst.map);
      slots.row_pitch = map.row_words();
      slots.ring_rows = map.layout.height;
      slots.block_pitch = static_cast<int>(map.block_words());
      slots.base = map.chip_base + (unit.dst.block + kbs.begin) * slots.block_pitch;
    }
    slots.blocks = kbs.size();
    slots.rows = emitted;
    return slots;
  }

  void StoreResults(const ConvUnit& unit, RowRange kbs, RowRange emitted) {
    SegmentMap& map = Map(unit.dst.map);
    StoreNode node;
    node.map = unit.dst.map;
    node.op = unit.OwnerOp();
    int run_words = emitted.size() * map.row_words();
    int runs = kbs.size();
    if (map.sums) {
      run_words = kbs.size() * engine_.pk / 2;
      runs = 1;
      node.offset = static_cast<uint32_t>(map.words() * 8);
      map.pieces.push_back({node.offset, unit.dst.block + kbs.begin, kbs.size()});
    } else {
      if (run_words == 0) return;  // the pool holds everything back
      const int64_t first_word = (unit.dst.block + kbs.begin) * map.block_words() +
                                 int64_t{1} * emitted.begin * map.row_words();
      node.offset = static_cast<uint32_t>(first_word * 8);
    }
    node.words = int64_t{1} * run_words * runs;
    node.command = MakeCommand(Opcode::kStore);
    node.command.Set(regs::store::kRunWords, run_words)
        .Set(regs::store::kRuns, runs)
        .Set(regs::store::kDdrStride, runs > 1 ? map.block_words() * 8 : 0);
    const int store = schedule_.Store(std::move(node));
    if (map.sums) return;
    for (int kb = kbs.begin; kb < kbs.end; ++kb) stored_by_.Set(unit.dst, kb, emitted, store);
  }

  Segment& segment_;
  const CompileOptions& options_;
  const EngineConfig& engine_;
  Schedule schedule_;
  StoreLog stored_by_;
  const Stage* stage_ = nullptr;
  const StagePlan* plan_ = nullptr;
  bool split_ = false;
  std::map<std::pair<int, int>, int> resident_;  ///< unit, first K-block -> weight word
};

}  // namespace

Schedule EmitSegment(Segment& segment, const std::vector<StagePlan>& plans,
                     const CompileOptions& options) {
  return Emitter(segment, options).Emit(plans);
}

}  // namespace fragua::driver
