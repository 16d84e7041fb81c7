// What the examination of a board finds and says as a whole.

#include "fragua/driver_linux/doctor.h"

#include "doctor_fixture.h"
#include "fragua/driver/registers.h"
#include "fragua/model/error.h"

namespace fragua::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(DoctorTest, GoodBoardIsGoodInEveryCheck) {
  board_.ns_per_uncached_byte = 100;
  const auto findings = Diagnose();
  std::vector<std::string> checks;
  for (const Finding& f : findings) {
    checks.push_back(f.check);
    EXPECT_EQ(f.verdict, Verdict::kOk) << Text(findings);
    EXPECT_EQ(f.fix, "") << f.check;
  }
  EXPECT_EQ(checks, kChecks);
  EXPECT_THAT(Get(findings, "FCLK0 rate").found, HasSubstr("100.00 MHz"));
  EXPECT_THAT(Get(findings, "clock").found, HasSubstr("100.0 MHz"));
  EXPECT_THAT(Get(findings, "memory").found,
              AllOf(HasSubstr("/dev/udmabuf0"), HasSubstr("0x1E000000"), HasSubstr("cached")));
}

TEST_F(DoctorTest, EngineIsNotTouchedWhereThatCouldStopTheProcessor) {
  for (const auto& [address, value] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0xF8000900, 0}, {0xF8000240, 1}, {0xF8000178, 1}}) {
    board_.physical[address] = value;
    board_.engine_accesses = 0;
    const auto findings = Diagnose();
    EXPECT_EQ(board_.engine_accesses, 0) << std::hex << address;
    EXPECT_EQ(Get(findings, "engine").verdict, Verdict::kNotCheckable);
    EXPECT_EQ(Get(findings, "convolution").verdict, Verdict::kNotCheckable);
    board_.physical[address] = address == 0xF8000900 ? 0xF : 0;
  }
  EXPECT_EQ(Get(Diagnose(), "convolution").verdict, Verdict::kOk);
}

TEST_F(DoctorTest, EngineInAnotherProcessHasNoProcessorSystem) {
  options_.remote = true;
  const auto findings = Diagnose();
  for (const Finding& f : findings) {
    const bool outside = f.check.starts_with("FCLK0") || f.check == "HP0 width" ||
                         f.check == "programmed" || f.check == "level shifters" ||
                         f.check == "fabric reset" || f.check == "memory region";
    EXPECT_EQ(f.verdict, outside ? Verdict::kNotCheckable : Verdict::kOk) << Text(findings);
    if (outside) {
      EXPECT_EQ(f.found, "the engine is in another process");
    }
  }
  EXPECT_EQ(findings.size(), kChecks.size());
}

TEST_F(DoctorTest, EngineIsLeftAtRest) {
  Diagnose();
  EXPECT_EQ(board_.engine().Read32(driver::regs::kRegTail),
            board_.engine().Read32(driver::regs::kRegHead));
  EXPECT_FALSE(board_.engine().irq());
  EXPECT_EQ(board_.engine().Read32(driver::regs::kRegStatus), 0u);
}

TEST_F(DoctorTest, EngineThatHasWorkedBeforeIsGoodToo) {
  Diagnose();
  const auto findings = Diagnose();
  for (const Finding& f : findings) EXPECT_EQ(f.verdict, Verdict::kOk) << Text(findings);
}

TEST_F(DoctorTest, StopRequestEndsTheExamination) {
  static std::atomic<bool> stop;
  options_.port.stop = &stop;
  for (const char* last : {"FCLK0 rate", "interrupt", "convolution"}) {
    stop = false;
    options_.progress = [&](const std::string& check) { stop = stop || check == last; };
    EXPECT_THROW(Diagnose(), Error) << last;
    EXPECT_EQ(board_.open_files(), 0);
    EXPECT_EQ(board_.mappings, 0);
  }
}

TEST_F(DoctorTest, DeviceThatGoesAwayIsAFinding) {
  board_.faults["poll"] = std::deque<int>(99, -ENODEV);
  EXPECT_THAT(Get(Diagnose(), "interrupt").fix, HasSubstr("overlay or the bitstream unloaded"));
}

}  // namespace
}  // namespace fragua::test
