#include "axi/axi_checker.h"

#include <fmt/format.h>

#include "fragua/model/error.h"

namespace fragua::sim {

void AxiChecker::Fail(const char* channel, const char* rule) const {
  throw Error(
      ErrorKind::kCheck,
      fmt::format("AXI rule broken by the engine on {} in cycle {}: {}; trace the cycles before "
                  "it with --trace",
                  channel, cycle_, rule));
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
  CheckWrites(memory, engine);
}

void AxiChecker::CheckWrites(const AxiIn& memory, const AxiOut& engine) {
  if (engine.w.valid) {
    if (engine.w.strb != 0xFF) Fail("W", "every byte of a beat is written");
    if (!memory.w_ready) {
      held_w_ = engine.w;
    } else {
      // The memory port takes data only behind an address, so there is one.
      if (write_beats_.empty()) Fail("W", "data follow their address");
      const bool last = --write_beats_.front() == 0;
      if (last != engine.w.last) Fail("W", "WLAST marks exactly the last beat");
      if (last) write_beats_.pop_front();
    }
  }
  if (engine.aw.valid && memory.aw_ready) write_beats_.push_back(uint32_t{engine.aw.len} + 1);
}

void AxiChecker::Observe(uint64_t cycle, const LiteIn& host, const LiteOut& engine) {
  cycle_ = cycle;
  constexpr const char* kStable = "a response not yet taken stays valid and unchanged";
  constexpr const char* kSpurious = "a response answers a request";
  if (held_b_.valid && held_b_ != engine.b) Fail("AXI4-Lite B", kStable);
  if (held_r_.valid && held_r_ != engine.r) Fail("AXI4-Lite R", kStable);
  if (engine.b.valid && !(lite_aw_ && lite_w_)) Fail("AXI4-Lite B", kSpurious);
  if (engine.r.valid && !lite_ar_) Fail("AXI4-Lite R", kSpurious);
  held_b_ = held_r_ = {};
  if (engine.b.valid && !host.b_ready) held_b_ = engine.b;
  if (engine.r.valid && !host.r_ready) held_r_ = engine.r;
  if (engine.b.valid && host.b_ready) lite_aw_ = lite_w_ = false;
  if (engine.r.valid && host.r_ready) lite_ar_ = false;
  if (host.aw_valid && engine.aw_ready) lite_aw_ = true;
  if (host.w_valid && engine.w_ready) lite_w_ = true;
  if (host.ar_valid && engine.ar_ready) lite_ar_ = true;
}

}  // namespace fragua::sim
