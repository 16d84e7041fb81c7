#pragma once
// A device port around the functional engine: memory window, cache model, registers, modelled time;
// no SystemC.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "fragua/driver/board_config.h"
#include "fragua/driver/device_port.h"
#include "fragua/sim/dma_memory.h"
#include "fragua/sim/functional_engine.h"

namespace fragua::sim {

class FunctionalPort : public driver::DevicePort {
 public:
  /// Modelled nanoseconds, the same for all ports of a board.
  using Time = std::shared_ptr<double>;

  /// The time estimate takes its DDR figures from `board`; options.ddr is ignored. `ddr` as
  /// DmaMemory takes it.
  FunctionalPort(const driver::EngineConfig& engine, const driver::BoardConfig& board,
                 FunctionalOptions options = {}, std::span<uint8_t> ddr = {});
  /// Engine `index` of engine.engines on one board, with its piece of the window and of the DDR's
  /// bandwidth. Work on any of the ports lets time pass for all that have the same `time`.
  FunctionalPort(const driver::EngineConfig& engine, const driver::BoardConfig& board, int index,
                 Time time, FunctionalOptions options = {}, std::span<uint8_t> ddr = {});

  uint32_t Read32(uint32_t offset) override;
  void Write32(uint32_t offset, uint32_t value) override;
  driver::DmaBuffer Allocate(size_t bytes, size_t alignment) override;
  void ReleaseAll() override;
  uint32_t WindowBase() const override;
  uint32_t WindowLimit() const override;
  void SyncForDevice(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override;
  void SyncForCpu(const driver::DmaBuffer& buffer, size_t offset, size_t bytes) override;
  bool WaitIrq(std::chrono::nanoseconds timeout) override;
  void ConsumeCpu(std::chrono::nanoseconds duration) override;
  std::chrono::nanoseconds Now() override;

  void SetTap(std::function<void(const TapWord&)> tap) { engine_.SetTap(std::move(tap)); }
  FunctionalEngine& engine() { return engine_; }
  const FunctionalEngine& engine() const { return engine_; }

 private:
  void PassNs(double ns);
  /// Brings the engine to the board's time.
  void CatchUp();
  double ns_per_cycle() const { return 1000.0 / clock_mhz_; }

  double clock_mhz_;
  driver::BoardConfig board_;
  DmaMemory memory_;
  FunctionalEngine engine_;
  Time now_ns_;
};

}  // namespace fragua::sim
