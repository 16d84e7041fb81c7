#pragma once
// Drives fr_compute: loads its buffers, feeds commands and tokens, stalls the store stream, records
// everything that comes out, and checks what must hold in every cycle.

#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "Vfr_compute.h"
#include "support/bench.h"
#include "support/compute_reference.h"

namespace fragua::rtltest {

/// One engine shape per binary: the build gives the parameters of the Verilated module.
inline ComputeShape BuiltShape() {
  ComputeShape shape;
  shape.pc = FRAGUA_PC;
  shape.pk = FRAGUA_PK;
  shape.lanes = FRAGUA_LANES;
  shape.acc_bits = FRAGUA_ACC_BITS;
  shape.act_words = FRAGUA_ACT_WORDS;
  shape.squeeze_words = FRAGUA_SQUEEZE_WORDS;
  shape.weight_words = FRAGUA_WEIGHT_WORDS;
  shape.pool_words = FRAGUA_POOL_WORDS;
  return shape;
}

class ComputeBench {
 public:
  struct Events {
    int64_t step = 0, wait_weights = 0, wait_act = 0, wait_output = 0, wait_requant = 0,
            overhead = 0, none = 0;
    int64_t total() const {
      return step + wait_weights + wait_act + wait_output + wait_requant + overhead + none;
    }
  };
  struct LoadWord {
    uint16_t address;
    uint64_t data;
  };

  ComputeBench() : shape(BuiltShape()) {
    auto& m = *bench_;
    m.halt_i = 0;
    m.cmd_valid_i = 0;
    m.token_avail_i = 0;
    m.load_act_valid_i = 0;
    m.load_weight_valid_i = 0;
    m.load_weight_addr_i = 0;
    m.load_weight_slice_i = 0;
    m.stream_ready_i = 0;
    bench_.cycle_limit = 20000000;  // Drain() has the bounds that follow from the commands
    bench_.Reset();
  }

  ComputeShape shape;
  std::deque<regs::Command> commands;  ///< to be sent, in order
  std::deque<LoadWord> loads;          ///< to be offered at the activation buffer, in order
  std::array<int, 2> tokens{};         ///< LCW, LCA counters
  int ready_percent = 100;             ///< chance that the store stream is accepted
  int load_percent = 100;              ///< chance that a load is offered
  int command_percent = 100;           ///< chance that a command is offered
  int token_percent = 0;               ///< chance per cycle that each token counter gains one
  Random random{1};

  std::vector<uint64_t> stream, requantised, written;
  std::vector<uint64_t> stream_cycles;  ///< cycle of each stream word
  std::vector<uint64_t> written_tags, requantised_tags;
  std::vector<uint64_t> post_cycles;
  Events events;
  std::array<int64_t, 2> taken{};  ///< tokens taken
  uint64_t last_step_cycle = 0, first_step_cycle = 0;

  Vfr_compute& model() { return *bench_; }
  uint64_t cycle() const { return bench_.cycle(); }
  void Reset() { bench_.Reset(); }

  /// Writes `words` weight words from word `base` on through the load port; the buffer wraps.
  void LoadWeights(const std::vector<int8_t>& bytes, int base, int words) {
    const int slices = shape.weight_bytes() / 8;
    auto& m = *bench_;
    m.load_weight_valid_i = 1;
    for (int i = 0; i < words * slices; ++i) {
      const int word = (base + i / slices) % shape.weight_words;
      const size_t at = static_cast<size_t>(word) * shape.weight_bytes() + i % slices * 8;
      uint64_t data = 0;
      for (int b = 0; b < 8; ++b) data |= uint64_t{static_cast<uint8_t>(bytes[at + b])} << (8 * b);
      m.load_weight_addr_i = static_cast<uint16_t>(word);
      m.load_weight_slice_i = static_cast<uint8_t>(i % slices);
      m.load_weight_data_i = data;
      bench_.Settle();
      bench_.Tick();
    }
    m.load_weight_valid_i = 0;
    m.eval();
  }

