#pragma once
// Where tests find the reference data (networks, pictures, vectors), which is not part of the
// project.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace fragua::test {

/// The folder named by the environment variable FRAGUA_DATA, else ../shared/data beside the
/// project; empty when there is none.
inline std::filesystem::path ReferenceData() {
  const char* named = std::getenv("FRAGUA_DATA");
  const std::filesystem::path folder =
      named != nullptr ? named : std::filesystem::path(FRAGUA_SOURCE_DIR) / "../shared/data";
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

inline std::vector<uint8_t> ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace fragua::test

/// First line of a test that needs the reference data.
#define FRAGUA_SKIP_WITHOUT_REFERENCE_DATA()                                                \
  if (::fragua::test::ReferenceData().empty())                                              \
  GTEST_SKIP() << "no reference data: set FRAGUA_DATA to its folder, or put it beside the " \
                  "project in ../shared/data"
