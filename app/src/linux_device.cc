#include "linux_device.h"

#include <map>
#include <utility>

#include "fragua/driver_linux/linux_port.h"
#include "fragua/driver_linux/remote_system.h"
#include "fragua/model/error.h"
#include "interrupt.h"

namespace fragua::app {
namespace {

const std::string kRemote = "unix:";

class LinuxDevice : public Device {
 public:
  explicit LinuxDevice(LinuxEngine engine)
      : engine_(std::move(engine)),
        port_(driver::LinuxPort::Open(engine_.system(), engine_.port)) {}
  bool HasTap() const override { return false; }
  size_t engines() const override { return 1; }
  void SetTap(int, std::function<void(const sim::TapWord&)>) override {}
  void SetProgress(std::function<void(uint64_t)>) override {}
  void Run(const std::function<void(std::span<driver::DevicePort* const>)>& work) override {
    driver::DevicePort* const port = port_.get();
    try {
      work({&port, 1});
    } catch (...) {
      ThrowIfInterrupted();  // a stop request is not a device error
      throw;
    }
  }
  uint64_t cycles() const override { return 0; }
  std::vector<std::string> notes() const override { return port_->notes(); }

 private:
  LinuxEngine engine_;  ///< outlives the port
  std::unique_ptr<driver::LinuxPort> port_;
};

}  // namespace

LinuxEngine ReachLinuxEngine(const DeviceOptions& options, const driver::EngineConfig& engine) {
  const std::map<std::string, driver::DmaSource> sources = {
      {"auto", driver::DmaSource::kAuto},
      {"udmabuf", driver::DmaSource::kUdmabuf},
      {"uio", driver::DmaSource::kUio},
      {"heap", driver::DmaSource::kHeap}};
  const auto source = sources.find(options.dma);
  if (source == sources.end()) {
    ThrowInput("--dma " + options.dma + ": expected auto, udmabuf, uio or heap");
  }
  LinuxEngine reached;
  reached.port.device = options.name;
  reached.port.dma = source->second;
  reached.port.heap_bytes = static_cast<size_t>(options.dma_mib) << 20;
  reached.port.engine = engine;
  reached.port.stop = &InterruptFlag();
  if (options.name.starts_with(kRemote)) {
    reached.remote =
        driver::ConnectRemote(driver::RealSystem(), options.name.substr(kRemote.size()));
    reached.port.device = "fragua";
  }
  return reached;
}

std::unique_ptr<Device> MakeLinuxDevice(const RunOptions& options,
                                        const driver::EngineConfig& engine) {
  return std::make_unique<LinuxDevice>(ReachLinuxEngine(options.device, engine));
}

}  // namespace fragua::app
