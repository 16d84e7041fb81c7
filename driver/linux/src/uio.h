#pragma once
// Userspace I/O: devices and their maps as sysfs lists them, registers, interrupt.

#include <chrono>
#include <string>
#include <vector>

#include "resources.h"

namespace fragua::driver {

struct UioMap {
  uint64_t address = 0;  ///< physical
  size_t bytes = 0;
  size_t offset = 0;  ///< of the region in its first page
};

struct UioEntry {
  std::string node;  ///< uioN
  std::string name;
  std::vector<UioMap> maps;
};

/// Every UIO device there is, in the order of their names.
std::vector<UioEntry> ListUio(System& system);
/// The one device whose name or node is `wanted`; throws Error(kDevice) naming the overlay when
/// there is none, and the nodes to choose from when there are several.
UioEntry FindUio(System& system, const std::string& wanted);

/// An open UIO device, locked for this process. Map `index` of it can be mapped.
class UioDevice {
 public:
  /// Throws Error(kDevice): no permission, gone, or busy (with the process that has it).
  UioDevice(System& system, UioEntry entry);

  const UioEntry& entry() const { return entry_; }
  std::string path() const { return "/dev/" + entry_.node; }
  /// The whole pages of a map; the region begins at entry().maps[index].offset in them.
  Mapping Map(size_t index) const;

  /// Lets the next interrupt through; the kernel masks the line each time one has come.
  void EnableInterrupt();
  /// True when an interrupt has come (and takes note of it), false after `timeout`. A signal ends
  /// it early, with false.
  bool WaitInterrupt(std::chrono::nanoseconds timeout);

 private:
  void Lock();
  std::string Holder() const;
  [[noreturn]] void Fail(const std::string& what, int64_t result) const;

  System* system_;
  UioEntry entry_;
  Descriptor file_;
};

}  // namespace fragua::driver