  /// One clock cycle.
  void Cycle() {
    auto& m = *bench_;
    if (!m.cmd_valid_i && !commands.empty() && random.Chance(command_percent)) {
      m.cmd_valid_i = 1;
      const auto& words = commands.front().words();
      for (int i = 0; i < 16; ++i)
        m.cmd_i[i] = static_cast<uint32_t>(words[i / 2] >> (32 * (i % 2)));
    }
    if (!m.load_act_valid_i && !loads.empty() && random.Chance(load_percent)) {
      m.load_act_valid_i = 1;
      m.load_act_addr_i = loads.front().address;
      m.load_act_data_i = loads.front().data;
    }
    for (int& count : tokens) count += random.Chance(token_percent) && count < 200 ? 1 : 0;
    m.token_avail_i = static_cast<uint8_t>((tokens[0] > 0 ? 1 : 0) | (tokens[1] > 0 ? 2 : 0));
    m.stream_ready_i = random.Chance(ready_percent) ? 1 : 0;
    for (uint32_t i = 0; i < 15; ++i) m.counters_i[i] = CounterWord(cycle(), i);
    m.counters_i[15] = regs::stamp::kMagicValue;
    bench_.Settle();
    Observe(m);
    const bool command_taken = m.cmd_valid_i && m.cmd_ready_o;
    const bool load_taken = m.load_act_valid_i && m.load_act_ready_o;
    bench_.Tick();
    if (command_taken) {
      commands.pop_front();
      m.cmd_valid_i = 0;
    }
    if (load_taken) {
      loads.pop_front();
      m.load_act_valid_i = 0;
    }
    m.eval();
  }

  /// Until all commands and loads are through; fails when that takes more than `limit` cycles.
  void Drain(uint64_t limit) {
    const uint64_t end = cycle() + limit;
    while (!commands.empty() || !loads.empty() || bench_->cmd_valid_i || bench_->load_act_valid_i ||
           bench_->busy_o) {
      if (cycle() >= end) {
        throw std::runtime_error("compute: not done after " + std::to_string(limit) + " cycles, " +
                                 std::to_string(commands.size()) + " commands left");
      }
      Cycle();
    }
  }

  /// Drops what was recorded so far, and a stream word that a reset has withdrawn.
  void Forget() {
    for (auto* list : {&stream, &stream_cycles, &requantised, &written, &post_cycles}) {
      list->clear();
    }
    written_tags.clear();
    requantised_tags.clear();
    held_valid_ = false;
  }

  /// What the bench drives as stamp word `index` in a cycle.
  static uint32_t CounterWord(uint64_t cycle, uint32_t index) {
    return static_cast<uint32_t>(cycle * 16 + index);
  }

 private:
  void Observe(Vfr_compute& m) {
    const int causes = m.event_step_o + m.event_wait_weights_o + m.event_wait_act_o +
                       m.event_wait_output_o + m.event_wait_requant_o + m.event_overhead_o;
    EXPECT_LE(causes, 1) << "cycle " << cycle();
    EXPECT_TRUE(causes == 0 || m.busy_o) << "cycle " << cycle();
    events.step += m.event_step_o;
    events.wait_weights += m.event_wait_weights_o;
    events.wait_act += m.event_wait_act_o;
    events.wait_output += m.event_wait_output_o;
    events.wait_requant += m.event_wait_requant_o;
    events.overhead += m.event_overhead_o;
    events.none += causes == 0 ? 1 : 0;
    if (m.event_step_o) {
      if (first_step_cycle == 0) first_step_cycle = cycle();
      last_step_cycle = cycle();
    }
    for (int i = 0; i < 2; ++i) {
      if (((m.token_take_o >> i) & 1) == 0) continue;
      EXPECT_GT(tokens[i], 0) << "token " << i << " taken without one, cycle " << cycle();
      --tokens[i];
      ++taken[i];
    }
    if (m.token_post_o) post_cycles.push_back(cycle());
    if (held_valid_) {
      EXPECT_TRUE(m.stream_valid_o) << "stream word withdrawn, cycle " << cycle();
      EXPECT_EQ(m.stream_data_o, held_data_) << "stream word changed, cycle " << cycle();
    }
    held_valid_ = m.stream_valid_o && !m.stream_ready_i;
    held_data_ = m.stream_data_o;
    if (m.stream_valid_o && m.stream_ready_i) {
      stream.push_back(m.stream_data_o);
      stream_cycles.push_back(cycle());
    }
    if (m.tap_requant_valid_o) {
      requantised.push_back(m.tap_requant_data_o);
      requantised_tags.push_back(m.tap_requant_tag_o);
    }
    if (m.tap_written_valid_o) {
      written.push_back(m.tap_written_data_o);
      written_tags.push_back(m.tap_written_tag_o);
    }
  }

  Bench<Vfr_compute> bench_;
  bool held_valid_ = false;
  uint64_t held_data_ = 0;
};

}  // namespace fragua::rtltest
