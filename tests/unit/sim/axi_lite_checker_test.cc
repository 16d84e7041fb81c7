// The register port's checker finds each kind of violation, and nothing in a correct exchange.

#include "axi/axi_lite_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

struct Cycle {
  LiteIn in;
  LiteOut out;
};

/// A write whose data come first and a read, each answered late and taken a cycle later.
std::vector<Cycle> GoodTrace() {
  std::vector<Cycle> trace(10);
  for (const size_t i : {0u, 1u}) {
    trace[i].in.w_valid = true;
    trace[i].in.w_data = 7;
  }
  trace[1].out.w_ready = true;
  for (const size_t i : {2u, 3u}) {
    trace[i].in.aw_valid = true;
    trace[i].in.aw_addr = 0x20;
    trace[i].in.ar_valid = true;
    trace[i].in.ar_addr = 0x24;
  }
  trace[3].out.aw_ready = trace[3].out.ar_ready = true;
  trace[6].out.b = trace[7].out.b = {true, 0, 0};
  trace[6].out.r = trace[7].out.r = {true, 0, 5};
  trace[7].in.b_ready = trace[7].in.r_ready = true;
  return trace;
}

void Play(const std::vector<Cycle>& trace) {
  AxiLiteChecker checker;
  for (size_t i = 0; i < trace.size(); ++i) checker.Observe(100 + i, trace[i].in, trace[i].out);
}

TEST(AxiLiteChecker, AcceptsACorrectExchange) { EXPECT_NO_THROW(Play(GoodTrace())); }

TEST(AxiLiteChecker, NamesWhoBrokeWhatWhen) {
  struct Violation {
    const char* says;
    std::function<void(std::vector<Cycle>&)> make;
  };
  const std::vector<Violation> violations = {
      {"host on W in cycle 101: an offer", [](auto& t) { t[1].in.w_valid = false; }},
      {"host on W in cycle 101: an offer", [](auto& t) { t[1].in.w_data = 8; }},
      {"host on AW in cycle 103: an offer", [](auto& t) { t[3].in.aw_addr = 0x28; }},
      {"host on AW in cycle 103: an offer", [](auto& t) { t[3].in.aw_valid = false; }},
      {"host on AR in cycle 103: an offer", [](auto& t) { t[3].in.ar_addr = 0x28; }},
      {"host on AR in cycle 103: an offer", [](auto& t) { t[3].in.ar_valid = false; }},
      {"engine on B in cycle 107: an offer", [](auto& t) { t[7].out.b.valid = false; }},
      {"engine on R in cycle 107: an offer", [](auto& t) { t[7].out.r.data = 6; }},
      {"engine on B in cycle 102: an answer belongs", [](auto& t) { t[2].out.b.valid = true; }},
      {"engine on B in cycle 108: an answer belongs", [](auto& t) { t[8].out.b.valid = true; }},
      {"engine on R in cycle 102: an answer belongs", [](auto& t) { t[2].out.r.valid = true; }},
      {"engine on R in cycle 108: an answer belongs", [](auto& t) { t[8].out.r.valid = true; }},
      {"engine on B in cycle 106: every access",
       [](auto& t) { t[6].out.b.resp = t[7].out.b.resp = 2; }},
      {"engine on R in cycle 106: every access",
       [](auto& t) { t[6].out.r.resp = t[7].out.r.resp = 3; }},
      {"engine on B in cycle 107: an access",
       [](auto& t) { t[6].out.b.valid = t[7].out.b.valid = false; }},
      {"engine on R in cycle 107: an access",
       [](auto& t) { t[6].out.r.valid = t[7].out.r.valid = false; }},
  };
  for (const Violation& v : violations) {
    SCOPED_TRACE(v.says);
    std::vector<Cycle> trace = GoodTrace();
    v.make(trace);
    try {
      Play(trace);
      ADD_FAILURE() << "not found";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCheck);
      EXPECT_THAT(error.what(), testing::HasSubstr(v.says));
    }
  }
}

}  // namespace
}  // namespace fragua::sim
