#include "npz.h"

#include <zlib.h>

#include <cstring>
#include <span>
#include <stdexcept>

#include "reference_data.h"

namespace fragua::test {
namespace {

using Span = std::span<const uint8_t>;

class Reader {
 public:
  Reader(Span bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  [[noreturn]] void Fail(const std::string& what) const {
    throw std::runtime_error(name_ + ": " + what);
  }
  Span Take(size_t offset, size_t count) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset) Fail("truncated");
    return bytes_.subspan(offset, count);
  }
  uint32_t U16(size_t offset) const {
    const Span b = Take(offset, 2);
    return b[0] | uint32_t{b[1]} << 8;
  }
  uint32_t U32(size_t offset) const { return U16(offset) | U16(offset + 2) << 16; }
  std::string Text(size_t offset, size_t count) const {
    const Span b = Take(offset, count);
    return {b.begin(), b.end()};
  }
  size_t size() const { return bytes_.size(); }

 private:
  Span bytes_;
  std::string name_;
};

std::vector<uint8_t> Inflate(const Reader& reader, Span packed, size_t size) {
  std::vector<uint8_t> out(size);
  z_stream stream{};
  // Negative window bits: a bare deflate stream, as zip archives hold it.
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) reader.Fail("zlib cannot start");
  stream.next_in = const_cast<uint8_t*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.avail_out != 0) reader.Fail("damaged compressed entry");
  return out;
}

/// What follows `key` in the header's dictionary text up to one of `ends`.
std::string Field(const Reader& reader, const std::string& header, const std::string& key,
                  const char* ends) {
  const size_t at = header.find("'" + key + "':");
  if (at == std::string::npos) reader.Fail("no " + key + " in the array's header");
  const size_t begin = header.find_first_not_of(" ('", at + key.size() + 3);
  const size_t end = header.find_first_of(ends, begin);
  if (begin == std::string::npos || end == std::string::npos) reader.Fail("damaged array header");
  return header.substr(begin, end - begin);
}

NpyArray ParseNpy(Span bytes, const std::string& name) {
  const Reader reader(bytes, name);
  if (reader.Text(0, 6) != "\x93NUMPY") reader.Fail("not a NumPy array");
  const bool long_header = reader.Take(6, 1)[0] >= 2;
  const size_t begin = long_header ? 12 : 10;
  const size_t length = long_header ? reader.U32(8) : reader.U16(8);
  const std::string header = reader.Text(begin, length);
  NpyArray array;
  array.type = Field(reader, header, "descr", "'");
  if (Field(reader, header, "fortran_order", ",") != "False") reader.Fail("not in C order");
  size_t elements = 1;
  const std::string shape = Field(reader, header, "shape", ")") + ",";
  for (size_t at = 0, comma; (comma = shape.find(',', at)) != std::string::npos; at = comma + 1) {
    const std::string item = shape.substr(at, comma - at);
    if (item.find_first_not_of(' ') == std::string::npos) continue;
    array.shape.push_back(std::stoll(item));
    elements *= static_cast<size_t>(array.shape.back());
  }
  if (array.type.size() != 3 || array.type[0] == '>') reader.Fail("type " + array.type);
  const size_t size = elements * static_cast<size_t>(array.type[2] - '0');
  if (begin + length + size != bytes.size()) reader.Fail("shape and size do not agree");
  const Span data = reader.Take(begin + length, size);
  array.bytes.assign(data.begin(), data.end());
  return array;
}

}  // namespace

NpyArray ReadNpy(const std::filesystem::path& path) {
  return ParseNpy(ReadBytes(path), path.string());
}

std::map<std::string, NpyArray> ReadNpz(const std::filesystem::path& path) {
  const std::vector<uint8_t> bytes = ReadBytes(path);
  const Reader zip(bytes, path.string());
  // The end record of the archive, without a comment: it points to the central directory.
  constexpr size_t kEndSize = 22;
  if (zip.size() < kEndSize || zip.U32(zip.size() - kEndSize) != 0x06054b50) {
    zip.Fail("not a zip archive");
  }
  const size_t end = zip.size() - kEndSize;
  size_t entry = zip.U32(end + 16);
  std::map<std::string, NpyArray> arrays;
  for (uint32_t i = 0; i < zip.U16(end + 10); ++i) {
    if (zip.U32(entry) != 0x02014b50) zip.Fail("damaged directory");
    const uint32_t method = zip.U16(entry + 10), crc = zip.U32(entry + 16);
    const size_t packed = zip.U32(entry + 20), size = zip.U32(entry + 24);
    const size_t name_size = zip.U16(entry + 28), local = zip.U32(entry + 42);
    std::string name = zip.Text(entry + 46, name_size);
    const Span data = zip.Take(local + 30 + zip.U16(local + 26) + zip.U16(local + 28), packed);
    if (method != 0 && method != 8) zip.Fail(name + ": unknown compression");
    const std::vector<uint8_t> content =
        method == 8 ? Inflate(zip, data, size) : std::vector<uint8_t>(data.begin(), data.end());
    if (crc32(0, content.data(), static_cast<uInt>(content.size())) != crc) {
      zip.Fail(name + ": checksum");
    }
    const NpyArray array = ParseNpy(content, path.string() + "/" + name);
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    arrays[name] = array;
    entry += 46 + name_size + zip.U16(entry + 30) + zip.U16(entry + 32);
  }
  return arrays;
}

}  // namespace fragua::test
