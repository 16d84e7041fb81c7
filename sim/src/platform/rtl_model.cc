#include "platform/rtl_model.h"

#include <fmt/format.h>

#include <array>

#include "fragua/model/error.h"

namespace fragua::sim {
namespace {

using driver::EngineConfig;

struct NamedField {
  const char* key;
  int EngineConfig::*field;
};

constexpr std::array<NamedField, 11> kFields = {{
    {"array.pc", &EngineConfig::pc},
    {"array.pk", &EngineConfig::pk},
    {"lanes", &EngineConfig::lanes},
    {"acc_bits", &EngineConfig::acc_bits},
    {"activation_words", &EngineConfig::activation_words},
    {"squeeze_words", &EngineConfig::squeeze_words},
    {"weight_words", &EngineConfig::weight_words},
    {"pool_words", &EngineConfig::pool_words},
    {"store_fifo_words", &EngineConfig::store_fifo_words},
    {"queue_commands", &EngineConfig::queue_commands},
    {"read_outstanding", &EngineConfig::read_outstanding},
}};

}  // namespace

std::unique_ptr<RtlModel> MakeRtlModel(const EngineConfig& config) {
  std::string known;
  for (const RtlVariant& variant : RtlVariants()) {
    known += (known.empty() ? "" : ", ") + variant.config.name;
    if (variant.config.name != config.name) continue;
    for (const NamedField& f : kFields) {
      if (variant.config.*f.field == config.*f.field) continue;
      ThrowInput(
          fmt::format("engine '{}': {} is {}, but the RTL simulation was built with {}; rebuild "
                      "(cmake --build) so that the Verilated engine has the new parameters",
                      config.name, f.key, config.*f.field, variant.config.*f.field));
    }
    return variant.make();
  }
  ThrowInput(
      fmt::format("engine '{}' has no RTL simulation; built are: {}. Put its YAML file into "
                  "configs/engines and rebuild, or choose one of these",
                  config.name, known));
}

}  // namespace fragua::sim
