// The checks of AxiMemory find each breach of protocol they claim to find; a well-behaved master
// passes.

#include "support/axi_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

namespace fragua::rtltest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Pins {
  uint8_t m_axi_arid = 0, m_axi_arvalid = 0, m_axi_arready = 0, m_axi_arlen = 0;
  uint32_t m_axi_araddr = 0;
  uint8_t m_axi_awid = 0;
  uint8_t m_axi_arsize = 3, m_axi_arburst = 1, m_axi_awsize = 3, m_axi_awburst = 1;
  uint8_t m_axi_wstrb = 0xFF;
  uint8_t m_axi_rid = 0, m_axi_rresp = 0, m_axi_rlast = 0, m_axi_rvalid = 0, m_axi_rready = 1;
  uint64_t m_axi_rdata = 0;
  uint8_t m_axi_awvalid = 0, m_axi_awready = 0, m_axi_awlen = 0;
  uint32_t m_axi_awaddr = 0;
  uint8_t m_axi_wlast = 0, m_axi_wvalid = 0, m_axi_wready = 0;
  uint64_t m_axi_wdata = 0;
  uint8_t m_axi_bresp = 0, m_axi_bvalid = 0, m_axi_bready = 1;
};

class AxiMemoryTest : public ::testing::Test {
 protected:
  AxiMemoryTest() : memory_(0x1000, 4096, 1) {
    memory_.window_base = 0x1000;
    memory_.window_limit = 0x5000;
  }
  void Cycle() {
    memory_.Drive(pins_);
    memory_.Sample(pins_);
  }
  void AskRead(uint32_t address, uint8_t length) {
    pins_.m_axi_araddr = address;
    pins_.m_axi_arlen = length;
    pins_.m_axi_arvalid = 1;
    Cycle();
    pins_.m_axi_arvalid = 0;
  }
  void AskWrite(uint32_t address, uint8_t length) {
    pins_.m_axi_awaddr = address;
    pins_.m_axi_awlen = length;
    pins_.m_axi_awvalid = 1;
    Cycle();
    pins_.m_axi_awvalid = 0;
  }
  void SendWord(uint64_t data, bool last) {
    pins_.m_axi_wdata = data;
    pins_.m_axi_wlast = last;
    pins_.m_axi_wvalid = 1;
    Cycle();
    pins_.m_axi_wvalid = 0;
  }

  AxiMemory memory_;
  Pins pins_;
};

TEST_F(AxiMemoryTest, ServesAGoodMaster) {
  memory_.Word(0x1080) = 5;
  AskRead(0x1080, 15);
  for (int i = 0; i < 30; ++i) Cycle();
  AskWrite(0x1100, 1);
  SendWord(7, false);
  SendWord(8, true);
  for (int i = 0; i < 5; ++i) Cycle();
  EXPECT_EQ(memory_.read_beats(), 16u);
  EXPECT_EQ(memory_.Word(0x1108), 8u);
  EXPECT_EQ(memory_.reads_in_flight() + memory_.writes_in_flight(), 0u);
  EXPECT_THAT(memory_.complaints(), IsEmpty());
}

TEST_F(AxiMemoryTest, FindsALongBurst) {
  AskRead(0x1000, 16);
  EXPECT_THAT(memory_.complaints(),
              ElementsAre(HasSubstr("more than 16"), HasSubstr("crosses 128")));
}
TEST_F(AxiMemoryTest, FindsACrossed128ByteBoundary) {
  AskWrite(0x1040, 15);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("crosses 128")));
}
TEST_F(AxiMemoryTest, FindsACrossedPage) {
  AskRead(0x1FF8, 1);
  EXPECT_THAT(memory_.complaints(),
              ElementsAre(HasSubstr("crosses 4 KiB"), HasSubstr("crosses 128")));
}
TEST_F(AxiMemoryTest, FindsAccessBelowTheWindow) {
  memory_.window_base = 0x2000;
  AskRead(0x1FF8, 0);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("leaves the window")));
}
TEST_F(AxiMemoryTest, FindsAccessBeyondTheWindow) {
  AskWrite(0x5000, 0);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("leaves the window")));
}
TEST_F(AxiMemoryTest, FindsMisalignment) {
  AskRead(0x1004, 0);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("whole word")));
}
TEST_F(AxiMemoryTest, FindsAWithdrawnAddress) {
  memory_.stalls.address = 100;
  AskRead(0x1000, 0);
  Cycle();
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("ARVALID withdrawn")));
}
TEST_F(AxiMemoryTest, FindsAChangedAddress) {
  memory_.stalls.address = 100;
  AskWrite(0x1000, 0);
  AskWrite(0x1008, 0);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("AW payload changed")));
}
TEST_F(AxiMemoryTest, FindsChangedWriteData) {
  memory_.stalls.write_data = 100;
  SendWord(1, true);
  SendWord(2, true);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("W payload changed")));
}
TEST_F(AxiMemoryTest, FindsAWithdrawnWrite) {
  memory_.stalls.write_data = 100;
  SendWord(1, true);
  Cycle();
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("WVALID withdrawn")));
}
TEST_F(AxiMemoryTest, FindsAPauseInsideABurst) {
  AskWrite(0x1000, 1);
  SendWord(1, false);
  Cycle();
  SendWord(2, true);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("pause")));
}
TEST_F(AxiMemoryTest, FindsOtherBurstsAndBeats) {
  pins_.m_axi_arburst = 2;
  pins_.m_axi_awsize = 2;
  pins_.m_axi_awid = 1;
  AskRead(0x1000, 0);
  AskWrite(0x1000, 0);
  pins_.m_axi_wstrb = 0x0F;
  SendWord(1, true);
  EXPECT_THAT(memory_.complaints(),
              ElementsAre(HasSubstr("AR: not an incrementing"), HasSubstr("AW: beats are not of 8"),
                          HasSubstr("AW: not the one ID"), HasSubstr("not every byte")));
}
TEST_F(AxiMemoryTest, FindsAnEarlyLast) {
  AskWrite(0x1000, 1);
  SendWord(1, true);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("WLAST")));
}
TEST_F(AxiMemoryTest, FindsAMissingLast) {
  AskWrite(0x1000, 0);
  SendWord(1, false);
  EXPECT_THAT(memory_.complaints(), ElementsAre(HasSubstr("WLAST")));
}
TEST(AxiMemory, WhatNobodyAskedAboutFailsTheTest) {
  EXPECT_NONFATAL_FAILURE(
      {
        AxiMemory memory(0x1000, 16, 1);
        Pins pins;
        pins.m_axi_arvalid = 1;
        pins.m_axi_araddr = 0x1004;
        memory.Drive(pins);
        memory.Sample(pins);
      },
      "not a whole word");
}

}  // namespace
}  // namespace fragua::rtltest
