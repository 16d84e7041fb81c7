#pragma once
// The engines that a run uses: the Verilated RTL in the SystemC platform, or the functional model.
// One life, one thread of the processor at a time.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"
#include "fragua/driver/engine_config.h"
#include "options.h"

namespace fragua::sim {
struct BusFault;
struct TapWord;
class EngineObserver;  // a build without the engine has no sim room
}  // namespace fragua::sim

namespace fragua::app {

class Device {
 public:
  virtual ~Device() = default;
  virtual size_t engines() const = 0;
  virtual void SetTap(int engine, std::function<void(const sim::TapWord&)> tap) = 0;
  /// Called now and then with the engine's cycle count.
  virtual void SetProgress(std::function<void(uint64_t)> progress) = 0;
  /// Runs `work` as the processor, with a port per engine; what it throws comes out here.
  virtual void Run(const std::function<void(std::span<driver::DevicePort* const>)>& work) = 0;
  /// Engine clock cycles simulated so far, summed over the engines.
  virtual uint64_t cycles() const = 0;
  /// Every word on the engine's output path comes to the tap.
  virtual bool HasTap() const { return true; }
  /// Somebody who looks inside the first engine; throws Error(kInput) when there is nothing to see.
  virtual void SetObserver(sim::EngineObserver* observer);
  /// Plans faults of the first engine's memory port; throws Error(kInput) when it has none.
  virtual void SetFaults(const std::vector<sim::BusFault>& faults);
  /// What the user should know of the device, after a run.
  virtual std::vector<std::string> notes() const { return {}; }
};

/// options.backend is "rtl", "functional" or "linux". Throws Error(kInput) when this build has not
/// got it. A simulated engine takes `ddr` as its memory (as many bytes as the board's window; empty
/// = memory of its own).
std::unique_ptr<Device> MakeDevice(const RunOptions& options, const driver::EngineConfig& engine,
                                   const driver::BoardConfig& board, std::span<uint8_t> ddr = {});

}  // namespace fragua::app
