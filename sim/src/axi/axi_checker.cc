#include "axi/axi_checker.h"

#include <fmt/format.h>

#include "fragua/model/error.h"

namespace fragua::sim {

void AxiChecker::Fail(const char* channel, const char* rule, const char* who) const {
  throw Error(ErrorKind::kCheck,
              fmt::format("AXI rule broken by {} on {} in cycle {}: {}; trace the cycles before it "
                          "with --trace",
                          who, channel, cycle_, rule));
}

void AxiChecker::CheckAddress(const char* channel, const AxiAddress& a) const {
  if (a.burst != 1) Fail(channel, "bursts are INCR");
  if (a.size != 3) Fail(channel, "beats are 8 bytes");
  if (a.len > 15) Fail(channel, "a burst has at most 16 beats");
  if (a.address % 8 != 0) Fail(channel, "addresses are multiples of 8");
  const uint64_t end = uint64_t{a.address} + (uint64_t{a.len} + 1) * 8;
  if (a.address / 4096 != (end - 1) / 4096) Fail(channel, "a burst stays within 4 KiB");
  if (a.address < window_base_ || end > window_limit_) {
    Fail(channel, "every access lies within the window registers");
  }
}

void AxiChecker::Observe(uint64_t cycle, const AxiIn& memory, const AxiOut& engine) {
  cycle_ = cycle;
  constexpr const char* kStable = "an offer not yet taken stays valid and unchanged";
  if (held_ar_.valid && held_ar_ != engine.ar) Fail("AR", kStable);
  if (held_aw_.valid && held_aw_ != engine.aw) Fail("AW", kStable);
  if (held_w_.valid && held_w_ != engine.w) Fail("W", kStable);
  held_ar_.valid = held_aw_.valid = held_w_.valid = false;
  if (engine.ar.valid) {
    CheckAddress("AR", engine.ar);
    if (!memory.ar_ready) held_ar_ = engine.ar;
  }
  if (engine.aw.valid) {
    CheckAddress("AW", engine.aw);
    if (!memory.aw_ready) held_aw_ = engine.aw;
  }
  CheckReadData(memory, engine);
  CheckResponses(memory, engine);
  CheckWrites(memory, engine);
  if (read_beats_[0].size() + read_beats_[1].size() > most_reads_) {
    Fail("AR", "no more reads are in flight than the configuration says");
  }
  if (write_beats_.size() + unanswered_ > most_writes_) {
    Fail("AW", "no more writes are in flight than the engine promises");
  }
}

void AxiChecker::CheckReadData(const AxiIn& memory, const AxiOut& engine) {
  constexpr const char* kMemory = "the memory";
  if (held_r_.valid && held_r_ != memory.r) {
    Fail("R", "an offer not yet taken stays valid and unchanged", kMemory);
  }
  held_r_ = {};
  if (memory.r.valid) {
    std::deque<uint32_t>& beats = read_beats_[memory.r.id & 1];
    if (beats.empty()) Fail("R", "data answer an address of their ID", kMemory);
    if ((beats.front() == 1) != memory.r.last) {
      Fail("R", "RLAST marks exactly the last beat", kMemory);
    }
    if (!engine.r_ready) {
      held_r_ = memory.r;
    } else if (--beats.front() == 0) {
      beats.pop_front();
    }
  }
  if (engine.ar.valid && memory.ar_ready) {
    read_beats_[engine.ar.id & 1].push_back(uint32_t{engine.ar.len} + 1);
  }
}

void AxiChecker::CheckResponses(const AxiIn& memory, const AxiOut& engine) {
  constexpr const char* kMemory = "the memory";
  if (held_b_.valid && held_b_ != memory.b) {
    Fail("B", "an offer not yet taken stays valid and unchanged", kMemory);
  }
  held_b_ = {};
  if (!memory.b.valid) return;
  if (unanswered_ == 0) Fail("B", "a response answers a whole burst", kMemory);
  engine.b_ready ? static_cast<void>(--unanswered_) : static_cast<void>(held_b_ = memory.b);
}

void AxiChecker::CheckWrites(const AxiIn& memory, const AxiOut& engine) {
  if (inside_burst_ && !engine.w.valid) Fail("W", "the data of a burst come without a pause");
  if (engine.w.valid) {
    if (engine.w.strb != 0xFF) Fail("W", "every byte of a beat is written");
    if (!memory.w_ready) {
      held_w_ = engine.w;
    } else {
      // The memory port takes data only behind an address, so there is one.
      if (write_beats_.empty()) Fail("W", "data follow their address");
      const bool last = --write_beats_.front() == 0;
      if (last != engine.w.last) Fail("W", "WLAST marks exactly the last beat");
      inside_burst_ = !last;
      if (last) {
        write_beats_.pop_front();
        ++unanswered_;
      }
    }
  }
  if (engine.aw.valid && memory.aw_ready) write_beats_.push_back(uint32_t{engine.aw.len} + 1);
}

}  // namespace fragua::sim
