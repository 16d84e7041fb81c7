// The whole engine, compute unit included, on stalling buses: random tiles, double-buffered through
// tokens, compared byte for byte with the plain reference; stamps; repetition; soft reset in the
// middle.

#include <map>
#include <string>
#include <vector>

#include "support/compute_reference.h"
#include "support/engine_bench.h"

namespace fragua::rtltest {
namespace {

constexpr uint32_t kMaps = EngineBench::kBase + 0x10000;
constexpr uint32_t kWeights = EngineBench::kBase + 0x40000;
constexpr uint32_t kResults = EngineBench::kBase + 0x80000;

ComputeShape ZyboShape() {
  ComputeShape shape;
  shape.act_words = 12800;
  shape.squeeze_words = 2048;
  shape.weight_words = 512;
  shape.pool_words = 1024;
  return shape;
}

const std::map<std::string, AxiStalls> kBuses = {
    {"ideal", {}},
    {"slow", {.latency_min = 30, .latency_max = 40}},
    {"stalling", {50, 50, 50, 50, 1, 60}},
};

// A stream of tiles and what it must leave in memory.
struct Program {
  std::vector<regs::Command> commands;
  std::vector<uint64_t> results;  ///< from kResults on
  std::vector<size_t> stamps;     ///< index of the first word of each stamp record in `results`
  std::vector<uint32_t> stamp_tags;
};

class EngineTest : public ::testing::TestWithParam<std::string> {
 protected:
  EngineTest() : seed_(Seed(21)), random_(seed_), engine_(seed_), reference_(ZyboShape()) {
    engine_.memory.stalls = kBuses.at(GetParam());
    engine_.bench.cycle_limit = 5000000;
    engine_.place.watchdog = 20000;
    for (uint32_t a = kMaps; a < kWeights; a += 8) engine_.memory.Word(a) = random_.Word();
    engine_.Configure();
  }
  void TearDown() override {
    for (const std::string& complaint : engine_.memory.complaints()) {
      ADD_FAILURE() << complaint << ", seed " << seed_;
    }
  }

  // Weight words of one K-block with parameters of a plausible layer, put into memory and into the
  // reference.
  void MakeWeights(uint32_t address, int base, int tap_words) {
    const int bytes = reference_.shape.weight_bytes();
    for (int w = 0; w < 1 + tap_words; ++w) {
      int8_t* word = &reference_.weights[static_cast<size_t>((base + w) % 512) * bytes];
      for (int b = 0; b < bytes; ++b) word[b] = static_cast<int8_t>(random_.Range(0, 254)) - 127;
      for (int k = 0; w == 0 && k < 16; ++k) {
        const uint64_t multiplier = random_.Range(1u << 30, 0x7FFFFFFF);
        const uint64_t shift = 7 + random_.Range(0, 4);
        const uint64_t bias = random_.Range(0, 20000) - 10000;
        const uint64_t value = multiplier | shift << 31 | bias << 37;
        for (int i = 0; i < 8; ++i) word[8 * k + i] = static_cast<int8_t>(value >> (8 * i));
      }
      for (int s = 0; s < bytes / 8; ++s) {
        uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
          value |= uint64_t{static_cast<uint8_t>(word[8 * s + i])} << (8 * i);
        engine_.memory.Word(address + 8 * (w * bytes / 8 + s)) = value;
      }
    }
  }

  Program MakeProgram(int tiles) {
    Program program;
    for (int t = 0; t < tiles; ++t) AddTile(program, t);
    return program;
  }

