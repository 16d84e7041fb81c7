// The protocol checker finds each kind of violation, and nothing in a correct exchange.

#include "axi/axi_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

struct Cycle {
  AxiIn in;
  AxiOut out;
};

AxiAddress Address(uint32_t address, uint8_t len) { return {true, 0, address, len, 3, 1}; }

/// A read and a write burst of two beats, each offered for two cycles before it is taken.
std::vector<Cycle> GoodTrace() {
  std::vector<Cycle> trace(8);
  for (Cycle& c : trace) c.out.r_ready = c.out.b_ready = true;
  trace[0].out.ar = trace[1].out.ar = Address(0x1010, 1);
  trace[1].in.ar_ready = true;
  trace[1].out.aw = trace[2].out.aw = Address(0x1FF0, 1);
  trace[2].in.aw_ready = true;
  trace[3].out.w = trace[4].out.w = {true, 11, 0xFF, false};
  trace[4].in.w_ready = true;
  trace[5].out.w = {true, 12, 0xFF, true};
  trace[5].in.w_ready = true;
  trace[3].in.r = trace[4].in.r = {true, 0, 21, 0, false};
  trace[3].out.r_ready = false;
  trace[5].in.r = {true, 0, 22, 0, true};
  trace[6].in.b.valid = trace[7].in.b.valid = true;
  trace[6].out.b_ready = false;
  return trace;
}

void Play(const std::vector<Cycle>& trace) {
  AxiChecker checker;
  checker.SetLimits(1, 1);
  checker.SetWindow(0x1000, 0x3000);
  for (size_t i = 0; i < trace.size(); ++i) checker.Observe(100 + i, trace[i].in, trace[i].out);
}

struct Violation {
  const char* rule;
  const char* where;  ///< channel and cycle
  std::function<void(std::vector<Cycle>&)> make;
};

TEST(AxiChecker, AcceptsACorrectExchange) { EXPECT_NO_THROW(Play(GoodTrace())); }

TEST(AxiChecker, NamesTheRuleChannelAndCycle) {
  const std::vector<Violation> violations = {
      {"stays valid", "AR in cycle 101", [](auto& t) { t[1].out.ar.valid = false; }},
      {"stays valid", "AR in cycle 101", [](auto& t) { t[1].out.ar.address += 8; }},
      {"stays valid", "AW in cycle 102", [](auto& t) { t[2].out.aw.len = 0; }},
      {"stays valid", "W in cycle 104", [](auto& t) { t[4].out.w.data = 99; }},
      {"INCR", "AR in cycle 100", [](auto& t) { t[0].out.ar.burst = 2; }},
      {"8 bytes", "AR in cycle 100", [](auto& t) { t[0].out.ar.size = 2; }},
      {"16 beats", "AR in cycle 100", [](auto& t) { t[0].out.ar.len = 16; }},
      {"multiples of 8", "AR in cycle 100", [](auto& t) { t[0].out.ar.address = 0x1014; }},
      {"4 KiB", "AW in cycle 101", [](auto& t) { t[1].out.aw.address = 0x1FF8; }},
      {"window", "AR in cycle 100",
       [](auto& t) {
         t[0].out.ar.address = 0xFF8;
         t[0].out.ar.len = 0;
       }},
      {"window", "AW in cycle 101", [](auto& t) { t[1].out.aw.address = 0x3000; }},
      {"WLAST", "W in cycle 105", [](auto& t) { t[5].out.w.last = false; }},
      {"WLAST", "W in cycle 104", [](auto& t) { t[3].out.w.last = t[4].out.w.last = true; }},
      {"every byte", "W in cycle 103", [](auto& t) { t[3].out.w.strb = 0x0F; }},
      {"without a pause", "W in cycle 105",
       [](auto& t) { t[5].out.w.valid = t[5].in.w_ready = false; }},
      {"reads are in flight", "AR in cycle 102",
       [](auto& t) {
         t[2].out.ar = Address(0x1020, 0);
         t[2].in.ar_ready = true;
       }},
      {"writes are in flight", "AW in cycle 106",
       [](auto& t) {
         t[6].out.aw = Address(0x1020, 0);
         t[6].in.aw_ready = true;
       }},
      {"the memory on R in cycle 104: an offer", "", [](auto& t) { t[4].in.r.data = 1; }},
      {"the memory on R in cycle 102: data answer", "",
       [](auto& t) {
         t[2].in.r = {true, 1, 1, 0, false};
       }},
      {"the memory on R in cycle 105: RLAST", "", [](auto& t) { t[5].in.r.last = false; }},
      {"the memory on R in cycle 103: RLAST", "",
       [](auto& t) { t[3].in.r.last = t[4].in.r.last = true; }},
      {"the memory on R in cycle 106: data answer", "",
       [](auto& t) {
         t[6].in.r = {true, 0, 1, 0, true};
       }},
      {"the memory on B in cycle 107: an offer", "", [](auto& t) { t[7].in.b.resp = 2; }},
      {"the memory on B in cycle 105: a response", "", [](auto& t) { t[5].in.b.valid = true; }},
      {"follow their address", "W in cycle 106",
       [](auto& t) {
         t[6].out.w = {true, 1, 0xFF, true};
         t[6].in.w_ready = true;
       }},
  };
  for (const Violation& v : violations) {
    SCOPED_TRACE(std::string(v.rule) + " / " + v.where);
    std::vector<Cycle> trace = GoodTrace();
    v.make(trace);
    try {
      Play(trace);
      ADD_FAILURE() << "not found";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCheck);
      EXPECT_THAT(error.what(), testing::HasSubstr(v.rule));
      EXPECT_THAT(error.what(), testing::HasSubstr(v.where));
    }
  }
}

}  // namespace
}  // namespace fragua::sim
