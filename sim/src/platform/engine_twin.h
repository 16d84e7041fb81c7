#pragma once
// The functional engine behind the same sockets as the RTL: same registers, same commands,
// estimated time.

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "fragua/sim/functional_engine.h"
#include "fragua/sim/platform.h"
#include "platform/engine_module.h"

namespace fragua::sim {

class EngineTwin : public EngineModule {
 public:
  SC_HAS_PROCESS(EngineTwin);
  /// Engine `index` of the platform.
  EngineTwin(const sc_core::sc_module_name& name, const PlatformOptions& options, int index);

  bool irq() const override { return engine_.irq(); }
  uint64_t cycles() const override { return engine_.cycle(); }
  void Grant(const sc_core::sc_time& until, bool or_irq) override;
  void SetFaults(std::vector<BusFault> faults) override;
  void SetTap(std::function<void(const TapWord&)> tap) override { engine_.SetTap(std::move(tap)); }
  void SetObserver(EngineObserver* observer) override { engine_.SetObserver(observer); }

  BusStatus Read(uint32_t address, std::span<uint8_t> data) override;
  BusStatus Write(uint32_t address, std::span<const uint8_t> data) override;

 protected:
  uint32_t ReadRegister(uint32_t offset, sc_core::sc_time& delay) override;
  void WriteRegister(uint32_t offset, uint32_t value, sc_core::sc_time& delay) override;

 private:
  void Wake();
  void Synchronise();  ///< brings the engine to SystemC's time and arms the next wake-up
  BusStatus FaultOf(BusFault::Kind kind, uint64_t burst) const;

  const std::atomic<bool>* stop_;
  FunctionalEngine engine_;
  std::vector<BusFault> faults_;
  uint64_t reads_ = 0, writes_ = 0;
  sc_core::sc_event wake_;
};

}  // namespace fragua::sim
