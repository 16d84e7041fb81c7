#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fragua/model/file.h"
#include "synthesis.h"

namespace fragua::app {
namespace {

using nlohmann::ordered_json;

ordered_json Json(const Area& area) {
  return {{"lut", area.lut()},
          {"lut_logic", area.lut_logic},
          {"lut_memory", area.lut_memory},
          {"ff", area.ff},
          {"latches", area.latches},
          {"dsp48e1", area.dsp48e1},
          {"ramb36", area.ramb36},
          {"ramb18", area.ramb18},
          {"ramb18_equivalents", area.ramb18_equivalents()}};
}

std::string Share(int used, int available) {
  return fmt::format("{:.1f}%", 100.0 * used / std::max(available, 1));
}

}  // namespace

void PrintSynthesis(const SynthesisReport& report) {
  constexpr const char* kRow = "{:<{}} {:>5} {:>7} {:>7} {:>7} {:>8} {:>7} {:>7}\n";
  size_t width = 10;
  for (const ModuleArea& module : report.modules)
    width = std::max(width, module.module.size() + 2 * static_cast<size_t>(module.depth));
  fmt::print("engine {}, part {}: each module at its place, without the modules below it\n",
             report.engine, report.part.name);
  if (report.engines > 1)
    fmt::print("{} engines side by side: the table is of one, the total of all\n", report.engines);
  fmt::print("\n");
  fmt::print(fmt::runtime(kRow), "module", width, "times", "LUT", "as mem", "FF", "DSP48E1",
             "RAMB36", "RAMB18");
  const auto row = [&](const std::string& name, const std::string& times, const Area& area) {
    fmt::print(fmt::runtime(kRow), name, width, times, area.lut(), area.lut_memory, area.ff,
               area.dsp48e1, area.ramb36, area.ramb18);
  };
  for (const ModuleArea& module : report.modules) {
    row(std::string(2 * static_cast<size_t>(module.depth), ' ') + module.module,
        fmt::format("{}", module.instances), module.area);
  }
  const Area total = report.total();
  const Part& part = report.part;
  if (report.engines > 1) row("one engine", "", report.one);
  row("total", report.engines > 1 ? fmt::format("{}", report.engines) : "", total);
  fmt::print(fmt::runtime(kRow), part.name + " has", width, "", part.lut, "", part.ff, part.dsp48e1,
             part.ramb36, 2 * part.ramb36);
  fmt::print(fmt::runtime(kRow), "used", width, "", Share(total.lut(), part.lut), "",
             Share(total.ff, part.ff), Share(total.dsp48e1, part.dsp48e1),
             Share(total.ramb36_equivalents(), part.ramb36), "");
  fmt::print(
      "\nLUT counts every LUT1..LUT6 and inverter as one, a LUT memory as the LUTs it takes and a "
      "shift register as one;\nplacement pairs and absorbs some of them, so this is an upper "
      "bound. RAMB18 share the blocks of the RAMB36.\n");
  const std::vector<std::string> objections = report.Objections();
  if (objections.empty()) fmt::print("fits: no latches, no warnings\n");
  constexpr size_t kMost = 20;  // the JSON has them all
  for (size_t i = 0; i < std::min(objections.size(), kMost); ++i)
    fmt::print("DOES NOT PASS: {}\n", objections[i]);
  if (objections.size() > kMost) fmt::print("... and {} more\n", objections.size() - kMost);
}

void WriteSynthesisJson(const SynthesisReport& report, const std::string& path) {
  ordered_json document = {{"engine", report.engine},
                           {"part",
                            {{"name", report.part.name},
                             {"lut", report.part.lut},
                             {"ff", report.part.ff},
                             {"dsp48e1", report.part.dsp48e1},
                             {"ramb36", report.part.ramb36}}},
                           {"engines", report.engines},
                           {"modules", ordered_json::array()},
                           {"one_engine", Json(report.one)},
                           {"total", Json(report.total())},
                           {"warnings", report.warnings},
                           {"objections", report.Objections()},
                           {"fits", report.Objections().empty()}};
  for (const ModuleArea& module : report.modules) {
    ordered_json entry = {
        {"name", module.module}, {"path", module.path}, {"instances", module.instances}};
    entry.update(Json(module.area));
    document["modules"].push_back(std::move(entry));
  }
  const std::string text = document.dump(2) + "\n";
  model::WriteFileAtomically(path, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace fragua::app
