#include "fragua/driver/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "fragua/driver/registers.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

/// A device whose operations take stated times, and that objects to writes with an effect.
class TimedPort final : public DevicePort {
 public:
  uint32_t Read32(uint32_t) override { return now_ += 150, 0; }
  void Write32(uint32_t offset, uint32_t value) override {
    now_ += 100;
    if (offset != regs::kRegIrqStatus || value != 0) ++writes_with_effect;
  }
  DmaBuffer Allocate(size_t bytes, size_t) override {
    memory_.assign(bytes, 0);
    return {memory_, 0x10000000};
  }
  void ReleaseAll() override { released = true; }
  uint32_t WindowBase() const override { return 0x10000000; }
  uint32_t WindowLimit() const override { return 0x10100000; }
  void SyncForDevice(const DmaBuffer&, size_t, size_t bytes) override {
    now_ += clean_per_line * static_cast<int64_t>(bytes / 32);
  }
  void SyncForCpu(const DmaBuffer&, size_t, size_t bytes) override {
    now_ += 20 * static_cast<int64_t>(bytes / 32);
  }
  bool WaitIrq(std::chrono::nanoseconds) override { return false; }
  void ConsumeCpu(std::chrono::nanoseconds) override {}
  std::chrono::nanoseconds Now() override { return std::chrono::nanoseconds(now_); }

  int64_t clean_per_line = 25;
  bool released = false;
  int writes_with_effect = 0;

 private:
  int64_t now_ = 0;
  std::vector<uint8_t> memory_;
};

TEST(Calibrate, EveryFigureIsPositiveAndFinite) {
  CalibrateOptions options;
  options.seconds = 0.001;
  std::vector<std::string> steps;
  options.progress = [&](double fraction, const std::string& what) {
    EXPECT_GE(fraction, 0);
    EXPECT_LT(fraction, 1);
    steps.push_back(what);
  };
  const Calibration measured = Calibrate(BoardConfig{}, options);
  for (int i = 0; i < kArmKernels; ++i) {
    const double cycles = measured.cycles_per_instruction[static_cast<size_t>(i)];
    EXPECT_GT(cycles, 0) << Name(static_cast<ArmKernel>(i));
    EXPECT_LT(cycles, 1e6) << Name(static_cast<ArmKernel>(i));
  }
  EXPECT_GT(measured.copy_bytes_per_ns, 0);
  EXPECT_LT(measured.copy_bytes_per_ns, 1e6);
  EXPECT_FALSE(measured.device.has_value());
  EXPECT_EQ(steps.size(), kArmKernels + 1);
}

/// A clock that moves by one microsecond each time it is asked: every call then takes exactly one.
TEST(Calibrate, CyclesAreTimeTimesClockOverInstructions) {
  double now = 0;
  CalibrateOptions options;
  options.seconds = 1e-4;
  options.clock = [&now] { return now += 1e-6; };
  BoardConfig board;
  board.processor.clock_mhz = 500;
  const Calibration measured = Calibrate(board, options);
  const auto& add = board.processor.kernel(ArmKernel::kAdd);
  const double instructions =
      28 * 28 * 64 * (add.instructions_per_unit + add.instructions_per_output);
  EXPECT_NEAR(measured.cycles_per_instruction[static_cast<size_t>(ArmKernel::kAdd)],
              500.0 / instructions, 1e-6);
  EXPECT_NEAR(measured.copy_bytes_per_ns, 2 * 28 * 28 * 64 / 1000.0, 1e-3);
}

TEST(Calibrate, ADeviceIsMeasuredInItsOwnTimeAndLeftAlone) {
  CalibrateOptions options;
  options.seconds = 1e-4;
  TimedPort port;
  const Calibration measured = Calibrate(BoardConfig{}, options, &port);
  ASSERT_TRUE(measured.device.has_value());
  EXPECT_NEAR(measured.device->clean_ns_per_line, 25, 0.01);
  EXPECT_NEAR(measured.device->invalidate_ns_per_line, 20, 0.01);
  EXPECT_NEAR(measured.device->register_read_ns, 150, 0.01);
  EXPECT_NEAR(measured.device->register_write_ns, 100, 0.01);
  EXPECT_EQ(port.writes_with_effect, 0);
  EXPECT_TRUE(port.released);
}

TEST(Calibrate, UncachedMemoryCostsNothingToClean) {
  CalibrateOptions options;
  options.seconds = 1e-4;
  TimedPort port;
  port.clean_per_line = 0;
  EXPECT_EQ(Calibrate(BoardConfig{}, options, &port).device->clean_ns_per_line, 0);
}

TEST(Calibrate, ItCanBeStopped) {
  CalibrateOptions options;
  options.seconds = 1e-4;
  options.progress = [](double, const std::string& what) {
    if (what == "add") throw std::runtime_error("stop");
  };
  EXPECT_THROW(Calibrate(BoardConfig{}, options), std::runtime_error);
}

}  // namespace
}  // namespace fragua::driver
