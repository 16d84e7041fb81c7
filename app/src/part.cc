#include "part.h"

#include "fragua/model/yaml_reader.h"

namespace fragua::app {

Part LoadPart(const std::string& path) {
  constexpr int kMost = 10'000'000;  // beyond every part there is
  const model::YamlNode root = model::ReadYaml(path);
  Part part;
  part.name = root.GetText("part");
  part.lut = root.GetInt("lut", 1, kMost);
  part.ff = root.GetInt("ff", 1, kMost);
  part.dsp48e1 = root.GetInt("dsp48e1", 0, kMost);
  part.ramb36 = root.GetInt("ramb36", 0, kMost);
  root.RejectUnknownKeys();
  return part;
}

}  // namespace fragua::app
