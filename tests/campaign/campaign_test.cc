// The campaign itself: its nets repeat and reach the edges, its comparison finds one wrong byte
// anywhere, its coverage counts what it says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <utility>

#include "coverage.h"
#include "fragua/driver/registers.h"
#include "observe.h"
#include "random_net.h"
#include "run_sequence.h"

namespace fragua::campaign {
namespace {

using testing::HasSubstr;

driver::EngineConfig Tiny() {
  return driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/tiny.yaml");
}

bool SameBytes(const model::Graph& a, const model::Graph& b) {
  if (a.tensors.size() != b.tensors.size() || a.ops.size() != b.ops.size()) return false;
  for (size_t t = 0; t < a.tensors.size(); ++t) {
    if (a.tensors[t].shape != b.tensors[t].shape || a.tensors[t].data != b.tensors[t].data ||
        a.tensors[t].quant.scale != b.tensors[t].quant.scale) {
      return false;
    }
  }
  return true;
}

TEST(RandomNet, IsValidRepeatsAndDiffersBySeed) {
  std::set<Kind> kinds;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    const Net net = RandomNet(seed, 200000, 32768);
    ASSERT_NO_THROW(model::Validate(net.graph));
    EXPECT_TRUE(SameBytes(net.graph, RandomNet(seed, 200000, 32768).graph));
    EXPECT_FALSE(SameBytes(net.graph, RandomNet(seed + 1, 200000, 32768).graph));
    kinds.insert(net.kind);
  }
  EXPECT_EQ(kinds.size(), static_cast<size_t>(Kind::kCount));
}

TEST(Sequence, ANetAloneIsTheNetAmongOthers) {
  const Sequence all = MakeSequence(Tiny(), {7, 3, -1});
  const Sequence one = MakeSequence(Tiny(), {7, 3, 2});
  size_t first = 0;
  while (all.net_of_op[first] != 2) ++first;
  ASSERT_GT(first, 0u);
  for (size_t op = 0; op < one.graph.ops.size(); ++op) {
    const model::Op& alone = one.graph.ops[op];
    const model::Op& among = all.graph.ops[first + op];
    EXPECT_EQ(alone.name, among.name);
    EXPECT_EQ(one.graph.tensor(alone.outputs[0]).shape, all.graph.tensor(among.outputs[0]).shape);
    EXPECT_EQ(one.places[op], all.places[first + op]);
    if (alone.inputs.size() < 2 || alone.type == model::OpType::kConcatenation) continue;
    EXPECT_EQ(one.graph.tensor(alone.inputs[1]).data, all.graph.tensor(among.inputs[1]).data);
  }
}

TEST(RunSequence, RepeatsToTheCycle) {
  const std::atomic<bool> stop = false;
  std::vector<uint64_t> cycles;
  for (int i = 0; i < 2; ++i) {
    Coverage coverage(CoveragePlan(Tiny()));
    const SequenceResult result = RunSequence(Tiny(), {5, 1, -1}, stop, coverage);
    EXPECT_THAT(result.failures, testing::IsEmpty());
    EXPECT_GT(result.layers, 5);
    EXPECT_TRUE(coverage.Contradictions().empty());
    cycles.push_back(result.cycles);
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

// One bit of the last byte of any operator's output.
TEST(RunSequence, FindsOneWrongBitInAnyTensor) {
  const std::atomic<bool> stop = false;
  const SequenceId id{5, 1, -1};
  const Sequence sequence = MakeSequence(Tiny(), id);
  const auto ops = static_cast<int>(sequence.graph.ops.size());
  for (const int op : {0, ops / 3, ops / 2, ops - 1}) {
    const std::string& name = sequence.graph.ops[static_cast<size_t>(op)].name;
    SCOPED_TRACE(name);
    Coverage coverage(CoveragePlan(Tiny()));
    const SequenceResult result =
        RunSequence(Tiny(), id, stop, coverage, [op](const Sequence& s, golden::Values& values) {
          const int tensor = s.graph.ops[static_cast<size_t>(op)].outputs[0];
          values[static_cast<size_t>(tensor)].back() ^= 1;
        });
    ASSERT_EQ(result.failures.size(), 1u);
    EXPECT_THAT(result.failures[0], HasSubstr(name));
    EXPECT_EQ(result.failed_net, sequence.net_of_op[static_cast<size_t>(op)]);
    EXPECT_EQ(coverage.Holes().size(), Coverage(CoveragePlan(Tiny())).Holes().size())
        << "a wrong inference counts for nothing";
  }
}

/// The first net that has such an operator on the engine.
SequenceId FindNet(const driver::EngineConfig& engine, model::OpType type, int& op) {
  for (int index = 0;; ++index) {
    for (int net = 0; net < 3; ++net) {
      const SequenceId id{11, index, net};
      const Sequence sequence = MakeSequence(engine, id);
      for (op = 0; op < static_cast<int>(sequence.graph.ops.size()); ++op) {
        const auto at = static_cast<size_t>(op);
        if (sequence.graph.ops[at].type == type && sequence.places[at] == driver::Place::kFabric) {
          return id;
        }
      }
    }
  }
}

/// Hits of all bins of a group.
int HitsOf(const std::string& group, const Coverage& coverage) {
  int hits = 0;
  for (const auto& entry : coverage.Json()) {
    if (entry["name"] != group) continue;
    for (const auto& bin : entry["bins"]) hits += bin["hits"].get<int>();
  }
  return hits;
}

TEST(RunSequence, ComparesAndCountsAdditionsAndAveragePools) {
  const std::atomic<bool> stop = false;
  const driver::EngineConfig engine =
      driver::LoadEngineConfig(FRAGUA_SOURCE_DIR "/configs/engines/zybo-z7-10.yaml");
  for (const auto& [type, group] : {std::pair(model::OpType::kAdd, "addition"),
                                    std::pair(model::OpType::kAveragePool2d, "average pool")}) {
    SCOPED_TRACE(group);
    int op = 0;
    const SequenceId id = FindNet(engine, type, op);
    Coverage good(CoveragePlan(engine));
    EXPECT_THAT(RunSequence(engine, id, stop, good).failures, testing::IsEmpty());
    EXPECT_GT(HitsOf(group, good), 5);
    Coverage spoilt(CoveragePlan(engine));
    const auto result =
        RunSequence(engine, id, stop, spoilt, [&](const Sequence& s, golden::Values& values) {
          const int tensor = s.graph.ops[static_cast<size_t>(op)].outputs[0];
          values[static_cast<size_t>(tensor)].front() ^= 1;
        });
    EXPECT_EQ(result.failures.size(), 1u);
    EXPECT_EQ(HitsOf(group, spoilt), 0);
  }
}

TEST(Coverage, KnowsWhichEnginesAdd) {
  using testing::Contains;
  using testing::Not;
  const auto tiny = Coverage(CoveragePlan(Tiny())).Holes();
  EXPECT_THAT(tiny, Not(Contains(testing::StartsWith("addition:"))));
  EXPECT_THAT(tiny, Contains("on the processor: addition with PK 8"));
  driver::EngineConfig wide = Tiny();
  wide.pk = 16;
  const auto sixteen = Coverage(CoveragePlan(wide)).Holes();
  EXPECT_THAT(sixteen, Contains("addition: of two maps"));
  EXPECT_THAT(sixteen, Not(Contains("on the processor: addition with PK 8")));
}

TEST(RunSequence, StopsWhenAsked) {
  const std::atomic<bool> stop = true;
  Coverage coverage(CoveragePlan(Tiny()));
  const SequenceResult result = RunSequence(Tiny(), {5, 1, -1}, stop, coverage);
  EXPECT_TRUE(result.stopped);
  EXPECT_THAT(result.failures, testing::IsEmpty());
}

TEST(Coverage, NamesHolesAndContradictions) {
  Coverage coverage(
      {{"plain", false, {{"a", ""}, {"b", ""}, {"c", "cannot be"}}}, {"wide", true, {{"x", ""}}}});
  EXPECT_THAT(coverage.Holes(), testing::ElementsAre("plain: a", "plain: b", "wide: x"));
  coverage.Hit("plain", "a", kAr);
  coverage.Hit("wide", "x", 0);
  coverage.Hit("wide", "x", kAr | kW);
  EXPECT_THAT(coverage.Holes(), testing::ElementsAre("plain: b", "wide: x x R", "wide: x x AW",
                                                     "wide: x x B", "wide: x x late"));
  EXPECT_TRUE(coverage.Contradictions().empty());
  coverage.Hit("plain", "c", 0);
  EXPECT_THAT(coverage.Contradictions(), testing::ElementsAre(HasSubstr("plain: c")));
  EXPECT_DEATH(coverage.Hit("plain", "d", 0), "no bin 'plain: d'");
}

// A 3 x 3 window over a ring of four row slots, as the command fields state it.
TEST(Coverage, SeesARingWrapWhereRowsThatExistPassItsEnd) {
  namespace c = driver::regs::compute;
  auto command = driver::regs::MakeCommand(driver::regs::Opcode::kCompute);
  command.Set(c::kKernelH, 3).Set(c::kKernelW, 3).Set(c::kStrideH, 1).Set(c::kStrideW, 1);
  command.Set(c::kInRows, 8).Set(c::kInCols, 8).Set(c::kOutRows, 2).Set(c::kOutCols, 8);
  command.Set(c::kIx0, -1).Set(c::kSrcRowPitch, 10).Set(c::kSrcRing, 40).Set(c::kKblocks, 1);
  command.Set(c::kDstSelect, 2).Set(c::kKblockWords, 4);
  const auto wraps = [&](int iy0, int start) {
    Coverage coverage(CoveragePlan(Tiny()));
    command.Set(c::kIy0, iy0).Set(c::kSrcRowStart, start);
    ObserveCompute(Tiny(), command, 0, coverage);
    return !testing::Value(coverage.Holes(),
                           testing::Contains("ring: source wraps in the activation buffer"));
  };
  EXPECT_FALSE(wraps(0, 0)) << "rows 0..3 in slots 0..3";
  EXPECT_TRUE(wraps(1, 10)) << "row 4 in slot 0";
  EXPECT_FALSE(wraps(-1, 30)) << "row -1 is padding, rows 0..2 in slots 0..2";
  EXPECT_FALSE(wraps(5, 10)) << "rows 5..7 in slots 1..3, row 8 is padding";
}

}  // namespace
}  // namespace fragua::campaign
