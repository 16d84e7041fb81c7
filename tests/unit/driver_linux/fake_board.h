#pragma once
// A board's kernel in memory: sysfs, device files, UIO, three sources of DMA memory with caches
// that need maintenance, and the functional engine behind the registers. Every call can be made to
// fail.

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fragua/driver/board_config.h"
#include "fragua/driver/registers.h"
#include "fragua/driver_linux/system.h"
#include "fragua/sim/dma_memory.h"
#include "fragua/sim/functional_engine.h"

namespace fragua::test {

class FakeBoard : public driver::System {
 public:
  static constexpr uint32_t kBase = 0x1E000000;
  static constexpr uint32_t kBytes = 1 << 20;

  explicit FakeBoard(const driver::EngineConfig& engine)
      : clock_mhz_(engine.clock_mhz),
        ddr_(kBytes + kPage),
        memory_(kBase, kBytes, {Aligned(), kBytes}),
        cached_(memory_.Allocate(kBytes, kPage)),
        engine_(engine, memory_) {
    texts["/sys/class/uio/uio0/name"] = "thermometer\n";
    AddUio("uio1", "fragua", 0x43C00000, 0x1000);
  }

  // What the board has.
  void AddUio(const std::string& node, const std::string& name, uint32_t address, uint32_t bytes) {
    texts["/sys/class/uio/" + node + "/name"] = name + "\n";
    AddMap(node, 0, address, bytes);
  }
  void AddMap(const std::string& node, int index, uint32_t address, uint32_t bytes) {
    const std::string map = "/sys/class/uio/" + node + "/maps/map" + std::to_string(index) + "/";
    texts[map + "addr"] = Hex(address) + "\n";
    texts[map + "size"] = Hex(bytes) + "\n";
    texts[map + "offset"] = "0x0\n";
  }
  void AddUdmabuf() {
    texts["/sys/class/u-dma-buf/udmabuf0/size"] = std::to_string(kBytes) + "\n";
    texts["/sys/class/u-dma-buf/udmabuf0/phys_addr"] = "0x000000001E000000\n";
    texts["/sys/class/u-dma-buf/udmabuf0/sync_for_cpu"] = "0\n";
    texts["/sys/class/u-dma-buf/udmabuf0/sync_for_device"] = "0\n";
  }
  void AddHeap() { heaps = {"linux,cma", "system"}; }
  std::map<std::string, std::string> texts;  ///< path -> contents
  std::vector<std::string> heaps;
  bool contiguous = true;      ///< of the heap's memory
  bool frames_hidden = false;  ///< pagemap without CAP_SYS_ADMIN
  std::string holder;          ///< "process (name)" that has the device's lock
  bool line_connected = true;
  int lose_doorbells = 0;  ///< writes to TAIL that do not arrive
  double ns_per_cached_byte = 1, ns_per_uncached_byte = 10;

  /// The next calls of `call` answer these instead (0 = do the real thing).
  std::map<std::string, std::deque<int>> faults;
  std::map<std::string, int> calls;

  // What a test looks at.
  std::vector<std::string> syncs;  ///< commands written to sync files
  int open_files() const { return static_cast<int>(open_.size()); }
  int mappings = 0;
  sim::FunctionalEngine& engine() { return engine_; }
  /// An interrupt that nobody has read the count of; the engine's line is low again.
  void LeaveOldCount() { interrupt_ = true; }
  /// The engine's clock, whatever its configuration says.
  void SetClock(double mhz) { clock_mhz_ = mhz; }

