// A recorded run, the file it goes into, and what replaying finds.

#include "fragua/driver/replay.h"

#include "fragua/driver/recording_port.h"
#include "fragua/driver/stamp_times.h"
#include "fragua/driver/transaction_log.h"
#include "runtime_fixture.h"

namespace fragua::test {
namespace {

using driver::Transaction;
using driver::TransactionLog;
using testing::AllOf;
using testing::HasSubstr;
using Kind = Transaction::Kind;

class ReplayTest : public RuntimeTest {
 protected:
  TransactionLog Record() {
    driver::RecordingPort recorder(device_);
    driver::Runtime runtime(net_.graph(), plan_, recorder);
    RunOnce(runtime);
    RunOnce(runtime);
    recorder.log().engine = "zybo-z7-10";
    recorder.log().backend = "functional";
    return recorder.log();
  }
  driver::ReplayResult ReplayOnFresh(const TransactionLog& log) {
    sim::FunctionalPort fresh(options_.engine, driver::BoardConfig{});
    return driver::Replay(log, fresh);
  }
  std::string Difference(const TransactionLog& log) {
    return ReplayOnFresh(log).difference.value_or("none");
  }
  static Transaction& Last(TransactionLog& log, Kind kind) {
    for (size_t i = log.transactions.size(); i-- > 0;) {
      if (log.transactions[i].kind == kind) return log.transactions[i];
    }
    throw std::runtime_error("no such transaction");
  }
  /// The first memory taken back, which is the network's output in DDR.
  static Transaction& FirstToCpu(TransactionLog& log) {
    for (Transaction& each : log.transactions) {
      if (each.kind == Kind::kToCpu) return each;
    }
    throw std::runtime_error("nothing taken back");
  }
  static std::string DecodeError(const std::vector<uint8_t>& bytes) {
    try {
      driver::DecodeLog(bytes, "run.log");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return error.what();
    }
    return "decoded";
  }
};

TEST_F(ReplayTest, SameEngineGivesNoDifference) {
  const TransactionLog log = Record();
  const driver::ReplayResult result = ReplayOnFresh(log);
  EXPECT_EQ(result.difference.value_or("none"), "none");
  EXPECT_EQ(result.transactions, log.transactions.size());
  EXPECT_GT(result.bytes_compared, 100u);
  EXPECT_GT(result.registers_compared, 10u);
}

TEST_F(ReplayTest, FileHoldsEverything) {
  const TransactionLog log = Record();
  const TransactionLog read = driver::DecodeLog(driver::EncodeLog(log), "run.log");
  EXPECT_EQ(read.engine, log.engine);
  EXPECT_EQ(read.backend, log.backend);
  EXPECT_EQ(read.window_base, log.window_base);
  EXPECT_EQ(read.window_limit, log.window_limit);
  ASSERT_EQ(read.transactions.size(), log.transactions.size());
  for (size_t i = 0; i < log.transactions.size(); ++i) {
    const Transaction& a = log.transactions[i];
    const Transaction& b = read.transactions[i];
    EXPECT_TRUE(a.kind == b.kind && a.address == b.address && a.value == b.value && a.ns == b.ns &&
                a.data == b.data)
        << "transaction " << i;
  }
}

TEST_F(ReplayTest, OutputByteNamesAddressAndCommand) {
  TransactionLog log = Record();
  Transaction& output = FirstToCpu(log);
  output.data[3] ^= 0x40;
  char address[16];
  std::snprintf(address, sizeof address, "0x%08X", output.address + 3);
  EXPECT_THAT(Difference(log), AllOf(HasSubstr(address), HasSubstr("(STORE, tag"),
                                     HasSubstr("the COMPUTE before it is command")));
}

TEST_F(ReplayTest, RegisterValueIsNamed) {
  TransactionLog log = Record();
  for (Transaction& each : log.transactions) {
    if (each.kind == Kind::kRead && each.address == driver::regs::kRegSequence) {
      each.value ^= 1;
      break;
    }
  }
  EXPECT_THAT(Difference(log), AllOf(HasSubstr("register 0x038"), HasSubstr("recorded was")));
}

TEST_F(ReplayTest, OtherCommandsGiveADifference) {
  TransactionLog log = Record();
  // The last thing handed over before a doorbell is the ring; its COMPUTE commands get another
  // output zero point (word 5, byte 1).
  Transaction& ring = Last(log, Kind::kToDevice);
  for (size_t at = 0; at + 64 <= ring.data.size(); at += 64) {
    if (ring.data[at] == static_cast<uint8_t>(driver::regs::Opcode::kCompute)) {
      ring.data[at + 5 * 8 + 1] ^= 1;
    }
  }
  EXPECT_THAT(Difference(log), HasSubstr("recorded was"));
}

TEST_F(ReplayTest, MissingInterruptIsFound) {
  TransactionLog log = Record();
  // Without its doorbell the engine has nothing to signal.
  std::erase_if(log.transactions, [](const Transaction& each) {
    return each.kind == Kind::kWrite && each.address == driver::regs::kRegTail;
  });
  EXPECT_THAT(Difference(log), HasSubstr("the recorded interrupt does not come"));
}

TEST_F(ReplayTest, InterruptThatWasNotRecordedIsFound) {
  TransactionLog log = Record();
  for (Transaction& each : log.transactions) {
    if (each.kind == Kind::kWait) each.value = 0;
  }
  EXPECT_THAT(Difference(log), HasSubstr("an interrupt came where none had"));
}

TEST_F(ReplayTest, CountersAndStampTimesAreNotCompared) {
  TransactionLog log = Record();
  size_t changed = 0;
  for (Transaction& each : log.transactions) {
    if (each.kind == Kind::kRead && driver::TellsTime(each.address)) each.value += 17, ++changed;
    if (each.kind != Kind::kToCpu) continue;
    for (const size_t at : driver::StampTimeWords(each.data)) each.data[at] ^= 1, ++changed;
  }
  EXPECT_GT(changed, 20u);
  EXPECT_EQ(Difference(log), "none");
}

TEST_F(ReplayTest, CutOffFileIsRefusedWhereverItIsCut) {
  const std::vector<uint8_t> bytes = driver::EncodeLog(Record());
  for (const size_t size : {size_t{0}, size_t{7}, size_t{11}, size_t{40}, bytes.size() / 2,
                            bytes.size() - 9, bytes.size() - 1}) {
    const std::string text =
        DecodeError({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_THAT(text, HasSubstr(size < 8 ? "no recording" : "run.log: byte")) << size;
    EXPECT_NE(text, "decoded");
  }
}

TEST_F(ReplayTest, DamagedFileIsRefused) {
  std::vector<uint8_t> bytes = driver::EncodeLog(Record());
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_THAT(DecodeError(bytes), HasSubstr("run.log: byte"));
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(DecodeError(bytes), "decoded");
  bytes.push_back(0);
  EXPECT_THAT(DecodeError(bytes), HasSubstr("1 bytes behind the end"));
}

TEST_F(ReplayTest, OtherVersionIsRefused) {
  std::vector<uint8_t> bytes = driver::EncodeLog(Record());
  bytes[8] = 9;
  EXPECT_THAT(DecodeError(bytes), HasSubstr("recording of version 9, expected 1"));
}

TEST_F(ReplayTest, MemoryThatWasNeverAllocatedIsRefused) {
  TransactionLog log = Record();
  FirstToCpu(log).address = 0x20000000;
  EXPECT_THROW(Difference(log), Error);
}

}  // namespace
}  // namespace fragua::test
