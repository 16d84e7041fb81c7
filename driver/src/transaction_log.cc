#include "fragua/driver/transaction_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

constexpr char kMagic[8] = {'F', 'R', 'G', 'A', 'L', 'O', 'G', '\n'};
constexpr uint8_t kEnd = 0xFF;

/// FNV-1a, 64 bits: against accidents, not against forgers.
uint64_t Checksum(const uint8_t* data, size_t bytes) {
  uint64_t hash = 0xCBF29CE484222325;
  for (size_t i = 0; i < bytes; ++i) hash = (hash ^ data[i]) * 0x100000001B3;
  return hash;
}

class Writer {
 public:
  template <typename T>
  void Put(T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
      bytes_.push_back(static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i)));
    }
  }
  template <typename Range>
  void PutBytes(const Range& range) {
    Put(static_cast<uint64_t>(range.size()));
    bytes_.insert(bytes_.end(), range.begin(), range.end());
  }
  std::vector<uint8_t> Finish() {
    Put(Checksum(bytes_.data(), bytes_.size()));
    return std::move(bytes_);
  }

 private:
  std::vector<uint8_t> bytes_{std::begin(kMagic), std::end(kMagic)};
};

class Reader {
 public:
  Reader(const std::vector<uint8_t>& bytes, const std::string& origin)
      : bytes_(bytes), origin_(origin) {}

  template <typename T>
  T Get() {
    Need(sizeof(T));
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) value |= uint64_t{bytes_[at_++]} << (8 * i);
    return static_cast<T>(value);
  }
  std::vector<uint8_t> GetBytes() {
    const auto size = Get<uint64_t>();
    Need(size);
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
    at_ += static_cast<size_t>(size);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
  }
  std::string GetText() {
    const std::vector<uint8_t> text = GetBytes();
    return {text.begin(), text.end()};
  }
  void Skip(size_t bytes) { at_ += bytes; }
  size_t left() const { return bytes_.size() - at_; }
  [[noreturn]] void Fail(const std::string& what) const {
    ThrowInput(fmt::format("{}: byte {}: {}", origin_, at_, what));
  }

 private:
  void Need(uint64_t bytes) const {
    if (bytes > left()) {
      Fail(fmt::format("the log ends here, {} more bytes expected; it was cut off, record it again",
                       bytes - left()));
    }
  }
  const std::vector<uint8_t>& bytes_;
  const std::string& origin_;
  size_t at_ = 0;
};

bool IsKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(Transaction::Kind::kRead) &&
         kind <= static_cast<uint8_t>(Transaction::Kind::kToCpu);
}

}  // namespace

uint64_t TransactionLog::UsedLimit() const {
  uint64_t limit = window_base;
  for (const Transaction& each : transactions) {
    if (each.kind == Transaction::Kind::kAllocate) limit = std::max(limit, each.address + each.ns);
  }
  return limit;
}

std::vector<uint8_t> EncodeLog(const TransactionLog& log) {
  Writer writer;
  writer.Put(TransactionLog::kVersion);
  writer.PutBytes(log.engine);
  writer.PutBytes(log.backend);
  writer.PutBytes(log.ending);
  writer.Put(log.window_base);
  writer.Put(log.window_limit);
  for (const Transaction& each : log.transactions) {
    writer.Put(static_cast<uint8_t>(each.kind));
    writer.Put(each.address);
    writer.Put(each.value);
    writer.Put(each.ns);
    writer.PutBytes(each.data);
  }
  writer.Put(kEnd);
  writer.Put(static_cast<uint64_t>(log.transactions.size()));
  return writer.Finish();
}

TransactionLog DecodeLog(const std::vector<uint8_t>& bytes, const std::string& origin) {
  Reader reader(bytes, origin);
  if (bytes.size() < sizeof kMagic || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) {
    reader.Fail("this is no recording of 'fragua run --record'");
  }
  reader.Skip(sizeof kMagic);
  if (const auto version = reader.Get<uint32_t>(); version != TransactionLog::kVersion) {
    reader.Fail(fmt::format("recording of version {}, expected {}; record it again", version,
                            TransactionLog::kVersion));
  }
  TransactionLog log;
  log.engine = reader.GetText();
  log.backend = reader.GetText();
  log.ending = reader.GetText();
  log.window_base = reader.Get<uint32_t>();
  log.window_limit = reader.Get<uint32_t>();
  for (;;) {
    const auto kind = reader.Get<uint8_t>();
    if (kind == kEnd) break;
    if (!IsKind(kind)) reader.Fail(fmt::format("found transaction kind {}, expected 1..6", kind));
    Transaction& each = log.transactions.emplace_back();
    each.kind = static_cast<Transaction::Kind>(kind);
    each.address = reader.Get<uint32_t>();
    each.value = reader.Get<uint32_t>();
    each.ns = reader.Get<uint64_t>();
    each.data = reader.GetBytes();
  }
  if (const auto count = reader.Get<uint64_t>(); count != log.transactions.size()) {
    reader.Fail(fmt::format("{} transactions announced, {} found", count, log.transactions.size()));
  }
  const uint64_t sum = Checksum(bytes.data(), bytes.size() - reader.left());
  if (const auto found = reader.Get<uint64_t>(); found != sum) {
    reader.Fail(fmt::format("checksum {:016X} found, {:016X} expected; the file has been damaged",
                            found, sum));
  }
  if (reader.left() != 0) reader.Fail(fmt::format("{} bytes behind the end", reader.left()));
  return log;
}

}  // namespace fragua::driver
