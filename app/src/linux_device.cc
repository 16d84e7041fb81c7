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
  LinuxDevice(const std::string& device, driver::LinuxPortOptions options) {
    options.device = device;
    driver::System* system = &driver::RealSystem();
    if (device.starts_with(kRemote)) {
      remote_ = driver::ConnectRemote(*system, device.substr(kRemote.size()));
      system = remote_.get();
      options.device = "fragua";
    }
    port_ = driver::LinuxPort::Open(*system, options);
  }
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
  std::unique_ptr<driver::System> remote_;  ///< outlives the port
  std::unique_ptr<driver::LinuxPort> port_;
};

}  // namespace

std::unique_ptr<Device> MakeLinuxDevice(const RunOptions& options,
                                        const driver::EngineConfig& engine) {
  const std::map<std::string, driver::DmaSource> sources = {
      {"auto", driver::DmaSource::kAuto},
      {"udmabuf", driver::DmaSource::kUdmabuf},
      {"uio", driver::DmaSource::kUio},
      {"heap", driver::DmaSource::kHeap}};
  const auto source = sources.find(options.dma);
  if (source == sources.end()) {
    ThrowInput("--dma " + options.dma + ": expected auto, udmabuf, uio or heap");
  }
  driver::LinuxPortOptions port;
  port.dma = source->second;
  port.heap_bytes = static_cast<size_t>(options.dma_mib) << 20;
  port.engine = engine;
  port.stop = &InterruptFlag();
  return std::make_unique<LinuxDevice>(options.device, port);
}

}  // namespace fragua::app
