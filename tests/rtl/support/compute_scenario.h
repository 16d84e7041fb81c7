#pragma once
// COMPUTE commands with everything they need, on a bench and a reference side by side.
//
// Buffer use, so that commands may overlap in the pipeline without hazards that a real command
// stream would not have either: the first half of the activation buffer is only read, the next
// quarter only written by results, the last quarter only by loads; the squeeze buffer is read in
// its first half and written in its second. Commands with DRAIN may read results, too, and write to
// another buffer.

#include <algorithm>
#include <string>
#include <vector>

#include "support/compute_bench.h"
#include "support/compute_compare.h"
#include "support/compute_layer.h"
#include "support/compute_weights.h"

namespace fragua::rtltest {

class ComputeScenario {
 public:
  static constexpr int kAct = 0, kSqueeze = 1, kStream = 2;

  explicit ComputeScenario(uint32_t seed)
      : shape(BuiltShape()),
        reference(shape),
        random(seed),
        weights_(shape, reference.weights),
        unread_(seed + 2),
        seed_(seed) {
    bench.random = Random(seed + 1);
    // Both buffers begin with known words. The squeeze buffer is only reachable through a command.
    for (int i = 0; i < shape.act_words; ++i) {
      const uint64_t word = SomeWord();
      reference.act[i] = word;
      bench.loads.push_back({static_cast<uint16_t>(i), word});
    }
    for (auto& word : reference.squeeze) word = 0;
    bench.Drain(static_cast<uint64_t>(shape.act_words) * 4 + 100);
    Copy(kAct, 0, kSqueeze, 0, std::min(shape.squeeze_words, shape.act_words));
    Finish("filling the squeeze buffer");
  }

  ComputeShape shape;
  ComputeBench bench;
  ComputeReference reference;
  Random random;
  std::vector<ComputeBench::LoadWord> pending_loads;  ///< reach the reference with Finish()

  int ppx() const { return shape.words_per_pixel(); }

  /// The command for a layer, its weights loaded, its addresses chosen; throws when it does not
  /// fit.
  regs::Command Build(const Layer& layer, int from, int to, bool drain = false,
                      bool extreme = false) {
    const int tap_words = layer.kernel_h * layer.kernel_w * layer.channel_words;
    const int words = weights_.words_for(layer.kblocks, tap_words);
    ReserveWeights(words);
    const int base = weights_.Add(random, layer.kblocks, tap_words, extreme);
    Upload(base, words);
    return Place(layer, base, from, to, drain);
  }

  /// As Build, with weights that are already there.
  regs::Command Place(const Layer& layer, int weight_base, int from, int to, bool drain) {
    const int per_pixel = layer.packed ? 1 : ppx();
    const int lines = (layer.rows - 1) * layer.stride_h + layer.kernel_h;
    const int slots = layer.ring_slots > 0 ? layer.ring_slots : lines;
    const int pitch = layer.in_cols() * per_pixel + static_cast<int>(random.Range(0, 2));
    const int ring = slots * pitch;
    const int blocks = (layer.channel_words + per_pixel - 1) / per_pixel;
    const int block_pitch = ring + static_cast<int>(random.Range(0, 3));
    const int group = layer.grouped ? blocks * block_pitch : 0;
    const int extent = (layer.kblocks - 1) * group + (blocks - 1) * block_pitch + ring + per_pixel;
    const int words = from == kAct ? shape.act_words : shape.squeeze_words;
    const int limit = !drain ? words / 2 : from == kAct ? words / 4 * 3 : words;
    if (extent > limit) throw std::out_of_range("layer does not fit the source");

    const int tap_words = layer.kernel_h * layer.kernel_w * layer.channel_words;
    regs::Command c = regs::MakeCommand(regs::Opcode::kCompute);
    c.Set(regs::header::kTag, AnyTag())
        .Set(regs::header::kFlags, drain ? compute::kFlagDrain : 0)
        .Set(compute::kSrcBase, random.Range(0, static_cast<uint32_t>(limit - extent)))
        .Set(compute::kSrcRowStart,
             pitch * static_cast<int>(random.Range(0, static_cast<uint32_t>(slots - 1))))
        .Set(compute::kSrcRowPitch, pitch)
        .Set(compute::kSrcRing, ring)
        .Set(compute::kSrcBlockPitch, block_pitch)
        .Set(compute::kSrcGroupStep, group)
        .Set(compute::kInRows, std::max(1, layer.first_row * layer.stride_h + lines -
                                               layer.pad_top - layer.pad_bottom))
        .Set(compute::kInCols, layer.in_cols())
        .Set(compute::kIy0, layer.first_row * layer.stride_h - layer.pad_top)
        .Set(compute::kIx0, -layer.pad_left)
        .Set(compute::kOutRows, layer.rows)
        .Set(compute::kOutCols, layer.cols)
        .Set(compute::kKernelH, layer.kernel_h)
        .Set(compute::kKernelW, layer.kernel_w)
        .Set(compute::kStrideH, layer.stride_h)
        .Set(compute::kStrideW, layer.stride_w)
        .Set(compute::kChannelWords, layer.channel_words)
        .Set(compute::kSrcSelect, from)
        .Set(compute::kSrcPacked, layer.packed)
        .Set(compute::kPair, layer.pair)
        .Set(compute::kWeightBase, weight_base)
        .Set(compute::kKblockWords, shape.param_words() * (1 + tap_words))
        .Set(compute::kZpIn, SomeByte())
        .Set(compute::kZpOut, SomeByte())
        .Set(compute::kKblocks, layer.kblocks)
        .Set(compute::kPoolMode, layer.pool_mode)
        .Set(compute::kPoolRowPhase, layer.pool_row_phase)
        .Set(compute::kPoolPadLeft, layer.pool_pad_left)
        .Set(compute::kPoolFirst, layer.pool_first)
        .Set(compute::kPoolLast, layer.pool_last)
        .Set(compute::kPoolCols, layer.pool_cols);
    const int low = static_cast<int>(SomeByte());
    const int high = static_cast<int>(SomeByte());
    c.Set(compute::kActMin, random.Chance(60) ? -128 : std::min(low, high))
        .Set(compute::kActMax, random.Chance(60) ? 127 : std::max(low, high));
    const int line_words = layer.pool_cols * ppx() * layer.kblocks;
    if (line_words > shape.pool_words)
      throw std::out_of_range("layer does not fit the line buffer");
    c.Set(compute::kPoolBase,
          random.Range(0, static_cast<uint32_t>(shape.pool_words - line_words)));
    if (layer.pool_mode == 0 || layer.pool_mode == 3) {  // then nothing depends on them
      c.Set(compute::kPoolBase, unread_.Range(0, 0xFFFF))
          .Set(compute::kPoolCols, unread_.Range(0, 0xFFFF));
    }
    SetDestination(c, layer, to);
    return c;
  }

