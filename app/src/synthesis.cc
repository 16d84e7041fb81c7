#include "synthesis.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string_view>

#include "fragua/model/error.h"

namespace fragua::app {
namespace {

using nlohmann::json;

// Warnings that say nothing about the engine, by text and reason.
bool IsWaived(std::string_view line) {
  // ABC's remark on its own script, once for every module: registers never reach ABC here.
  if (line == "ABC: Warning: The network is combinational (run \"fraig\" or \"fraig_sweep\").")
    return true;
  // Yosys' own map of block RAMs joins 64-bit wires to the 32-bit ports of RAMB36E1, whose upper
  // halves a port of at most 36 bits leaves open, and an address with its cascade bit to 16 bits.
  static const std::regex ram_port(
      R"(Warning: Resizing cell port \S+\.mem\.\d+\.\d+\.)"
      "(D[IO][AB]D[IO] from 64 bits to 32|D[IO]P[AB]D[IO]P from 8 bits to 4|"
      R"(ADDR(ARD|BWR)ADDR from 17 bits to 16) bits\.)");
  return std::regex_match(line.begin(), line.end(), ram_port);
}

// Cells of the 7 series and what each takes. UG953 gives the LUTs of a memory; a LUT is one memory
// of 64 x 1 or one shift register of 32.
struct CellCost {
  std::string_view type;
  int Area::*kind;  ///< nullptr: takes nothing that is counted
  int count;
};
constexpr CellCost kCells[] = {
    {"LUT1", &Area::lut_logic, 1},
    {"LUT2", &Area::lut_logic, 1},
    {"LUT3", &Area::lut_logic, 1},
    {"LUT4", &Area::lut_logic, 1},
    {"LUT5", &Area::lut_logic, 1},
    {"LUT6", &Area::lut_logic, 1},
    {"INV", &Area::lut_logic, 1},
    {"SRL16E", &Area::lut_memory, 1},
    {"SRLC16E", &Area::lut_memory, 1},
    {"SRLC32E", &Area::lut_memory, 1},
    {"RAM16X1S", &Area::lut_memory, 1},
    {"RAM32X1S", &Area::lut_memory, 1},
    {"RAM64X1S", &Area::lut_memory, 1},
    {"RAM128X1S", &Area::lut_memory, 2},
    {"RAM256X1S", &Area::lut_memory, 4},
    {"RAM16X1D", &Area::lut_memory, 2},
    {"RAM32X1D", &Area::lut_memory, 2},
    {"RAM64X1D", &Area::lut_memory, 2},
    {"RAM128X1D", &Area::lut_memory, 4},
    {"RAM32M", &Area::lut_memory, 4},
    {"RAM64M", &Area::lut_memory, 4},
    {"FDRE", &Area::ff, 1},
    {"FDSE", &Area::ff, 1},
    {"FDCE", &Area::ff, 1},
    {"FDPE", &Area::ff, 1},
    {"FDRE_1", &Area::ff, 1},
    {"FDSE_1", &Area::ff, 1},
    {"FDCE_1", &Area::ff, 1},
    {"FDPE_1", &Area::ff, 1},
    {"LDCE", &Area::latches, 1},
    {"LDPE", &Area::latches, 1},
    {"DSP48E1", &Area::dsp48e1, 1},
    {"RAMB36E1", &Area::ramb36, 1},
    {"RAMB18E1", &Area::ramb18, 1},
    {"CARRY4", nullptr, 0},
    {"MUXF7", nullptr, 0},
    {"MUXF8", nullptr, 0},
    {"BUFG", nullptr, 0},
};

std::string_view TrimLeft(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// $paramod$hash\fr_fifo, $paramod\fr_skid\Width=... and fr_store are fr_fifo, fr_skid and fr_store.
std::string PlainName(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  if (!name.starts_with("$paramod")) return std::string(name);
  name.remove_prefix(name.find('\\') + 1);
  return std::string(name.substr(0, name.find('\\')));
}

// The object that `stat -json` ends the log with. Yosys 0.23 writes its last member, the sum over
// the design, as plain text; it is cut off, since the sum is ours to make.
json Statistics(const std::vector<std::string_view>& lines) {
  const auto begin = std::find(lines.rbegin(), lines.rend(), "{");
  if (begin == lines.rend()) {
    throw Error(ErrorKind::kCheck, "yosys printed no statistics; its last line was: " +
                                       std::string(lines.empty() ? "(nothing)" : lines.back()));
  }
  std::string text = "{";
  for (auto line = begin.base(); line != lines.end(); ++line) {
    const std::string_view trimmed = TrimLeft(*line);
    if (line->starts_with("   }") && !line->starts_with("    ")) {
      text += "}}";
      break;
    }
    text += std::string(trimmed) + "\n";
  }
  const json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded() || !parsed.contains("modules"))
    throw Error(ErrorKind::kCheck, "yosys printed statistics of an unknown form");
  return parsed["modules"];
}

class Hierarchy {
 public:
  explicit Hierarchy(const json& modules) : modules_(modules) {}

