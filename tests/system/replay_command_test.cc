// `run --record` and `replay`, as a user gives them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "../support/command.h"
#include "fragua/driver/transaction_log.h"
#include "fragua/model/file.h"

namespace fragua::test {
namespace {

using driver::Transaction;
using testing::AllOf;
using testing::HasSubstr;

class ReplayCommandTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void Record(const std::string& options = "") {
    const Outcome run =
        Fragua("run --model squeezenet-1.1 --size 32 --backend functional --quiet " + options +
               " --record '" + Path("run.log") + "'");
    ASSERT_EQ(run.exit_code, 0) << run.err;
    ASSERT_TRUE(std::filesystem::exists(Path("run.log")));
  }
  Outcome Replay(const std::string& options) {
    return Fragua("replay '" + Path("run.log") + "' --quiet " + options);
  }
  ScratchFolder folder_;
};

TEST_F(ReplayCommandTest, FunctionalRecordingIsTheSameOnTheRtl) {
  Record();
  const Outcome replay = Replay("--backend rtl");
  EXPECT_EQ(replay.exit_code, 0) << replay.out << replay.err;
  EXPECT_THAT(replay.out, AllOf(HasSubstr("no difference"), HasSubstr("backend functional")));
}

TEST_F(ReplayCommandTest, MixedPlacementIsReplayedToo) {
  Record("--placement auto");
  const Outcome replay = Replay("--backend functional");
  EXPECT_EQ(replay.exit_code, 0) << replay.out << replay.err;
}

TEST_F(ReplayCommandTest, WrongByteIsFoundOnTheRtl) {
  Record();
  driver::TransactionLog log = driver::DecodeLog(model::ReadFile(Path("run.log")), "run.log");
  for (Transaction& each : log.transactions) {
    if (each.kind != Transaction::Kind::kToCpu) continue;
    each.data[5] ^= 1;
    break;
  }
  model::WriteFileAtomically(Path("run.log"), driver::EncodeLog(log));
  const Outcome replay = Replay("--backend rtl");
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_THAT(replay.out, AllOf(HasSubstr("first difference: transaction"),
                                HasSubstr("written by command"), HasSubstr("STORE")));
}

TEST_F(ReplayCommandTest, DamagedOrCutOffFileIsAnInputError) {
  Record();
  std::vector<uint8_t> bytes = model::ReadFile(Path("run.log"));
  bytes[bytes.size() - 20] ^= 1;
  model::WriteFileAtomically(Path("run.log"), bytes);
  EXPECT_EQ(Replay("--backend functional").exit_code, 2);
  bytes.resize(bytes.size() / 2);
  model::WriteFileAtomically(Path("run.log"), bytes);
  const Outcome replay = Replay("--backend functional");
  EXPECT_EQ(replay.exit_code, 2);
  EXPECT_THAT(replay.err, HasSubstr("cut off"));
}

TEST_F(ReplayCommandTest, AnotherEngineIsTheFirstDifference) {
  Record();
  const Outcome replay = Replay("--backend functional --engine tiny");
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_THAT(replay.out, HasSubstr("register 0x00C"));
}

TEST_F(ReplayCommandTest, NothingToRecordIsAnInputError) {
  const Outcome run = Fragua("run --model squeezenet-1.1 --size 32 --backend arm --record '" +
                             Path("run.log") + "'");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("--record needs a device"));
  EXPECT_EQ(folder_.files(), 0u);
}

}  // namespace
}  // namespace fragua::test
