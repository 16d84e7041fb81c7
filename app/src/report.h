#pragma once
// What a run found, and how it is shown: the table on standard output and the JSON file.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fragua::app {

struct LayerReport {
  std::string name;
  std::string op;
  std::string place;   ///< fabric, arm or golden
  std::string reason;  ///< why it went there
  int group = -1;      ///< fused group, counted in execution order (fabric)
  int64_t cycles = 0;  ///< engine cycles (fabric)
  double ms = 0;       ///< modelled time; on backends arm and golden: of this machine
  int64_t macs = 0;
  double utilisation = 0;  ///< macs / (cycles * MAC per cycle)
  int64_t ddr_read_bytes = 0;
  int64_t ddr_write_bytes = 0;
  int64_t ddr_compulsory_bytes = 0;       ///< read and written; see driver/src/compulsory.h
  std::map<std::string, int64_t> stalls;  ///< cycles per cause
  std::optional<bool> match;              ///< nothing = not compared
};

struct ClassScore {
  int index = 0;
  std::string label;
  double score = 0;
};

/// One of the engines side by side.
struct EngineShare {
  int64_t images = 0;
  int64_t busy_cycles = 0;  ///< of the batch's cycles
};

struct RunReport {
  std::string network, backend, board, engine;
  int64_t total_cycles = 0;  ///< of the inference that the table shows, on its engine
  double total_ms = 0, fabric_ms = 0, arm_ms = 0, transfer_ms = 0;
  double wall_s = 0, sim_cycles_per_s = 0;
  int64_t ddr_read_bytes = 0, ddr_write_bytes = 0;  ///< as the engine counts: commands included
  int macs_per_cycle = 0;                           ///< of one engine
  double clock_mhz = 0;                             ///< of the engines
  int64_t images = 1;                               ///< inferences of the whole run
  int64_t batch_cycles = 0;  ///< first doorbell to last interrupt, 0 = no engine
  std::vector<EngineShare> engines;
  /// Engine cycles per cause over the whole run; "compute" is the array's steps. They add up to
  /// total_cycles.
  std::map<std::string, int64_t> causes;
  std::vector<ClassScore> top5;
  std::vector<LayerReport> layers;
  std::vector<std::string> notes;       ///< said above the table
  std::vector<std::string> mismatches;  ///< first differing element of each layer that differs

  bool AllMatch() const;
  int64_t CompulsoryBytes() const;  ///< of all layers
  /// 0 without an engine.
  double CyclesPerImage() const {
    return static_cast<double>(batch_cycles) / static_cast<double>(images);
  }
  double ImagesPerSecond() const {
    return batch_cycles > 0 ? clock_mhz * 1e6 / CyclesPerImage() : 0;
  }
  /// total_cycles as a sum: "ideal" (every multiplier in every cycle), "unfilled array" (steps in
  /// which some multiplier has nothing to do: channels or pixels that do not fill it), then the
  /// causes that are not compute. Largest first behind ideal.
  std::vector<std::pair<std::string, int64_t>> Ledger() const;
};

/// The table of layers, totals and top-5.
void PrintReport(const RunReport& report);
/// Writes the JSON form atomically; throws Error(kInput) when the file cannot be written.
void WriteJson(const RunReport& report, const std::string& path);

}  // namespace fragua::app
