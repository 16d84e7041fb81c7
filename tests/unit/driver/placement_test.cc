// `placement:` of an experiment file.

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "fragua/driver/partition.h"
#include "fragua/model/error.h"

namespace fragua::driver {
namespace {

PlacementRequest LoadText(const std::string& text) {
  const std::string path = testing::TempDir() + "fragua_placement_test.yaml";
  std::ofstream(path) << text;
  struct Remove {
    const std::string& path;
    ~Remove() { std::remove(path.c_str()); }
  } remove{path};
  return LoadPlacement(path);
}

TEST(Placement, IsReadFromYaml) {
  const PlacementRequest request =
      LoadText("placement:\n  default: fabric\n  layers:\n    conv10: arm\n    'fire?/*': auto\n");
  EXPECT_EQ(request.fallback, Wish::kFabric);
  ASSERT_EQ(request.overrides.size(), 2u);
  EXPECT_EQ(request.overrides[0], (std::pair<std::string, Wish>("conv10", Wish::kArm)));
  EXPECT_EQ(request.overrides[1], (std::pair<std::string, Wish>("fire?/*", Wish::kAuto)));
  EXPECT_EQ(LoadText("placement: {}\n").fallback, Wish::kAuto);
}

TEST(Placement, MistakesInYamlAreNamed) {
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"placement:\n  default: gpu\n", "gpu"},
           {"placement:\n  defalt: arm\n", "defalt"},
           {"placement:\n  layers:\n    conv1: fpga\n", "fpga"},
           {"layers:\n  conv1: arm\n", "placement"},
           {"placement: {}\nextra: 1\n", "extra"}}) {
    try {
      LoadText(text);
      FAIL() << "accepted " << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace fragua::driver
