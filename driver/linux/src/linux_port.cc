#include "fragua/driver_linux/linux_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "dma_region.h"
#include "fragua/driver/engine_access.h"
#include "fragua/driver/registers.h"
#include "fragua/model/error.h"
#include "uio.h"

namespace fragua::driver {
namespace {

using std::chrono::nanoseconds;

constexpr size_t kRegisterBytes = 0x1000;
/// Buffers share no cache line, whatever the processor's is.
constexpr size_t kMinAlignment = 64;
/// A signal may come just before the wait for the interrupt begins; then it is seen this much
/// later.
constexpr nanoseconds kSlice = std::chrono::milliseconds(100);

UioEntry FindEngine(System& system, const std::string& device) {
  UioEntry entry = FindUio(system, device);
  if (entry.maps.empty() || entry.maps[0].bytes < kRegisterBytes) {
    throw Error(
        ErrorKind::kDevice,
        fmt::format("/dev/{}: its first map has {} bytes, expected {} of registers; correct "
                    "'reg' in the device tree",
                    entry.node, entry.maps.empty() ? 0 : entry.maps[0].bytes, kRegisterBytes));
  }
  return entry;
}

}  // namespace

class LinuxPort::Impl {
 public:
  Impl(System& system, const LinuxPortOptions& options)
      : system_(system),
        options_(options),
        uio_(system, FindEngine(system, options.device)),
        map_(uio_.Map(0)),
        registers_(reinterpret_cast<volatile uint32_t*>(map_.data() + uio_.entry().maps[0].offset)),
        begin_(system.Now()) {}