  // A convolution of random shape from one half of the buffers, results to memory.
  void AddTile(Program& program, int t) {
    const int half = t % 2;
    const int kernel = random_.Chance(50) ? 1 : 3;
    const int pad = kernel / 2;
    const int channel_words = static_cast<int>(random_.Range(1, 5));
    const int rows = static_cast<int>(random_.Range(1, 5));
    const int cols = static_cast<int>(random_.Range(1, 12));
    const int blocks = (channel_words + 1) / 2;
    const int tap_words = kernel * kernel * channel_words;
    const int pitch = 2 * cols;
    const int act_base = half * 3000;
    const int weight_base = half * 256 + (half ? static_cast<int>(random_.Range(0, 200)) : 0);

    // The map in memory: blocks of rows*cols pixels, with a gap between blocks.
    const uint32_t words = static_cast<uint32_t>(rows * pitch);
    const uint32_t map = kMaps + 8 * random_.Range(0, 8000);
    const uint32_t block_bytes = 8 * (words + 5);
    const int block_pitch = rows * pitch + 3;
    regs::Command load =
        Load(map, block_bytes, words, static_cast<uint32_t>(blocks), false, act_base, block_pitch);
    if (t >= 2) load = Wait(load, regs::kTokenCl);
    program.commands.push_back(Post(load, regs::kTokenLca));
    for (int b = 0; b < blocks; ++b) {
      for (uint32_t w = 0; w < words; ++w) {
        reference_.act[act_base + b * block_pitch + w] =
            engine_.memory.Word(map + b * block_bytes + 8 * w);
      }
    }
    const uint32_t weights = kWeights + 0x2000 * static_cast<uint32_t>(t);
    MakeWeights(weights, weight_base, tap_words);
    program.commands.push_back(
        Post(Load(weights, 0, static_cast<uint32_t>(16 * (1 + tap_words)), 1, true, weight_base, 0),
             regs::kTokenLcw));

    const bool stamp = random_.Chance(40);
    regs::Command c = regs::MakeCommand(regs::Opcode::kCompute);
    c.Set(regs::header::kTag, 500 + t)
        .Set(regs::header::kFlags, stamp ? compute::kFlagStamp : 0)
        .Set(compute::kSrcBase, act_base)
        .Set(compute::kSrcRowStart, 0)
        .Set(compute::kSrcRowPitch, pitch)
        .Set(compute::kSrcRing, rows * pitch)
        .Set(compute::kSrcBlockPitch, block_pitch)
        .Set(compute::kInRows, rows)
        .Set(compute::kInCols, cols)
        .Set(compute::kIy0, -pad)
        .Set(compute::kIx0, -pad)
        .Set(compute::kOutRows, rows)
        .Set(compute::kOutCols, cols)
        .Set(compute::kKernelH, kernel)
        .Set(compute::kKernelW, kernel)
        .Set(compute::kStrideH, 1)
        .Set(compute::kStrideW, 1)
        .Set(compute::kChannelWords, channel_words)
        .Set(compute::kWeightBase, weight_base)
        .Set(compute::kKblockWords, 1 + tap_words)
        .Set(compute::kZpIn, static_cast<int>(random_.Range(0, 255)) - 128)
        .Set(compute::kZpOut, static_cast<int>(random_.Range(0, 40)) - 20)
        .Set(compute::kActMin, -128)
        .Set(compute::kActMax, 127)
        .Set(compute::kKblocks, 1)
        .Set(compute::kDstSelect, 2)
        .Set(compute::kDstRing, 1);
    // The row above the map is a row slot of the ring like any other: its words are not used, only
    // its address.
    c.Set(compute::kSrcRowStart, pad == 0 ? 0 : (rows - 1) * pitch);
    program.commands.push_back(Post(Wait(c, regs::kTokenLca | regs::kTokenLcw), regs::kTokenCl));
    reference_.Run(c);
    const uint32_t at = static_cast<uint32_t>(program.results.size());
    program.results.insert(program.results.end(), reference_.stream.begin(),
                           reference_.stream.end());
    reference_.stream.clear();
    if (stamp) {
      program.stamps.push_back(program.results.size());
      program.stamp_tags.push_back(500 + static_cast<uint32_t>(t));
      program.results.resize(program.results.size() + 8);
    }
    program.commands.push_back(
        Store(kResults + 8 * at, 0, static_cast<uint32_t>(program.results.size()) - at, 1));
  }

