#pragma once
// fr_regs with a host on its bus that writes and reads at any pace.

#include <gtest/gtest.h>

#include <cstdint>

#include "Vfr_regs.h"
#include "fragua/driver/registers.h"
#include "support/bench.h"
#include "support/lite_watch.h"

namespace fragua::rtltest {

namespace regs = fragua::driver::regs;

class RegsTest : public ::testing::Test {
 protected:
  RegsTest() {
    auto& m = *bench_;
    m.s_axi_awvalid = m.s_axi_wvalid = m.s_axi_bready = m.s_axi_arvalid = m.s_axi_rready = 0;
    m.in_reset_i = m.busy_i = m.error_i = m.error_pulse_i = m.sequence_valid_i = 0;
    m.error_code_i = 0;
    m.error_tag_i = m.error_addr_i = m.head_i = m.sequence_i = 0;
    for (int w = 0; w < 16; ++w) m.stamp_i[w] = 1000 + w;
    bench_.Reset();
  }
  /// One clock cycle under the eyes of the protocol checker.
  void Tick() {
    bench_.Settle();
    watch_.Sample(*bench_);
    bench_.Tick();
  }
  // A write whose address comes `address_after` and whose data come `data_after` cycles from now,
  // and whose answer is awaited with `answer_after` cycles of back-pressure.
  void Write(uint32_t offset, uint32_t value, int address_after = 0, int data_after = 0,
             int answer_after = 0, int strobes = 0xF) {
    auto& m = *bench_;
    bool address_done = false;
    bool data_done = false;
    int answered_for = 0;
    for (int cycle = 0; cycle < 100; ++cycle) {
      m.s_axi_awvalid = !address_done && cycle >= address_after;
      m.s_axi_awaddr = static_cast<uint16_t>(m.s_axi_awvalid ? offset : 0xABC);
      m.s_axi_wvalid = !data_done && cycle >= data_after;
      m.s_axi_wdata = m.s_axi_wvalid ? value : 0xDEADBEEF;
      m.s_axi_wstrb = static_cast<uint8_t>(m.s_axi_wvalid ? strobes : 0xF);
      bench_.Settle();
      if (m.s_axi_bvalid) {
        EXPECT_TRUE(address_done && data_done) << "answered before it had both";
        EXPECT_EQ(m.s_axi_bresp, 0);
      }
      m.s_axi_bready = m.s_axi_bvalid && answered_for++ >= answer_after;
      bench_.Settle();
      const bool done = m.s_axi_bvalid && m.s_axi_bready;
      address_done |= m.s_axi_awvalid && m.s_axi_awready;
      data_done |= m.s_axi_wvalid && m.s_axi_wready;
      Tick();
      if (done) {
        m.s_axi_awvalid = m.s_axi_wvalid = m.s_axi_bready = 0;
        bench_.Settle();
        EXPECT_FALSE(m.s_axi_bvalid);
        return;
      }
    }
    FAIL() << "no write response";
  }
  uint32_t Read(uint32_t offset, int answer_after = 0) {
    auto& m = *bench_;
    m.s_axi_araddr = static_cast<uint16_t>(offset);
    m.s_axi_arvalid = 1;
    for (int cycle = 0; cycle < 100; ++cycle) {
      bench_.Settle();
      const bool taken = m.s_axi_arvalid && m.s_axi_arready;
      Tick();
      if (taken) break;
    }
    m.s_axi_arvalid = 0;
    m.s_axi_araddr = 0;
    for (int cycle = 0; cycle < 100 && !m.s_axi_rvalid; ++cycle) Tick();
    const uint32_t value = m.s_axi_rdata;
    EXPECT_TRUE(m.s_axi_rvalid);
    EXPECT_EQ(m.s_axi_rresp, 0);
    for (int cycle = 0; cycle < answer_after; ++cycle) {
      Tick();
      EXPECT_TRUE(m.s_axi_rvalid);
      EXPECT_EQ(m.s_axi_rdata, value) << "read data changed while stalled";
    }
    m.s_axi_rready = 1;
    Tick();
    m.s_axi_rready = 0;
    bench_.Settle();
    EXPECT_FALSE(m.s_axi_rvalid);
    return value;
  }
  void ExpectResetValues() {
    EXPECT_EQ(Read(regs::kRegControl), regs::kRegControlReset);
    EXPECT_EQ(Read(regs::kRegRingBase), regs::kRegRingBaseReset);
    EXPECT_EQ(Read(regs::kRegRingSize), regs::kRegRingSizeReset);
    EXPECT_EQ(Read(regs::kRegTail), regs::kRegTailReset);
    EXPECT_EQ(Read(regs::kRegIrqEnable), regs::kRegIrqEnableReset);
    EXPECT_EQ(Read(regs::kRegIrqStatus), regs::kRegIrqStatusReset);
    EXPECT_EQ(Read(regs::kRegWindowBase), regs::kRegWindowBaseReset);
    EXPECT_EQ(Read(regs::kRegWindowLimit), regs::kRegWindowLimitReset);
    EXPECT_EQ(Read(regs::kRegWatchdog), regs::kRegWatchdogReset);
  }
  void Pulse(uint8_t& pin) {
    pin = 1;
    Tick();
    pin = 0;
    bench_.Settle();
  }

  Bench<Vfr_regs> bench_;
  LiteWatch watch_;
};

}  // namespace fragua::rtltest
