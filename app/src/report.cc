#include "report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "fragua/model/file.h"
#include "ledger.h"

namespace fragua::app {
namespace {

std::string MatchWord(const std::optional<bool>& match) {
  if (!match) return "-";
  return *match ? "match" : "DIFFERS";
}

std::string Kilobytes(int64_t bytes) {
  return bytes == 0 ? "-" : fmt::format("{:.1f}", static_cast<double>(bytes) / 1024);
}

int64_t Stall(const LayerReport& layer, const char* cause) {
  const auto found = layer.stalls.find(cause);
  return found == layer.stalls.end() ? 0 : found->second;
}

// The causes as columns; the JSON keeps every one by name.
void PrintFabricTable(const RunReport& report, int name_width) {
  fmt::print("{:<{}} {:<17} {:<6} {:>9} {:>8} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}  {}\n",
             "layer", name_width, "operator", "place", "cycles", "ms", "util", "KB read", "KB writ",
             "wait wgt", "wait act", "wait out", "other", "golden");
  for (const LayerReport& layer : report.layers) {
    const int64_t other = Stall(layer, "requant") + Stall(layer, "overhead") + Stall(layer, "idle");
    fmt::print("{:<{}} {:<17} {:<6} {:>9} {:>8.3f} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}  {}\n",
               layer.name, name_width, layer.op, layer.place,
               layer.cycles > 0 ? fmt::format("{}", layer.cycles) : "-", layer.ms,
               layer.utilisation > 0 ? fmt::format("{:.1f}%", 100 * layer.utilisation) : "-",
               Kilobytes(layer.ddr_read_bytes), Kilobytes(layer.ddr_write_bytes),
               Stall(layer, "wait_weights"), Stall(layer, "wait_activations"),
               Stall(layer, "wait_output"), other, MatchWord(layer.match));
  }
}

void PrintPlainTable(const RunReport& report, int name_width) {
  fmt::print("{:<{}} {:<17} {:<6} {:>9} {:>12}  {}\n", "layer", name_width, "operator", "place",
             "ms", "MAC", "golden");
  for (const LayerReport& layer : report.layers) {
    fmt::print("{:<{}} {:<17} {:<6} {:>9.3f} {:>12}  {}\n", layer.name, name_width, layer.op,
               layer.place, layer.ms, layer.macs, MatchWord(layer.match));
  }
}

// Nothing that the totals of one inference do not say already is said again.
void PrintBatch(const RunReport& report, int64_t macs) {
  if (report.batch_cycles == 0 || report.images == 1) return;
  const auto cycles = static_cast<double>(report.batch_cycles);
  const int64_t peak = report.macs_per_cycle * static_cast<int64_t>(report.engines.size());
  fmt::print(
      "{} inferences on {} engine(s): {} cycles from the first doorbell to the last interrupt, "
      "{:.0f} per inference ({:.1f} images/s at {} MHz); {:.1f} % of {} MAC/cycle\n",
      report.images, report.engines.size(), report.batch_cycles, report.CyclesPerImage(),
      report.ImagesPerSecond(), report.clock_mhz,
      100.0 * static_cast<double>(macs * report.images) / (cycles * static_cast<double>(peak)),
      peak);
  for (size_t i = 0; i < report.engines.size(); ++i) {
    const EngineShare& engine = report.engines[i];
    fmt::print("  engine {}: {} inference(s), busy {:.1f} % of these cycles\n", i, engine.images,
               100.0 * static_cast<double>(engine.busy_cycles) / cycles);
  }
}

void PrintTotals(const RunReport& report) {
  int64_t macs = 0;  // on the engine
  size_t matched = 0;
  size_t compared = 0;
  for (const LayerReport& layer : report.layers) {
    macs += layer.place == "fabric" ? layer.macs : 0;
    compared += layer.match.has_value() ? 1 : 0;
    matched += layer.match.value_or(false) ? 1 : 0;
  }
  if (report.total_cycles > 0) {
    fmt::print(
        "\n{} cycles from doorbell to interrupt; {:.2f} MMAC on the engine; {:.1f} % of {} "
        "MAC/cycle\n",
        report.total_cycles, static_cast<double>(macs) / 1e6,
        100.0 * static_cast<double>(macs) /
            (static_cast<double>(report.total_cycles) * report.macs_per_cycle),
        report.macs_per_cycle);
    const auto moved = static_cast<double>(report.ddr_read_bytes + report.ddr_write_bytes);
    const auto compulsory = static_cast<double>(report.CompulsoryBytes());
    fmt::print("DDR {:.1f} KB read, {:.1f} KB written, commands included; compulsory {:.1f} KB",
               static_cast<double>(report.ddr_read_bytes) / 1024,
               static_cast<double>(report.ddr_write_bytes) / 1024, compulsory / 1024);
    fmt::print("{}\n", compulsory > 0 ? fmt::format(", ratio {:.3f}", moved / compulsory) : "");
  }
  if (report.total_ms > 0) {
    fmt::print("{} {:.3f} ms: fabric {:.3f}, ARM {:.3f}, transfer and submission {:.3f}\n",
               report.backend == "linux" ? "time" : "modelled time", report.total_ms,
               report.fabric_ms, report.arm_ms, report.transfer_ms);
  }
  if (report.sim_cycles_per_s > 0) {
    fmt::print("simulated in {:.2f} s ({:.0f} kcycle/s)\n", report.wall_s,
               report.sim_cycles_per_s / 1000);
  }
  PrintBatch(report, macs);
  const auto ledger = report.Ledger();
  if (!ledger.empty()) {
    std::string sum;
    for (const auto& [cause, cycles] : ledger) {
      sum += fmt::format("{}{} {}", sum.empty() ? "" : " + ", cycles, cause);
    }
    fmt::print("ledger: {} = {}\n", report.total_cycles, sum);
  }
  if (compared > 0)
    fmt::print("{} of {} layers match the golden model byte for byte\n", matched, compared);
}

}  // namespace

bool RunReport::AllMatch() const {
  return std::all_of(layers.begin(), layers.end(),
                     [](const LayerReport& layer) { return layer.match.value_or(true); });
}

int64_t RunReport::CompulsoryBytes() const {
  int64_t bytes = 0;
  for (const LayerReport& layer : layers) bytes += layer.ddr_compulsory_bytes;
  return bytes;
}

std::vector<std::pair<std::string, int64_t>> RunReport::Ledger() const {
  std::vector<std::pair<std::string, int64_t>> lines;
  if (total_cycles == 0 || causes.empty()) return lines;
  int64_t macs = 0;
  for (const LayerReport& layer : layers) macs += layer.place == "fabric" ? layer.macs : 0;
  const int64_t ideal = (macs + macs_per_cycle - 1) / macs_per_cycle;
  for (const auto& [cause, cycles] : causes) {
    if (cause == "compute") {
      lines.emplace_back("unfilled array", cycles - ideal);
    } else {
      lines.emplace_back(cause, cycles);
    }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  lines.insert(lines.begin(), {"ideal", ideal});
  return lines;
}

void PrintReport(const RunReport& report) {
  fmt::print("network {}  backend {}", report.network, report.backend);
  if (!report.engine.empty()) fmt::print("  board {}  engine {}", report.board, report.engine);
  fmt::print("\n");
  for (const std::string& note : report.notes) fmt::print("note: {}\n", note);
  fmt::print("\n");
  size_t width = 5;
  for (const LayerReport& layer : report.layers) width = std::max(width, layer.name.size());
  if (report.total_cycles > 0) {
    PrintFabricTable(report, static_cast<int>(width));
  } else {
    PrintPlainTable(report, static_cast<int>(width));
  }
  PrintTotals(report);
  for (const std::string& line : report.mismatches) fmt::print("mismatch: {}\n", line);
  if (!report.top5.empty()) fmt::print("\ntop {}\n", report.top5.size());
  for (const ClassScore& each : report.top5)
    fmt::print("  {:5} {:10.4f}  {}\n", each.index, each.score, each.label);
}

void WriteJson(const RunReport& report, const std::string& path) {
  nlohmann::ordered_json json;
  json["network"] = report.network;
  json["backend"] = report.backend;
  json["board"] = report.board;
  json["engine"] = report.engine;
  json["total_cycles"] = report.total_cycles;
  json["total_ms"] = report.total_ms;
  json["fabric_ms"] = report.fabric_ms;
  json["arm_ms"] = report.arm_ms;
  json["transfer_ms"] = report.transfer_ms;
  json["ddr_read_bytes"] = report.ddr_read_bytes;
  json["ddr_write_bytes"] = report.ddr_write_bytes;
  json["ddr_compulsory_bytes"] = report.CompulsoryBytes();
  json["images"] = report.images;
  json["batch_cycles"] = report.batch_cycles;
  json["cycles_per_image"] = report.CyclesPerImage();
  json["images_per_s"] = report.ImagesPerSecond();
  json["engines"] = nlohmann::ordered_json::array();
  for (const EngineShare& engine : report.engines) {
    json["engines"].push_back({{"images", engine.images}, {"busy_cycles", engine.busy_cycles}});
  }
  json["ledger"] = nlohmann::ordered_json::object();
  for (const auto& [cause, cycles] : report.Ledger()) json["ledger"][cause] = cycles;
  json["wall_s"] = report.wall_s;
  json["sim_cycles_per_s"] = report.sim_cycles_per_s;
  json["top5"] = nlohmann::ordered_json::array();
  for (const ClassScore& each : report.top5) {
    json["top5"].push_back({{"class", each.index}, {"label", each.label}, {"score", each.score}});
  }
  json["groups"] = nlohmann::ordered_json::array();
  for (const LedgerLine& line : GroupLedger(report)) {
    nlohmann::ordered_json one;
    one["name"] = line.name;
    one["cycles"] = line.cycles;
    one["ideal"] = line.ideal;
    one["unfilled"] = line.unfilled;
    for (size_t i = 0; i < line.causes.size(); ++i) one[LedgerLine::kCauses[i]] = line.causes[i];
    one["utilisation"] = line.Utilisation();
    one["ddr_bytes"] = line.ddr_bytes;
    one["ddr_compulsory_bytes"] = line.compulsory_bytes;
    json["groups"].push_back(std::move(one));
  }
  json["layers"] = nlohmann::ordered_json::array();
  for (const LayerReport& layer : report.layers) {
    nlohmann::ordered_json one;
    one["name"] = layer.name;
    one["op"] = layer.op;
    one["place"] = layer.place;
    one["group"] = layer.group;
    one["cycles"] = layer.cycles;
    one["ms"] = layer.ms;
    one["macs"] = layer.macs;
    one["utilisation"] = layer.utilisation;
    one["ddr_read_bytes"] = layer.ddr_read_bytes;
    one["ddr_write_bytes"] = layer.ddr_write_bytes;
    one["ddr_compulsory_bytes"] = layer.ddr_compulsory_bytes;
    one["stalls"] = layer.stalls;
    if (layer.match) {
      one["match"] = *layer.match;
    } else {
      one["match"] = nullptr;
    }
    json["layers"].push_back(std::move(one));
  }
  const std::string text = json.dump(2) + "\n";
  model::WriteFileAtomically(path, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace fragua::app