  int Open(const std::string& path, int flags) override {
    if (const int fault = Fault("open " + path)) return fault;
    const bool known = texts.count(path) != 0 || path == "/dev/uio1" || path == "/dev/uio2" ||
                       path == "/proc/self/pagemap" || path == "/proc/locks" ||
                       (path == "/dev/udmabuf0" && texts.count(kUdmabufSize) != 0) ||
                       (path == "/dev/dma_heap/linux,cma" && !heaps.empty());
    if (!known) return -ENOENT;
    open_[next_fd_] = {path, (flags & O_SYNC) != 0, texts.count(path) ? texts[path] : ""};
    if (path == "/proc/locks" && !holder.empty()) {
      open_[next_fd_].text =
          "1: POSIX  ADVISORY  WRITE 1 00:05:77 0 EOF\n2: FLOCK  ADVISORY  WRITE " + holder +
          " 00:05:77 0 EOF\n";
    }
    return next_fd_++;
  }
  int Connect(const std::string&) override { return -ECONNREFUSED; }
  int Close(int fd) override { return open_.erase(fd) == 1 ? 0 : -EBADF; }
  int64_t Read(int fd, void* data, size_t bytes) override {
    File& file = open_.at(fd);
    if (const int fault = Fault("read " + file.path)) {
      if (fault < 0) return fault;
      bytes = static_cast<size_t>(fault);  // a short read
    }
    if (file.path == "/dev/uio1") {
      if (bytes < 4) return static_cast<int64_t>(bytes);
      if (!std::exchange(interrupt_, false)) return -EAGAIN;
      masked_ = true;
      ++count_;
      std::memcpy(data, &count_, 4);
      return 4;
    }
    const size_t part = std::min(bytes, file.text.size());
    std::memcpy(data, file.text.data(), part);
    file.text.erase(0, part);
    return static_cast<int64_t>(part);
  }
  int64_t ReadAt(int fd, void* data, size_t bytes, uint64_t offset) override {
    if (const int fault = Fault("pread")) return fault;
    const uint64_t page = offset / 8 - reinterpret_cast<uintptr_t>(cached_.host.data()) / kPage;
    uint64_t entry = uint64_t{1} << 63;
    if (!frames_hidden) entry |= kBase / kPage + page + (!contiguous && page > 2 ? 1 : 0);
    std::memcpy(data, &entry, bytes);
    static_cast<void>(fd);
    return static_cast<int64_t>(bytes);
  }
  int64_t Write(int fd, const void* data, size_t bytes) override {
    const File& file = open_.at(fd);
    if (const int fault = Fault("write " + file.path)) return fault;
    if (file.path == "/dev/uio1") {
      masked_ = false;
      return static_cast<int64_t>(bytes);
    }
    const std::string command(static_cast<const char*>(data), bytes);
    syncs.push_back(command);
    const uint64_t number = std::stoull(command, nullptr, 16);
    Pass(ns_per_cached_byte * static_cast<double>(number & 0xFFFFFFF0));
    const auto offset = static_cast<size_t>(number >> 32);
    const auto size = static_cast<size_t>(number & 0xFFFFFFF0);
    if (offset + size > kBytes || (number & 1) == 0) return -EINVAL;
    if (file.path.ends_with("device")) {
      memory_.Clean(cached_, offset, size);
    } else {
      memory_.Invalidate(cached_, offset, size);
    }
    return static_cast<int64_t>(bytes);
  }
  int Poll(int fd, std::chrono::nanoseconds timeout) override {
    if (const int fault = Fault("poll")) return fault;
    if (open_.at(fd).path != "/dev/uio1") return -EBADF;
    const double deadline = now_ns_ + static_cast<double>(timeout.count());
    while (!engine_.irq() || masked_ || !line_connected) {
      const auto next = engine_.NextEvent();
      const double at = next ? static_cast<double>(*next) * 1000 / clock_mhz_ : deadline;
      if (at >= deadline) {
        Pass(deadline - now_ns_);
        return 0;
      }
      Pass(std::max(at - now_ns_, 1.0));
    }
    interrupt_ = true;
    return 1;
  }
  int Ioctl(int fd, unsigned long request, void* argument) override {
    if (const int fault = Fault("ioctl")) return fault;
    if (request == DMA_HEAP_IOCTL_ALLOC) {
      auto& data = *static_cast<dma_heap_allocation_data*>(argument);
      if (data.len > kBytes) return -ENOMEM;
      open_[next_fd_] = {"heap buffer", false, ""};
      data.fd = static_cast<uint32_t>(next_fd_++);
      return 0;
    }
    if (request != DMA_BUF_IOCTL_SYNC || open_.at(fd).path != "heap buffer") return -ENOTTY;
    const uint64_t flags = static_cast<dma_buf_sync*>(argument)->flags;
    if ((flags & DMA_BUF_SYNC_END) != 0) {
      memory_.CleanAll();
    } else {
      memory_.Invalidate(cached_, 0, kBytes);
    }
    return 0;
  }
  int Lock(int) override {
    if (const int fault = Fault("lock")) return fault;
    return holder.empty() ? 0 : -EWOULDBLOCK;
  }
  int Identify(int, driver::FileIdentity& identity) override {
    identity = {0, 5, 77};
    return 0;
  }
  int Map(int fd, size_t, uint64_t offset, void*& address) override {
    const File& file = open_.at(fd);
    if (const int fault = Fault("map " + file.path)) return fault;
    ++mappings;
    if (file.path == "/dev/uio1" && offset == 0) {
      address = registers_;
    } else if (file.path.starts_with("/dev/uio") || file.synchronous) {
      address = Aligned();
      uncached_mapped_ = true;
    } else {
      address = cached_.host.data();
    }
    return 0;
  }
  int Unmap(void* address, size_t) override {
    if (address == Aligned()) uncached_mapped_ = false;
    --mappings;
    return 0;
  }
  std::vector<std::string> List(const std::string& folder) override {
    if (folder == "/dev/dma_heap") return heaps;
    std::set<std::string> names;
    for (const auto& [path, text] : texts) {
      if (!path.starts_with(folder)) continue;
      names.insert(path.substr(folder.size(), path.find('/', folder.size()) - folder.size()));
    }
    return {names.begin(), names.end()};
  }
  uint32_t LoadRegister(const volatile uint32_t* address) override {
    Pass(150);
    const auto offset = static_cast<uint32_t>(address - registers_) * 4;
    const auto changed = register_values.find(offset);
    return changed != register_values.end() ? changed->second : engine_.Read32(offset);
  }
  void StoreRegister(volatile uint32_t* address, uint32_t value) override {
    Pass(100);
    const auto offset = static_cast<uint32_t>(address - registers_) * 4;
    if (offset == driver::regs::kRegTail && lose_doorbells > 0) {
      --lose_doorbells;
      return;
    }
    engine_.Write32(offset, value);
  }
  void Barrier() override { Pass(uncached_mapped_ ? ns_per_uncached_byte * 65536 : 0); }
  std::chrono::nanoseconds Now() override {
    return std::chrono::nanoseconds(static_cast<int64_t>(now_ns_));
  }

