#include "ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace fragua::app {
namespace {

/// `fire2/squeeze1x1` -> `fire2`: what the operators of a group have in common.
std::string Stem(const std::string& name) { return name.substr(0, name.find('/')); }

int64_t CauseOf(const std::map<std::string, int64_t>& causes, const char* cause) {
  const auto found = causes.find(cause);
  return found == causes.end() ? 0 : found->second;
}

void AddLayer(const LayerReport& layer, LedgerLine& line) {
  const std::string stem = Stem(layer.name);
  if (line.name.empty()) {
    line.name = stem;
  } else if (line.name != stem && !line.name.ends_with(" + " + stem)) {
    line.name += " + " + stem;
  }
  line.cycles += layer.cycles;
  for (size_t i = 0; i < LedgerLine::kCauses.size(); ++i) {
    line.causes[i] += CauseOf(layer.stalls, LedgerLine::kCauses[i]);
  }
  line.ddr_bytes += layer.ddr_read_bytes + layer.ddr_write_bytes;
  line.compulsory_bytes += layer.ddr_compulsory_bytes;
}

/// What is left of the cycles when ideal and causes are taken away: steps beyond the ideal.
void SetUnfilled(LedgerLine& line) {
  line.unfilled = line.cycles - line.ideal;
  for (const int64_t cycles : line.causes) line.unfilled -= cycles;
}

LedgerLine Total(const RunReport& report) {
  LedgerLine total;
  total.name = "total";
  total.cycles = report.total_cycles;
  for (size_t i = 0; i < LedgerLine::kCauses.size(); ++i) {
    total.causes[i] = CauseOf(report.causes, LedgerLine::kCauses[i]);
  }
  total.ddr_bytes = report.ddr_read_bytes + report.ddr_write_bytes;
  total.compulsory_bytes = report.CompulsoryBytes();
  return total;
}

void Subtract(const LedgerLine& other, LedgerLine& from) {
  from.cycles -= other.cycles;
  from.ideal -= other.ideal;
  for (size_t i = 0; i < from.causes.size(); ++i) from.causes[i] -= other.causes[i];
  from.ddr_bytes -= other.ddr_bytes;
  from.compulsory_bytes -= other.compulsory_bytes;
}

}  // namespace

double LedgerLine::Utilisation() const {
  return cycles > 0 ? static_cast<double>(ideal) / static_cast<double>(cycles) : 0;
}

std::vector<LedgerLine> GroupLedger(const RunReport& report) {
  if (report.total_cycles == 0) return {};
  std::map<int, LedgerLine> groups;
  LedgerLine total = Total(report);
  int64_t macs = 0;
  int64_t ideal = 0;
  for (const LayerReport& layer : report.layers) {
    if (layer.place != "fabric") continue;
    LedgerLine& line = groups[layer.group];
    AddLayer(layer, line);
    macs += layer.macs;
    // Rounded as a running total, so that the groups' ideals add up to that of the network.
    const int64_t so_far = (macs + report.macs_per_cycle - 1) / report.macs_per_cycle;
    line.ideal += so_far - ideal;
    ideal = so_far;
  }
  total.ideal = ideal;
  LedgerLine rest = total;
  rest.name = "start and end";
  std::vector<LedgerLine> lines;
  for (auto& [group, line] : groups) {
    Subtract(line, rest);
    lines.push_back(std::move(line));
  }
  lines.push_back(std::move(rest));
  lines.push_back(std::move(total));
  for (LedgerLine& line : lines) SetUnfilled(line);
  return lines;
}

std::string LedgerMarkdown(const RunReport& report) {
  std::string text = fmt::format("{} on `{}`, board `{}`, backend {}:\n\n", report.network,
                                 report.engine, report.board, report.backend);
  text +=
      "| group | cycles | ideal | unfilled | overhead | weights | activations | output | requant | "
      "idle | utilisation | DDR KB | compulsory KB |\n|---|---|---|---|---|---|---|---|---|---|---|"
      "---|---|\n";
  for (const LedgerLine& line : GroupLedger(report)) {
    text += fmt::format("| {} | {} | {} | {}", line.name, line.cycles, line.ideal, line.unfilled);
    for (const int64_t cycles : line.causes) text += fmt::format(" | {}", cycles);
    text += line.ideal > 0 ? fmt::format(" | {:.1f} %", 100 * line.Utilisation()) : " | ";
    text += fmt::format(" | {:.1f} | {:.1f} |\n", static_cast<double>(line.ddr_bytes) / 1024,
                        static_cast<double>(line.compulsory_bytes) / 1024);
  }
  return text;
}

}  // namespace fragua::app
