#include "uio.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdint>
#include <sstream>
#include <utility>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

const char* const kClass = "/sys/class/uio/";
/// The kernel addresses map N at file offset N pages, whatever the maps' sizes are.
constexpr size_t kPage = 4096;
constexpr size_t kMaxMaps = 5;  // of the kernel's UIO

[[noreturn]] void ThrowDevice(const std::string& text) { throw Error(ErrorKind::kDevice, text); }

/// Names of the UIO devices there are, for a message.
std::string Names(const std::vector<UioEntry>& entries) {
  std::string text;
  for (const UioEntry& entry : entries) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", entry.node, entry.name);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<UioEntry> ListUio(System& system) {
  std::vector<UioEntry> entries;
  for (const std::string& node : system.List(kClass)) {
    const std::string folder = kClass + node;
    const auto name = ReadAttribute(system, folder + "/name");
    if (!name) continue;  // a device that is just going away
    UioEntry entry{node, *name, {}};
    for (size_t i = 0; i < kMaxMaps; ++i) {
      const std::string map = fmt::format("{}/maps/map{}/", folder, i);
      if (!ReadAttribute(system, map + "addr")) break;
      entry.maps.push_back({ReadNumber(system, map + "addr"),
                            static_cast<size_t>(ReadNumber(system, map + "size")),
                            static_cast<size_t>(ReadNumber(system, map + "offset"))});
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

UioEntry FindUio(System& system, const std::string& wanted) {
  const std::vector<UioEntry> all = ListUio(system);
  std::vector<UioEntry> found;
  for (const UioEntry& entry : all) {
    if (entry.name == wanted || entry.node == wanted) found.push_back(entry);
  }
  if (found.empty()) {
    ThrowDevice(fmt::format(
        "no UIO device '{}' in /sys/class/uio (there: {}); load the bitstream with its device-tree "
        "overlay driver/linux/fragua.dtso, and boot with uio_pdrv_genirq.of_id=generic-uio",
        wanted, Names(all)));
  }
  if (found.size() > 1) {
    ThrowDevice(fmt::format("{} UIO devices are called '{}': {}; choose one with --device uioN",
                            found.size(), wanted, Names(found)));
  }
  return found.front();
}

UioDevice::UioDevice(System& system, UioEntry entry) : system_(&system), entry_(std::move(entry)) {
  file_ = OpenDevice(system, path(), O_RDWR | O_NONBLOCK,
                     "the device went away; load its device-tree overlay again");
  Lock();
}

void UioDevice::Lock() {
  const int result = Uninterrupted([&] { return system_->Lock(file_.get()); });
  if (result == -EWOULDBLOCK) {
    ThrowDevice(fmt::format("{} is busy: {}; wait for it, or end it", path(), Holder()));
  }
  if (result < 0) Fail("cannot be locked", result);
}

/// The process that holds the lock, from /proc/locks.
std::string UioDevice::Holder() const {
  FileIdentity identity;
  const auto locks = ReadAttribute(*system_, "/proc/locks");
  if (!locks || system_->Identify(file_.get(), identity) < 0) return "another process uses it";
  const std::string file =
      fmt::format("{:02x}:{:02x}:{}", identity.major, identity.minor, identity.inode);
  std::istringstream lines(*locks);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, kind, advisory, access, process, where;
    words >> number >> kind >> advisory >> access >> process >> where;
    if (kind != "FLOCK" || where != file) continue;
    const auto name = ReadAttribute(*system_, "/proc/" + process + "/comm");
    return fmt::format("process {}{} uses it", process, name ? " (" + *name + ")" : "");
  }
  return "another process uses it";
}

Mapping UioDevice::Map(size_t index) const {
  const UioMap& map = entry_.maps.at(index);
  const size_t bytes = (map.offset + map.bytes + kPage - 1) / kPage * kPage;
  return MapDevice(*system_, file_, bytes, index * kPage,
                   fmt::format("{} map{} at 0x{:08X}", path(), index, map.address));
}

void UioDevice::EnableInterrupt() {
  const uint32_t enable = 1;
  const int64_t result =
      Uninterrupted([&] { return system_->Write(file_.get(), &enable, sizeof enable); });
  if (result == -EIO || result == -ENOSYS) {
    ThrowDevice(path() +
                ": the kernel knows no interrupt of this device; its device-tree node needs "
                "'interrupts' and 'interrupt-parent'");
  }
  if (result != sizeof enable) Fail("interrupt cannot be enabled", result < 0 ? result : -EIO);
}

bool UioDevice::WaitInterrupt(std::chrono::nanoseconds timeout) {
  const int ready = system_->Poll(file_.get(), timeout);
  if (ready == -EINTR || ready == 0) return false;
  if (ready < 0) Fail("waiting for the interrupt failed", ready);
  uint32_t count = 0;
  const int64_t got =
      Uninterrupted([&] { return system_->Read(file_.get(), &count, sizeof count); });
  // Somebody else's wake-up: there is nothing to read after all.
  if (got == -EAGAIN) return false;
  if (got < 0) Fail("reading the interrupt count failed", got);
  if (got != sizeof count) {
    ThrowDevice(
        fmt::format("{}: the interrupt count came with {} bytes, expected {}; the kernel's "
                    "UIO is not as expected",
                    path(), got, sizeof count));
  }
  return true;
}

void UioDevice::Fail(const std::string& what, int64_t result) const {
  const char* advice = result == -ENODEV || result == -EIO
                           ? "; the device went away: was the overlay or the bitstream unloaded?"
                           : "";
  ThrowDevice(fmt::format("{}: {}: {}{}", path(), what, Reason(result), advice));
}

}  // namespace fragua::driver