  /// A 1x1 layer over padding only: every tap reads `act`, every weight is +-`weight`.
  regs::Command BuildConstant(int tap_words, int act, int weight, int64_t bias, uint64_t m,
                              int shift) {
    const int words = weights_.words_for(1, tap_words);
    ReserveWeights(words);
    const int base = weights_.AddConstant(tap_words, weight, bias, m, shift);
    Upload(base, words);
    const Layer layer{.channel_words = 1, .rows = 1, .cols = 2};  // what is read does not matter
    regs::Command c = Place(layer, base, kAct, kStream, false);
    return c.Set(compute::kChannelWords, tap_words)
        .Set(compute::kKblockWords, words)
        .Set(compute::kIy0, -1)
        .Set(compute::kZpIn, act);
  }

  /// Words per pixel times pixels, 1:1, through identity weights.
  void Copy(int from, int source, int to, int destination, int words) {
    const int weight_words = weights_.words_for(1, ppx());
    ReserveWeights(weight_words);
    const int base = weights_.AddIdentity();
    Upload(base, weight_words);
    for (int at = 0; at < words;) {
      const int cols = std::min((words - at) / ppx(), 4096);
      if (cols == 0) break;
      regs::Command c = Identity(base, from, source + at, cols);
      c.Set(compute::kDstSelect, to).Set(compute::kDstBase, to == kStream ? 0 : destination + at);
      c.Set(regs::header::kFlags, compute::kFlagDrain);
      Send(c);
      at += cols * ppx();
    }
  }

  /// Queues a command for the bench and runs it on the reference.
  void Send(const regs::Command& command) {
    sent_.push_back(command);
    bench.commands.push_back(command);
    reference.Run(command);
  }

  /// Runs until all is done and compares everything; `what` names the case in failures.
  void Finish(const std::string& what) {
    bench.Drain(200000 + static_cast<uint64_t>(reference.steps) * 4);
    for (int i = 0; i < 4; ++i) bench.Cycle();
    const std::string where = what + ", FRAGUA_SEED=" + std::to_string(seed_);
    CompareWords("requantised", reference.requantised, bench.requantised, where);
    CompareWords("written", reference.written, bench.written, where);
    CompareWords("tags of requantised words", reference.requantised_tags, bench.requantised_tags,
                 where);
    CompareWords("tags of written words", reference.written_tags, bench.written_tags, where);
    CompareStream(bench, reference, sent_, where);
    size_t posts = 0;
    for (const auto& c : sent_) posts += (c.Get(regs::header::kPost) & regs::kTokenCl) != 0 ? 1 : 0;
    EXPECT_EQ(bench.post_cycles.size(), posts) << where;
    for (const auto& load : pending_loads) reference.act[load.address] = load.data;
    pending_loads.clear();
    EXPECT_LT(reference.largest_sum, int64_t{1} << (shape.acc_bits - 1))
        << where << ": the case itself overflows the accumulator";
    Forget();
  }

