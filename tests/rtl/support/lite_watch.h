#pragma once
// The AXI4-Lite rules, watched on the pins of anything that has them under their bus names. A
// breach is a test failure, once.

#include <gtest/gtest.h>

#include <cstdint>

#include "axi/axi_lite_checker.h"
#include "fragua/model/error.h"

namespace fragua::rtltest {

class LiteWatch {
 public:
  /// Outputs settled, before the clock edge.
  template <typename Pins>
  void Sample(const Pins& p) {
    sim::LiteIn host;
    host.aw_valid = p.s_axi_awvalid;
    host.aw_addr = p.s_axi_awaddr;
    host.w_valid = p.s_axi_wvalid;
    host.w_data = p.s_axi_wdata;
    host.b_ready = p.s_axi_bready;
    host.ar_valid = p.s_axi_arvalid;
    host.ar_addr = p.s_axi_araddr;
    host.r_ready = p.s_axi_rready;
    sim::LiteOut engine;
    engine.aw_ready = p.s_axi_awready;
    engine.w_ready = p.s_axi_wready;
    engine.ar_ready = p.s_axi_arready;
    if (p.s_axi_bvalid) engine.b = {true, static_cast<uint8_t>(p.s_axi_bresp), 0};
    if (p.s_axi_rvalid) {
      engine.r = {true, static_cast<uint8_t>(p.s_axi_rresp), static_cast<uint32_t>(p.s_axi_rdata)};
    }
    if (broken_) return;
    try {
      checker_.Observe(cycle_++, host, engine);
    } catch (const Error& error) {
      broken_ = true;  // what follows would be reported for the same reason
      ADD_FAILURE() << error.what();
    }
  }
  /// The module under test was reset.
  void Reset() { checker_.Reset(); }

 private:
  sim::AxiLiteChecker checker_;
  uint64_t cycle_ = 0;
  bool broken_ = false;
};

}  // namespace fragua::rtltest
