#include "fragua/driver/engine_config.h"

#include <fmt/format.h>

#include <bit>

#include "fragua/model/error.h"
#include "fragua/model/yaml_reader.h"

namespace fragua::driver {
namespace {

/// An integer of the configuration. The ranges are those of tools/engine_params.py, which makes the
/// hardware from the same file.
struct IntegerField {
  const char* key;
  int EngineConfig::*member;
  int min, max;
  bool power_of_two;
};

constexpr IntegerField kArrayFields[] = {
    {"pc", &EngineConfig::pc, 2, 8, true},
    {"pk", &EngineConfig::pk, 8, 32, true},
};
// On-chip addresses are 16-bit command fields.
constexpr IntegerField kFields[] = {
    {"lanes", &EngineConfig::lanes, 1, 8, true},
    {"acc_bits", &EngineConfig::acc_bits, 20, 32, false},
    {"activation_words", &EngineConfig::activation_words, 64, 65535, false},
    {"squeeze_words", &EngineConfig::squeeze_words, 64, 65535, false},
    {"weight_words", &EngineConfig::weight_words, 16, 32768, true},
    {"pool_words", &EngineConfig::pool_words, 16, 65535, false},
    {"store_fifo_words", &EngineConfig::store_fifo_words, 32, 32768, true},
    {"queue_commands", &EngineConfig::queue_commands, 2, 64, true},
    {"read_outstanding", &EngineConfig::read_outstanding, 1, 32, false},
};
constexpr IntegerField kEngines = {"engines", &EngineConfig::engines, 1, EngineConfig::kMaxEngines,
                                   false};
constexpr double kMinClock = 1.0;
constexpr double kMaxClock = 1000.0;

void CheckField(const EngineConfig& config, const IntegerField& field, const std::string& name) {
  const int value = config.*field.member;
  const bool fits = value >= field.min && value <= field.max;
  if (fits && (!field.power_of_two || std::has_single_bit(static_cast<unsigned>(value)))) return;
  ThrowInput(fmt::format("{} is {}, but must be {}in {}..{}; change it", name, value,
                         field.power_of_two ? "a power of two " : "", field.min, field.max));
}

}  // namespace

EngineConfig LoadEngineConfig(const std::string& path) {
  const model::YamlNode root = model::ReadYaml(path);
  EngineConfig config;
  config.name = root.GetText("name");
  config.part = root.GetText("part");
  const model::YamlNode array = root.Get("array");
  for (const IntegerField& f : kArrayFields) config.*f.member = array.GetInt(f.key, f.min, f.max);
  array.RejectUnknownKeys();
  for (const IntegerField& f : kFields) config.*f.member = root.GetInt(f.key, f.min, f.max);
  config.clock_mhz = root.GetNumber("clock_mhz", kMinClock, kMaxClock);
  config.engines = root.GetIntOr(kEngines.key, 1, kEngines.min, kEngines.max);
  root.RejectUnknownKeys();
  ValidateEngineConfig(config, path);
  return config;
}

void ValidateEngineConfig(const EngineConfig& config, const std::string& origin) {
  for (const IntegerField& field : kArrayFields) {
    CheckField(config, field, fmt::format("{}: array.{}", origin, field.key));
  }
  for (const IntegerField& field : kFields) {
    CheckField(config, field, fmt::format("{}: {}", origin, field.key));
  }
  CheckField(config, kEngines, fmt::format("{}: {}", origin, kEngines.key));
  if (!(config.clock_mhz >= kMinClock && config.clock_mhz <= kMaxClock)) {
    ThrowInput(fmt::format("{}: clock_mhz is {}, but must be in {}..{}; change it", origin,
                           config.clock_mhz, kMinClock, kMaxClock));
  }
}

}  // namespace fragua::driver
