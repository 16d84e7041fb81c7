// fr_fifo and fr_skid: nothing lost, doubled or reordered, payload stable while stalled, full
// throughput.

#include <deque>
#include <tuple>

#include "Vfr_fifo.h"
#include "Vfr_skid.h"
#include "support/bench.h"

namespace fragua::rtltest {
namespace {

// One name for both modules' pins.
struct FifoPins {
  using Model = Vfr_fifo;
  static constexpr size_t kCapacity = 9;  // Depth 8 and the output register
  static auto& InValid(Model& m) { return m.push_valid_i; }
  static auto& InReady(Model& m) { return m.push_ready_o; }
  static auto& InData(Model& m) { return m.push_data_i; }
  static auto& OutValid(Model& m) { return m.pop_valid_o; }
  static auto& OutReady(Model& m) { return m.pop_ready_i; }
  static auto& OutData(Model& m) { return m.pop_data_o; }
};
struct SkidPins {
  using Model = Vfr_skid;
  static constexpr size_t kCapacity = 2;
  static auto& InValid(Model& m) { return m.in_valid_i; }
  static auto& InReady(Model& m) { return m.in_ready_o; }
  static auto& InData(Model& m) { return m.in_data_i; }
  static auto& OutValid(Model& m) { return m.out_valid_o; }
  static auto& OutReady(Model& m) { return m.out_ready_i; }
  static auto& OutData(Model& m) { return m.out_data_o; }
};

template <typename Pins>
class StreamTest : public ::testing::Test {
 protected:
  // Sends `words` random words with the given chances of offering and accepting; returns the cycles
  // taken.
  uint64_t Run(int words, int offer_percent, int accept_percent) {
    const uint32_t seed = Seed(7);
    Random random(seed);
    Bench<typename Pins::Model> bench;
    auto& m = *bench;
    Pins::InValid(m) = 0;
    Pins::OutReady(m) = 0;
    bench.Reset();
    const uint64_t start = bench.cycle();
    std::deque<uint16_t> inside;
    int sent = 0;
    int received = 0;
    bool held = false;
    uint16_t held_data = 0;
    while (received < words) {
      if (!Pins::InValid(m) && sent < words && random.Chance(offer_percent)) {
        Pins::InValid(m) = 1;
        Pins::InData(m) = static_cast<uint16_t>(random.Word());
      }
      Pins::OutReady(m) = random.Chance(accept_percent) ? 1 : 0;
      bench.Settle();
      if (held) {
        EXPECT_TRUE(Pins::OutValid(m)) << "valid withdrawn, seed " << seed;
        EXPECT_EQ(Pins::OutData(m), held_data) << "payload changed while stalled, seed " << seed;
      }
      const bool push = Pins::InValid(m) && Pins::InReady(m);
      const bool pop = Pins::OutValid(m) && Pins::OutReady(m);
      if (pop) {
        EXPECT_FALSE(inside.empty()) << "word from nowhere, seed " << seed;
        if (inside.empty()) return 0;
        EXPECT_EQ(Pins::OutData(m), inside.front()) << "word " << received << " seed " << seed;
        inside.pop_front();
        ++received;
      }
      held = Pins::OutValid(m) && !pop;
      held_data = Pins::OutData(m);
      if (push) {
        inside.push_back(Pins::InData(m));
        ++sent;
      }
      EXPECT_LE(inside.size(), Pins::kCapacity);
      bench.Tick();
      if (push) Pins::InValid(m) = 0;
    }
    return bench.cycle() - start;
  }
};

using Modules = ::testing::Types<FifoPins, SkidPins>;
TYPED_TEST_SUITE(StreamTest, Modules);

TYPED_TEST(StreamTest, KeepsOrderUnderAnyStalls) {
  for (int offer : {10, 50, 100}) {
    for (int accept : {10, 50, 100}) {
      SCOPED_TRACE(::testing::Message() << "offer " << offer << " accept " << accept);
      this->Run(2000, offer, accept);
    }
  }
}

TYPED_TEST(StreamTest, MovesOneWordPerCycle) { EXPECT_LE(this->Run(1000, 100, 100), 1003u); }

TYPED_TEST(StreamTest, FillsToItsCapacityAndStops) {
  Bench<typename TypeParam::Model> bench;
  auto& m = *bench;
  TypeParam::InValid(m) = 1;
  TypeParam::OutReady(m) = 0;
  bench.Reset();
  size_t accepted = 0;
  for (int cycle = 0; cycle < 30; ++cycle) {
    bench.Settle();
    if (TypeParam::InReady(m)) ++accepted;
    bench.Tick();
  }
  EXPECT_EQ(accepted, TypeParam::kCapacity);
}

TYPED_TEST(StreamTest, ResetEmptiesIt) {
  Bench<typename TypeParam::Model> bench;
  auto& m = *bench;
  TypeParam::InValid(m) = 1;
  TypeParam::OutReady(m) = 0;
  bench.Reset();
  for (int cycle = 0; cycle < 5; ++cycle) bench.Tick();
  TypeParam::InValid(m) = 0;
  bench.Reset(1);
  for (int cycle = 0; cycle < 5; ++cycle) {
    bench.Settle();
    EXPECT_FALSE(TypeParam::OutValid(m));
    EXPECT_TRUE(TypeParam::InReady(m));
    bench.Tick();
  }
}

}  // namespace
}  // namespace fragua::rtltest