  std::map<uint32_t, uint32_t> register_values;  ///< read instead of the engine's

 protected:
  static constexpr size_t kPage = 4096;
  std::span<uint8_t> ddr() { return {Aligned(), kBytes}; }
  bool RingsTheDoorbell(const volatile uint32_t* address) const {
    return address == registers_ + driver::regs::kRegTail / 4;
  }
  const std::string& PathOf(int fd) const { return open_.at(fd).path; }

 private:
  static constexpr const char* kUdmabufSize = "/sys/class/u-dma-buf/udmabuf0/size";
  struct File {
    std::string path;
    bool synchronous = false;
    std::string text;  ///< left to read
  };
  static std::string Hex(uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", value);
    return text;
  }
  uint8_t* Aligned() {
    return ddr_.data() + (kPage - reinterpret_cast<uintptr_t>(ddr_.data()) % kPage) % kPage;
  }
  int Fault(const std::string& call) {
    ++calls[call];
    auto& queue = faults[call];
    if (queue.empty()) return 0;
    const int fault = queue.front();
    queue.pop_front();
    return fault;
  }
  void Pass(double ns) {
    now_ns_ += ns;
    engine_.AdvanceTo(static_cast<uint64_t>(now_ns_ * clock_mhz_ / 1000));
  }

  double clock_mhz_;
  std::vector<uint8_t> ddr_;
  sim::DmaMemory memory_;
  driver::DmaBuffer cached_;  ///< the processor's image of all of it
  sim::FunctionalEngine engine_;
  uint32_t registers_[1024] = {};
  std::map<int, File> open_;
  int next_fd_ = 3;
  double now_ns_ = 0;
  bool interrupt_ = false, masked_ = true;
  bool uncached_mapped_ = false;
  uint32_t count_ = 0;
};

}  // namespace fragua::test