  void Check(const Program& program) {
    std::vector<uint64_t> expected = program.results;
    uint32_t cycles_before = 0;
    for (size_t i = 0; i < program.stamps.size(); ++i) {
      uint32_t word[16];
      for (int w = 0; w < 8; ++w) {
        const uint64_t pair =
            engine_.memory.Word(kResults + 8 * static_cast<uint32_t>(program.stamps[i] + w));
        expected[program.stamps[i] + w] = pair;
        word[2 * w] = static_cast<uint32_t>(pair);
        word[2 * w + 1] = static_cast<uint32_t>(pair >> 32);
      }
      EXPECT_EQ(word[regs::stamp::kTagWord], program.stamp_tags[i]);
      EXPECT_EQ(word[regs::stamp::kMagicWord], regs::stamp::kMagicValue);
      uint32_t sum = 0;
      for (int w = regs::stamp::kComputeWord; w <= regs::stamp::kIdleWord; ++w) sum += word[w];
      EXPECT_EQ(sum, word[regs::stamp::kCyclesWord]) << "causes do not add up in stamp " << i;
      EXPECT_GT(word[regs::stamp::kCyclesWord], cycles_before);
      cycles_before = word[regs::stamp::kCyclesWord];
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(engine_.memory.Word(kResults + 8 * static_cast<uint32_t>(i)), expected[i])
          << "result word " << i << " of " << expected.size() << ", seed " << seed_;
    }
  }
  void RunAndCheck(Program program, uint32_t value) {
    for (uint32_t i = 0; i < program.results.size(); ++i) engine_.memory.Word(kResults + 8 * i) = 0;
    program.commands.push_back(Signal(value));
    engine_.Submit(program.commands);
    ASSERT_TRUE(engine_.WaitIrq(400000)) << "no completion, seed " << seed_;
    ASSERT_EQ(engine_.Read(regs::kRegErrorCode), 0u) << "seed " << seed_;
    EXPECT_EQ(engine_.Read(regs::kRegSequence), value);
    engine_.Write(regs::kRegIrqStatus, regs::kIrqStatusDone.mask());
    // Two CL tokens are left over from the last two tiles; take them, so that the next program may
    // begin as this one.
    engine_.Submit({Wait(Load(kMaps, 0, 1, 1, false, 0, 0), regs::kTokenCl),
                    Wait(Load(kMaps, 0, 1, 1, false, 0, 0), regs::kTokenCl)});
    Check(program);
  }

  uint32_t seed_;
  Random random_;
  EngineBench engine_;
  ComputeReference reference_;
};

TEST_P(EngineTest, RunsRandomTilesTwiceWithoutReset) {
  const Program program = MakeProgram(24);
  RunAndCheck(program, 1);
  if (HasFatalFailure()) return;
  const uint32_t steps = engine_.Read(regs::kRegCountCompute);
  EXPECT_EQ(steps, reference_.steps);
  RunAndCheck(program, 2);
  EXPECT_EQ(engine_.Read(regs::kRegCountCompute), 2 * steps);
}

TEST_P(EngineTest, CausesAddUpInTheRegisters) {
  RunAndCheck(MakeProgram(12), 1);
  engine_.Run(200);
  uint32_t sum = 0;
  for (uint32_t offset = regs::kRegCountCompute; offset <= regs::kRegCountIdle; offset += 4) {
    sum += engine_.Read(offset);
  }
  EXPECT_EQ(engine_.Read(regs::kRegCountCycles), sum);
  EXPECT_EQ(engine_.Read(regs::kRegStatus), 0u);
}

TEST_P(EngineTest, IsExactAfterASoftResetInTheMiddle) {
  const Program program = MakeProgram(10);
  for (int after : {50, 300, 777, 1500}) {
    engine_.Submit({program.commands.begin(), program.commands.begin() + 12});
    engine_.Run(after);
    ASSERT_TRUE(engine_.SoftReset()) << "after " << after;
    EXPECT_EQ(engine_.Read(regs::kRegCountCycles), 0u);
    engine_.Configure();
    RunAndCheck(program, static_cast<uint32_t>(after));
    if (HasFatalFailure()) return;
    engine_.Run(300);
    EXPECT_EQ(engine_.Read(regs::kRegStatus), 0u);
  }
}

TEST_P(EngineTest, IsExactAfterAnErrorInTheMiddle) {
  const Program program = MakeProgram(10);
  engine_.memory.bad_reads = {kWeights + 0x2000 * 5 + 128};
  engine_.Submit(program.commands);
  ASSERT_TRUE(engine_.WaitIrq(100000));
  EXPECT_EQ(engine_.Read(regs::kRegErrorCode),
            static_cast<uint32_t>(regs::ErrorCode::kReadResponse));
  EXPECT_EQ(engine_.Read(regs::kRegErrorAddr), kWeights + 0x2000 * 5 + 128);
  ASSERT_TRUE(engine_.SoftReset());
  engine_.memory.bad_reads.clear();
  engine_.Configure();
  RunAndCheck(program, 1);
}

INSTANTIATE_TEST_SUITE_P(Buses, EngineTest, ::testing::Values("ideal", "slow", "stalling"),
                         [](const auto& bus) { return bus.param; });

}  // namespace
}  // namespace fragua::rtltest
