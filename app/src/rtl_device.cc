#include "rtl_device.h"

#include <utility>

#include "fragua/sim/platform.h"
#include "interrupt.h"

namespace fragua::app {
namespace {

class RtlDevice : public Device {
 public:
  explicit RtlDevice(const sim::PlatformOptions& options) : platform_(options) {}
  size_t engines() const override { return static_cast<size_t>(platform_.engines()); }
  void SetTap(int engine, std::function<void(const sim::TapWord&)> tap) override {
    platform_.SetTap(std::move(tap), engine);
  }
  void SetObserver(sim::EngineObserver* observer) override { platform_.SetObserver(observer); }
  void SetProgress(std::function<void(uint64_t)> progress) override {
    platform_.SetProgress(std::move(progress));
  }
  void Run(const std::function<void(std::span<driver::DevicePort* const>)>& work) override {
    try {
      platform_.RunAll(work);
    } catch (...) {
      ThrowIfInterrupted();  // a stop request is not a device error
      throw;
    }
  }
  void SetFaults(const std::vector<sim::BusFault>& faults) override { platform_.SetFaults(faults); }
  uint64_t cycles() const override { return platform_.simulated_cycles(); }

 private:
  sim::Platform platform_;
};

}  // namespace

std::unique_ptr<Device> MakeRtlDevice(const RunOptions& options, const driver::EngineConfig& engine,
                                      const driver::BoardConfig& board, std::span<uint8_t> ddr) {
  sim::PlatformOptions platform;
  platform.engine = engine;
  platform.board = board;
  platform.trace_file = options.trace;
  platform.trace_from = options.trace_from;
  if (options.trace_to != 0) platform.trace_to = options.trace_to;
  if (options.stall_seed) platform.stall_seed = *options.stall_seed;
  platform.ddr = ddr;
  platform.stop = &InterruptFlag();
  return std::make_unique<RtlDevice>(platform);
}

}  // namespace fragua::app