  // Members in the order in which they are opened; they go in the reverse one.
  System& system_;
  const LinuxPortOptions options_;
  UioDevice uio_;
  Mapping map_;
  volatile uint32_t* registers_;
  std::unique_ptr<DmaRegion> memory_;
  DmaFacts facts_;
  size_t used_ = 0;
  uint32_t irq_enable_ = 0;
  bool started_ = false;      ///< the engine has been enabled
  bool silent_line_ = false;  ///< an interrupt has been pending without a word from the kernel
  nanoseconds begin_;
  std::vector<std::string> notes_;
};

LinuxPort::LinuxPort(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<LinuxPort> LinuxPort::OpenRegisters(System& system,
                                                    const LinuxPortOptions& options) {
  std::unique_ptr<LinuxPort> port(new LinuxPort(std::make_unique<Impl>(system, options)));
  const UioDevice& uio = port->impl_->uio_;
  port->impl_->notes_.push_back(fmt::format("engine: {} ({}) at 0x{:08X}", uio.path(),
                                            uio.entry().name, uio.entry().maps[0].address));
  return port;
}

std::unique_ptr<LinuxPort> LinuxPort::Open(System& system, const LinuxPortOptions& options) {
  std::unique_ptr<LinuxPort> port = OpenRegisters(system, options);
  IdentifyEngine(*port, options.engine);
  // Before memory is asked for: what a dead process had may be written to until then.
  if (IsDirty(*port)) {
    SoftReset(*port);
    port->impl_->notes_.push_back(
        "the engine was still at work for an earlier process; it has been reset");
  }
  port->Write32(regs::kRegIrqEnable, 0);
  port->TakeMemory();
  return port;
}

void LinuxPort::TakeMemory() {
  Impl& impl = *impl_;
  impl.memory_ = ChooseDma(impl.system_, impl.uio_, impl.options_, impl.facts_);
  impl.notes_.push_back(impl.facts_.text);
}

const DmaFacts& LinuxPort::memory() const { return impl_->facts_; }

LinuxPort::~LinuxPort() {
  try {
    if (!impl_->memory_ && !impl_->started_) return;  // not opened: perhaps no engine at all
    Write32(regs::kRegIrqEnable, 0);
    if (IsDirty(*this)) SoftReset(*this);
  } catch (...) {  // nothing is left to tell it to
  }
}

const std::vector<std::string>& LinuxPort::notes() const { return impl_->notes_; }

uint32_t LinuxPort::Read32(uint32_t offset) {
  FRAGUA_CHECK(offset % 4 == 0 && offset < kRegisterBytes, fmt::format("register {:#x}", offset));
  return impl_->system_.LoadRegister(impl_->registers_ + offset / 4);
}

void LinuxPort::Write32(uint32_t offset, uint32_t value) {
  FRAGUA_CHECK(offset % 4 == 0 && offset < kRegisterBytes, fmt::format("register {:#x}", offset));
  if (offset == regs::kRegIrqEnable) impl_->irq_enable_ = value;
  if (offset == regs::kRegControl) impl_->started_ |= regs::kControlEnable.Get(value) != 0;
  impl_->system_.StoreRegister(impl_->registers_ + offset / 4, value);
}

DmaBuffer LinuxPort::Allocate(size_t bytes, size_t alignment) {
  FRAGUA_CHECK(std::has_single_bit(alignment), fmt::format("alignment {}", alignment));
  const std::span<uint8_t> host = impl_->memory_->host();
  const size_t align = std::max(alignment, kMinAlignment);
  const uint64_t base = impl_->memory_->bus_address();
  const uint64_t start = (base + impl_->used_ + align - 1) / align * align - base;
  const size_t size = (bytes + kMinAlignment - 1) / kMinAlignment * kMinAlignment;
  if (start > host.size() || size > host.size() - start) {
    ThrowInput(
        fmt::format("DMA memory {} is too small: {} bytes wanted, {} of {} available; "
                    "enlarge it (docs/LINUX.md) or choose a smaller model",
                    impl_->memory_->name(), bytes, host.size() - impl_->used_, host.size()));
  }
  impl_->used_ = static_cast<size_t>(start) + size;
  return {host.subspan(static_cast<size_t>(start), bytes), static_cast<uint32_t>(base + start)};
}

void LinuxPort::ReleaseAll() { impl_->used_ = 0; }
uint32_t LinuxPort::WindowBase() const { return impl_->memory_->bus_address(); }
uint32_t LinuxPort::WindowLimit() const {
  return WindowBase() + static_cast<uint32_t>(impl_->memory_->host().size());
}

void LinuxPort::SyncForDevice(const DmaBuffer& buffer, size_t offset, size_t bytes) {
  FRAGUA_CHECK(offset <= buffer.size() && bytes <= buffer.size() - offset,
               fmt::format("range {}+{} of a buffer of {} bytes", offset, bytes, buffer.size()));
  impl_->memory_->ToDevice(buffer.bus_address - WindowBase() + offset, bytes);
}

void LinuxPort::SyncForCpu(const DmaBuffer& buffer, size_t offset, size_t bytes) {
  FRAGUA_CHECK(offset <= buffer.size() && bytes <= buffer.size() - offset,
               fmt::format("range {}+{} of a buffer of {} bytes", offset, bytes, buffer.size()));
  impl_->memory_->ToCpu(buffer.bus_address - WindowBase() + offset, bytes);
}

bool LinuxPort::WaitIrq(nanoseconds timeout) {
  const nanoseconds deadline = impl_->system_.Now() + timeout;
  // The kernel counts interrupts and the engine's line is a level: an old count may be left from a
  // wait that was given up, so the engine has the last word.
  const auto line_is_high = [&] { return (Read32(regs::kRegIrqStatus) & impl_->irq_enable_) != 0; };
  for (;;) {
    if (impl_->options_.stop != nullptr && impl_->options_.stop->load(std::memory_order_relaxed)) {
      throw Error(ErrorKind::kDevice, "interrupted");
    }
    impl_->uio_.EnableInterrupt();
    const nanoseconds left = deadline - impl_->system_.Now();
    if (impl_->uio_.WaitInterrupt(std::clamp(left, nanoseconds(0), kSlice)) && line_is_high()) {
      return true;
    }
    if (impl_->system_.Now() < deadline) continue;
    if (!line_is_high()) return false;
    if (!std::exchange(impl_->silent_line_, true)) {
      impl_->notes_.push_back(
          "the engine has raised its interrupt and the kernel has not told of it within the "
          "timeout; check 'interrupts' in the device tree and the block design's IRQ_F2P");
    }
    return true;
  }
}

bool LinuxPort::WaitKernel(nanoseconds timeout) {
  impl_->uio_.EnableInterrupt();
  return impl_->uio_.WaitInterrupt(timeout);
}

void LinuxPort::ConsumeCpu(nanoseconds) {}
nanoseconds LinuxPort::Now() { return impl_->system_.Now() - impl_->begin_; }

}  // namespace fragua::driver
