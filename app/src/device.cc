#include "device.h"

#include <fmt/core.h>

#include "fragua/model/error.h"
#include "interrupt.h"
#ifdef FRAGUA_HAVE_DRIVER_LINUX
#include "linux_device.h"
#endif
#ifdef FRAGUA_HAVE_ENGINE_MODEL
#include "fragua/sim/functional_port.h"
#endif
#ifdef FRAGUA_HAVE_SIM
#include "rtl_device.h"
#endif

namespace fragua::app {
namespace {

#ifdef FRAGUA_HAVE_ENGINE_MODEL
class FunctionalDevice : public Device {
 public:
  FunctionalDevice(const driver::EngineConfig& engine, const driver::BoardConfig& board,
                   std::span<uint8_t> ddr)
      : port_(engine, board, {}, ddr) {}
  void SetTap(std::function<void(const sim::TapWord&)> tap) override {
    port_.SetTap(std::move(tap));
  }
  void SetProgress(std::function<void(uint64_t)>) override {
  }  // a doorbell executes everything at once
  void Run(const std::function<void(driver::DevicePort&)>& work) override { work(port_); }
  uint64_t cycles() const override { return port_.engine().cycle(); }

 private:
  mutable sim::FunctionalPort port_;  // its engine() is not const though reading the cycle is
};
#endif

}  // namespace

void Device::SetFaults(const std::vector<sim::BusFault>&) {
  ThrowInput("faults of the memory port need --backend rtl: no other has such a port");
}

std::unique_ptr<Device> MakeDevice(const RunOptions& options,
                                   [[maybe_unused]] const driver::EngineConfig& engine,
                                   [[maybe_unused]] const driver::BoardConfig& board,
                                   [[maybe_unused]] std::span<uint8_t> ddr) {
#ifdef FRAGUA_HAVE_DRIVER_LINUX
  if (options.backend == "linux") return MakeLinuxDevice(options, engine);
#endif
#ifdef FRAGUA_HAVE_ENGINE_MODEL
  if (options.backend == "functional") {
    return std::make_unique<FunctionalDevice>(engine, board, ddr);
  }
#endif
#ifdef FRAGUA_HAVE_SIM
  if (options.backend == "rtl") return MakeRtlDevice(options, engine, board, ddr);
#endif
  ThrowInput(
      "--backend " + options.backend +
      ": not in this build; configure with FRAGUA_RTL=ON (needs Verilator and SystemC), or use "
      "--backend linux with --device unix:SOCKET of a 'fragua serve'");
}

}  // namespace fragua::app
