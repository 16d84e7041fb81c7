#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "commands.h"
#include "configs.h"
#include "fragua/driver/engine_config.h"
#include "fragua/model/error.h"
#include "progress.h"
#include "synthesis.h"
#include "yosys.h"

namespace fragua::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTop = "fr_engine";
constexpr const char* kPackage = "fr_pkg.sv";

std::string Script(const std::string& rtl, const driver::EngineConfig& engine) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(rtl, failed)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".sv" && name != kPackage) files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  std::string script =
      fmt::format("read_verilog -sv -I. {}; read_verilog -sv -defer -I.", kPackage);
  for (const std::string& file : files) script += " " + file;
  script += fmt::format("; hierarchy -check -top {}", kTop);
  const std::pair<const char*, int> parameters[] = {
      {"Pc", engine.pc},
      {"Pk", engine.pk},
      {"Lanes", engine.lanes},
      {"AccBits", engine.acc_bits},
      {"ActWords", engine.activation_words},
      {"SqueezeWords", engine.squeeze_words},
      {"WeightWords", engine.weight_words},
      {"PoolWords", engine.pool_words},
      {"StoreFifoWords", engine.store_fifo_words},
      {"QueueCommands", engine.queue_commands},
      {"ReadOutstanding", engine.read_outstanding},
  };
  for (const auto& [name, value] : parameters)
    script += fmt::format(" -chparam {} {}", name, value);
  // The engine is a block of a larger design: no pads. Modules stay apart, which keeps the table
  // exact and leaves out what could be shared across their borders.
  script += fmt::format("; synth_xilinx -family xc7 -top {} -noiopad -noclkbuf; stat -json", kTop);
  return script;
}

// Where a run is, from the numbered headings of Yosys' log: "40.12. Executing OPT pass ...". The
// steps before synth_xilinx only read.
class Stages {
 public:
  explicit Stages(bool quiet) : progress_("synthesis", quiet) {}

  void Follow(const std::string& line) {
    const size_t pass = line.find("Executing ");
    char* end = nullptr;
    const long major = std::strtol(line.c_str(), &end, 10);
    if (pass == std::string::npos || major <= 0 || *end != '.') return;
    if (line.find("Executing SYNTH_XILINX") != std::string::npos) synthesis_ = major;
    const long minor = std::strtol(end + 1, &end, 10);
    if (major == synthesis_ && minor > 0) fraction_ = static_cast<double>(minor) / kSteps;
    progress_.Update(fraction_, line.substr(pass, line.find(" pass", pass) - pass));
  }

 private:
  static constexpr double kSteps = 50;  // of synth_xilinx in Yosys 0.23
  Progress progress_;
  long synthesis_ = 0;
  double fraction_ = 0;
};

}  // namespace

int SynthCommand(const SynthOptions& options) {
  const driver::EngineConfig engine =
      driver::LoadEngineConfig(ConfigPath("engines", options.engine));
  const Part part = LoadPart(ConfigPath("parts", engine.part));
  YosysRun run;
  run.folder = RtlFolder();
  run.script = Script(run.folder, engine);
  run.limit = std::chrono::seconds(options.limit_s);
  SynthesisReport report;
  {
    Stages stages(options.quiet);
    report = ReadSynthesisLog(RunYosys(run, [&](const std::string& line) { stages.Follow(line); }),
                              kTop);
  }
  report.engine = engine.name;
  report.engines = engine.engines;
  report.part = part;
  PrintSynthesis(report);
  if (!options.json.empty()) WriteSynthesisJson(report, options.json);
  return report.Objections().empty() ? 0 : 1;
}

}  // namespace fragua::app
