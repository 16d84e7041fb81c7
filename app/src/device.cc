#include "device.h"

#include <fmt/core.h>

#include <utility>
#include <vector>

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
/// Of the board's window, the piece that is the engine's; empty stays empty.
std::span<uint8_t> PieceOf(std::span<uint8_t> window, const driver::BoardConfig::Ddr& ddr,
                           const driver::EngineConfig& engine, int index) {
  if (window.empty()) return window;
  const driver::BoardConfig::Ddr piece = ddr.OneOf(engine.engines, index);
  return window.subspan(piece.window_base - ddr.window_base, piece.window_bytes);
}

class FunctionalDevice : public Device {
 public:
  FunctionalDevice(const driver::EngineConfig& engine, const driver::BoardConfig& board,
                   std::span<uint8_t> ddr) {
    const auto time = std::make_shared<double>(0.0);
    for (int i = 0; i < engine.engines; ++i) {
      ports_.push_back(std::make_unique<sim::FunctionalPort>(
          engine, board, i, time, sim::FunctionalOptions{}, PieceOf(ddr, board.ddr, engine, i)));
    }
  }
  size_t engines() const override { return ports_.size(); }
  void SetTap(int engine, std::function<void(const sim::TapWord&)> tap) override {
    ports_.at(static_cast<size_t>(engine))->SetTap(std::move(tap));
  }
  void SetObserver(sim::EngineObserver* observer) override {
    ports_.front()->engine().SetObserver(observer);
  }
  void SetProgress(std::function<void(uint64_t)>) override {
  }  // a doorbell executes everything at once
  void Run(const std::function<void(std::span<driver::DevicePort* const>)>& work) override {
    std::vector<driver::DevicePort*> ports;
    for (const auto& port : ports_) ports.push_back(port.get());
    work(ports);
  }
  uint64_t cycles() const override {
    uint64_t sum = 0;
    for (const auto& port : ports_) sum += port->engine().cycle();
    return sum;
  }

 private:
  std::vector<std::unique_ptr<sim::FunctionalPort>> ports_;
};
#endif

}  // namespace

void Device::SetObserver(sim::EngineObserver*) {
  ThrowInput("a look inside the engine needs a simulated one: --backend rtl");
}

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
