#pragma once
// Reads NumPy's .npy and .npz files, as far as test vectors need it: little-endian arrays in C
// order.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fragua::test {

struct NpyArray {
  std::string type;  ///< NumPy's descr, e.g. "|i1", "<f4"
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;
};

/// Both throw std::runtime_error with the file's name when it is missing, damaged or of a form not
/// covered.
NpyArray ReadNpy(const std::filesystem::path& path);
/// The arrays by name, without the ".npy" of the archive's entries.
std::map<std::string, NpyArray> ReadNpz(const std::filesystem::path& path);

}  // namespace fragua::test
