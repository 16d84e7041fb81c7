#pragma once
// Everything that went over a device port, as a list and as a file. The file: 8 bytes of magic,
// version, the header, the transactions in order, an end mark with their number, and a checksum of
// all before it (docs/LINUX.md has the table). Little-endian.

#include <cstdint>
#include <string>
#include <vector>

namespace fragua::driver {

struct Transaction {
  enum class Kind : uint8_t {
    kRead = 1,      ///< address = register offset, value = what it gave
    kWrite = 2,     ///< address = register offset, value = what was written
    kWait = 3,      ///< value = 1: the interrupt came; ns = longest wait
    kAllocate = 4,  ///< address = bus address, ns = bytes
    kToDevice = 5,  ///< address = bus address, data = what the processor handed over
    kToCpu = 6,     ///< address = bus address, data = what the processor then saw
  };
  Kind kind = Kind::kRead;
  uint32_t address = 0;
  uint32_t value = 0;
  uint64_t ns = 0;
  std::vector<uint8_t> data;
};

struct TransactionLog {
  static constexpr uint32_t kVersion = 1;

  std::string engine;   ///< configuration's name
  std::string backend;  ///< what was recorded
  std::string ending;   ///< empty, or the error that ended the run
  uint32_t window_base = 0;
  uint32_t window_limit = 0;
  std::vector<Transaction> transactions;

  /// End of the highest buffer; window_base when there is none.
  uint64_t UsedLimit() const;
};

std::vector<uint8_t> EncodeLog(const TransactionLog& log);
/// Throws Error(kInput) naming `origin`, the position, what was found and expected: no log, another
/// version, cut off, a wrong checksum.
TransactionLog DecodeLog(const std::vector<uint8_t>& bytes, const std::string& origin);

}  // namespace fragua::driver