  // Adds `module` and what is below it. Children of one name, whatever their parameters, are a row.
  void Add(const std::string& module, const std::string& path, int depth, int instances) {
    const std::string plain = PlainName(module);
    const std::string here = path.empty() ? plain : path + "/" + plain;
    auto [row, fresh] = rows_.try_emplace(here);
    if (fresh) {
      order_.push_back(here);
      row->second = {here, plain, depth, 0, {}};
    }
    row->second.instances += instances;
    std::map<std::string, int> children;
    for (const auto& [type, count] : modules_.at(module).at("num_cells_by_type").items()) {
      if (modules_.contains(type) || modules_.contains("\\" + type)) {
        children[modules_.contains(type) ? type : "\\" + type] += count.get<int>();
      } else {
        AddCells(type, count.get<int>() * instances, row->second);
      }
    }
    for (const auto& [child, count] : children) Add(child, here, depth + 1, instances * count);
  }

  std::vector<ModuleArea> Rows() {
    // Rows of one parent stand together, below it.
    std::sort(order_.begin(), order_.end());
    std::vector<ModuleArea> rows;
    for (const std::string& path : order_) rows.push_back(rows_.at(path));
    return rows;
  }

 private:
  static void AddCells(const std::string& type, int count, ModuleArea& row) {
    const auto* cell =
        std::find_if(std::begin(kCells), std::end(kCells),
                     [&](const CellCost& candidate) { return candidate.type == type; });
    if (cell == std::end(kCells)) {
      throw Error(ErrorKind::kCheck,
                  fmt::format("{}: yosys made {} cells of type {}, which the 7 series does not "
                              "have or this command does not know",
                              row.path, count, type));
    }
    if (cell->kind != nullptr) row.area.*cell->kind += cell->count * count;
  }

  const json& modules_;
  std::vector<std::string> order_;
  std::map<std::string, ModuleArea> rows_;
};

}  // namespace

namespace {
constexpr int Area::*kKinds[] = {&Area::lut_logic, &Area::lut_memory, &Area::ff,    &Area::latches,
                                 &Area::dsp48e1,   &Area::ramb36,     &Area::ramb18};
}  // namespace

Area& Area::operator+=(const Area& other) {
  for (int Area::*kind : kKinds) this->*kind += other.*kind;
  return *this;
}

Area Area::operator*(int times) const {
  Area product = *this;
  for (int Area::*kind : kKinds) product.*kind *= times;
  return product;
}

std::vector<std::string> SynthesisReport::Objections() const {
  std::vector<std::string> objections;
  const Area all = total();
  const auto limit = [&](const char* what, int used, int available) {
    if (used > available)
      objections.push_back(fmt::format("{} {} are needed{}, {} has {}", used, what,
                                       engines > 1 ? fmt::format(" by {} engines", engines) : "",
                                       part.name, available));
  };
  limit("LUT", all.lut(), part.lut);
  limit("flip-flops", all.ff, part.ff);
  limit("DSP48E1", all.dsp48e1, part.dsp48e1);
  limit("RAMB36", all.ramb36_equivalents(), part.ramb36);
  if (all.latches > 0) objections.push_back(fmt::format("there are {} latches", all.latches));
  for (const std::string& warning : warnings) objections.push_back("yosys: " + warning);
  return objections;
}

SynthesisReport ReadSynthesisLog(const std::string& log, const std::string& top) {
  const std::vector<std::string_view> lines = Lines(log);
  SynthesisReport report;
  std::set<std::string_view> seen;
  for (const std::string_view line : lines) {
    const bool alarming = line.find("Warning: ") != std::string_view::npos ||
                          line.starts_with("Latch inferred for signal");
    if (alarming && !IsWaived(line) && seen.insert(line).second) report.warnings.emplace_back(line);
  }
  const json modules = Statistics(lines);
  std::string root = modules.contains(top) ? top : "\\" + top;
  for (const auto& [name, unused] : modules.items()) {
    if (PlainName(name) == top) root = name;  // the top has parameters too
  }
  if (!modules.contains(root))
    throw Error(ErrorKind::kCheck, "yosys printed no statistics of " + top);
  Hierarchy hierarchy(modules);
  hierarchy.Add(root, "", 0, 1);
  report.modules = hierarchy.Rows();
  for (const ModuleArea& module : report.modules) report.one += module.area;
  return report;
}

}  // namespace fragua::app