  /// Reads both buffers back through the engine and compares every word.
  void CompareBuffers(const std::string& what) {
    bench.ready_percent = 100;
    Copy(kAct, 0, kStream, 0, shape.act_words);
    Copy(kSqueeze, 0, kStream, 0, shape.squeeze_words);
    Finish(what + ": buffers read back");
  }

  uint64_t SomeWord() {
    uint64_t word = random.Word();
    for (int i = 0; i < 8; ++i) {
      if (random.Chance(10)) word = (word & ~(uint64_t{255} << (8 * i))) | uint64_t{128} << (8 * i);
    }
    return word;
  }

 private:
  void ReserveWeights(int words) {
    if (words > shape.weight_words) throw std::out_of_range("layer does not fit the weight buffer");
    used_weights_ += words;
    if (used_weights_ > shape.weight_words) {
      Finish("weight buffer full");  // earlier commands must be done before their weights go
      used_weights_ = words;
    }
  }
  uint32_t AnyTag() { return unread_.Half(); }
  int64_t SomeByte() { return static_cast<int64_t>(random.Range(0, 255)) - 128; }

  regs::Command Identity(int weight_base, int from, int source, int cols) {
    regs::Command c = regs::MakeCommand(regs::Opcode::kCompute);
    c.Set(regs::header::kTag, AnyTag())
        .Set(compute::kSrcBase, source)
        .Set(compute::kSrcRing, 65535)
        .Set(compute::kInRows, 1)
        .Set(compute::kInCols, cols)
        .Set(compute::kOutRows, 1)
        .Set(compute::kOutCols, cols)
        .Set(compute::kKernelH, 1)
        .Set(compute::kKernelW, 1)
        .Set(compute::kStrideH, 1)
        .Set(compute::kStrideW, 1)
        .Set(compute::kChannelWords, ppx())
        .Set(compute::kSrcSelect, from)
        .Set(compute::kWeightBase, weight_base)
        .Set(compute::kKblockWords, shape.param_words() * (1 + ppx()))
        .Set(compute::kActMin, -128)
        .Set(compute::kActMax, 127)
        .Set(compute::kKblocks, 1)
        .Set(compute::kDstRing, 65535);
    return c;
  }

  void SetDestination(regs::Command& c, const Layer& layer, int to) {
    c.Set(compute::kDstSelect, to).Set(compute::kDstRing, 1);
    if (to == kStream) return;
    int cols = layer.pair ? layer.cols : layer.cols * ppx();
    int rows = layer.rows;
    if (layer.pool_mode == 1 || layer.pool_mode == 2) {
      cols = layer.pool_cols * ppx();
      rows = rows / 2 + 1;
    }
    if (layer.pool_mode == 3) {
      cols = shape.pk / 2;
      rows = 1;
    }
    // Results own the third quarter of the activation buffer, the second half of the squeeze
    // buffer.
    const int words = to == kAct ? shape.act_words / 4 : shape.squeeze_words / 2;
    const int first = to == kAct ? shape.act_words / 2 : shape.squeeze_words / 2;
    const int pitch = cols + static_cast<int>(random.Range(0, 1));
    int slots =
        random.Chance(50) ? rows : static_cast<int>(random.Range(1, static_cast<uint32_t>(rows)));
    while (slots > 1 && slots * pitch * layer.kblocks > words) --slots;
    const int block = slots * pitch + static_cast<int>(random.Range(0, 1));
    const int extent = (layer.kblocks - 1) * block + slots * pitch;
    if (extent > words) throw std::out_of_range("layer does not fit the destination");
    c.Set(compute::kDstBase,
          first + static_cast<int>(random.Range(0, static_cast<uint32_t>(words - extent))))
        .Set(compute::kDstRowStart,
             pitch * static_cast<int>(random.Range(0, static_cast<uint32_t>(slots - 1))))
        .Set(compute::kDstRowPitch, pitch)
        .Set(compute::kDstRing, slots * pitch)
        .Set(compute::kDstBlockPitch, block);
  }

  void Upload(int base, int words) { bench.LoadWeights(reference.weights, base, words); }

  void Forget() {
    sent_.clear();
    used_weights_ = 0;
    bench.Forget();
    for (auto* list : {&reference.stream, &reference.requantised, &reference.written,
                       &reference.requantised_tags, &reference.written_tags}) {
      list->clear();
    }
    reference.stream_at_end.clear();
  }

  std::vector<regs::Command> sent_;
  ComputeWeights weights_;
  int used_weights_ = 0;
  Random unread_;  // for what no result depends on: tags, pooling fields of layers that do not pool
  uint32_t seed_;
};

}  // namespace fragua::rtltest
