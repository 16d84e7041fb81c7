#include "axi/axi_lite_checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

constexpr const char* kStable = "an offer not yet taken stays valid and unchanged";

}  // namespace

void AxiLiteChecker::Fail(const char* who, const char* channel, const char* rule) const {
  throw Error(ErrorKind::kCheck,
              fmt::format("AXI4-Lite rule broken by the {} on {} in cycle {}: {}; trace the cycles "
                          "before it with --trace",
                          who, channel, cycle_, rule));
}

void AxiLiteChecker::Observe(uint64_t cycle, const LiteIn& host, const LiteOut& engine) {
  cycle_ = cycle;
  CheckHost(host);
  CheckAnswers(host, engine);
  held_ = host;
  held_.aw_valid = host.aw_valid && !engine.aw_ready;
  held_.w_valid = host.w_valid && !engine.w_ready;
  held_.ar_valid = host.ar_valid && !engine.ar_ready;
  aw_ += host.aw_valid && engine.aw_ready ? 1 : 0;
  w_ += host.w_valid && engine.w_ready ? 1 : 0;
  ar_ += host.ar_valid && engine.ar_ready ? 1 : 0;
}

void AxiLiteChecker::CheckHost(const LiteIn& host) {
  if (held_.aw_valid && (!host.aw_valid || host.aw_addr != held_.aw_addr)) {
    Fail("host", "AW", kStable);
  }
  if (held_.w_valid && (!host.w_valid || host.w_data != held_.w_data)) Fail("host", "W", kStable);
  if (held_.ar_valid && (!host.ar_valid || host.ar_addr != held_.ar_addr)) {
    Fail("host", "AR", kStable);
  }
}

void AxiLiteChecker::CheckAnswers(const LiteIn& host, const LiteOut& engine) {
  constexpr const char* kSpurious = "an answer belongs to a request, and comes once";
  constexpr const char* kOkay = "every access is answered OKAY";
  constexpr const char* kLate = "an access is answered within three cycles";
  if (held_b_.valid && held_b_ != engine.b) Fail("engine", "B", kStable);
  if (held_r_.valid && held_r_ != engine.r) Fail("engine", "R", kStable);
  if (engine.b.valid && std::min(aw_, w_) == 0) Fail("engine", "B", kSpurious);
  if (engine.r.valid && ar_ == 0) Fail("engine", "R", kSpurious);
  if (engine.b.valid && engine.b.resp != 0) Fail("engine", "B", kOkay);
  if (engine.r.valid && engine.r.resp != 0) Fail("engine", "R", kOkay);
  write_waits_ = std::min(aw_, w_) > 0 && !engine.b.valid ? write_waits_ + 1 : 0;
  read_waits_ = ar_ > 0 && !engine.r.valid ? read_waits_ + 1 : 0;
  if (write_waits_ > kAnswerCycles) Fail("engine", "B", kLate);
  if (read_waits_ > kAnswerCycles) Fail("engine", "R", kLate);
  held_b_ = held_r_ = {};
  if (engine.b.valid && !host.b_ready) held_b_ = engine.b;
  if (engine.r.valid && !host.r_ready) held_r_ = engine.r;
  if (engine.b.valid && host.b_ready) {
    --aw_;
    --w_;
  }
  if (engine.r.valid && host.r_ready) --ar_;
}

}  // namespace fragua::sim
