#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <numeric>

#include "commands.h"
#include "configs.h"
#include "execution.h"
#include "fragua/driver/engine_config.h"
#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "interrupt.h"
#include "ledger.h"
#include "network.h"
#include "progress.h"
#include "report.h"

namespace fragua::app {
namespace {

std::vector<double> Scores(const model::Tensor& tensor, const std::vector<uint8_t>& bytes) {
  std::vector<double> scores(static_cast<size_t>(tensor.elements()));
  for (size_t i = 0; i < scores.size(); ++i) {
    if (tensor.type == model::DataType::kFloat32) {
      float value = 0;
      std::memcpy(&value, bytes.data() + 4 * i, 4);
      scores[i] = static_cast<double>(value);
    } else {
      const double scale = tensor.quant.empty() ? 1.0 : static_cast<double>(tensor.quant.scale[0]);
      const int zero = tensor.quant.empty() ? 0 : tensor.quant.zero_point[0];
      scores[i] = scale * (static_cast<int8_t>(bytes[i]) - zero);
    }
  }
  return scores;
}

// Equal scores keep the order of the classes, as an argmax would.
std::vector<ClassScore> TopFive(const model::Graph& graph, const Inference& outputs,
                                const std::vector<std::string>& labels) {
  const model::Tensor& tensor = graph.tensor(graph.outputs[0]);
  if (tensor.type != model::DataType::kFloat32 && tensor.type != model::DataType::kInt8) return {};
  const std::vector<double> scores = Scores(tensor, outputs[0]);
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return scores[static_cast<size_t>(a)] > scores[static_cast<size_t>(b)];
  });
  std::vector<ClassScore> top;
  for (size_t i = 0; i < std::min<size_t>(5, order.size()); ++i) {
    const auto index = static_cast<size_t>(order[i]);
    const std::string label =
        index < labels.size() ? labels[index] : fmt::format("class {}", index);
    top.push_back({order[i], label, scores[index]});
  }
  return top;
}

std::string FolderOf(const std::string& path) {
  return path.empty() ? "" : std::filesystem::absolute(path).parent_path().string();
}

Execution Execute(const model::Graph& graph, const std::vector<Inference>& inputs,
                  const RunOptions& options) {
  if (options.backend == "golden") return ExecuteGolden(graph, inputs, options);
  if (options.backend == "arm") return ExecuteArm(graph, inputs, options);
  return ExecuteOnDevice(graph, inputs, options);
}

Network Load(const RunOptions& options) {
  Network network = LoadNetwork(options.model);
  // The golden model also runs float networks as they are: that is what quantisation is measured
  // against.
  if (!IsFloat(network.graph) || options.backend == "golden") return network;
  Progress progress("quantising", options.quiet);
  return QuantizeNetwork(std::move(network), options.model,
                         FolderOf(options.images.empty() ? "" : options.images.front()),
                         [&](int done, int count, const std::string& what) {
                           ThrowIfInterrupted();
                           progress.Update(static_cast<double>(done) / std::max(count, 1), what);
                         });
}

// A picture for every engine unless the user says how many.
size_t Pictures(const RunOptions& options) {
  if (options.batch > 0) return static_cast<size_t>(options.batch);
  const bool several = options.backend == "rtl" || options.backend == "functional";
  if (!several || !options.record.empty()) return 1;
  return static_cast<size_t>(
      driver::LoadEngineConfig(ConfigPath("engines", options.engine)).engines);
}

}  // namespace

int RunCommand(const RunOptions& options) {
  CheckOptions(options);
  const Network network = Load(options);
  const model::Graph& graph = network.graph;
  std::vector<Inference> inputs = ReadInputs(graph, options);
  const size_t given = inputs.size();
  const size_t wanted = std::max(given, Pictures(options));
  while (inputs.size() < wanted) inputs.push_back(inputs[inputs.size() - given]);
  std::vector<std::string> labels;
  const std::string label_file =
      options.labels.empty() && !graph.synthetic_weights ? network.labels : options.labels;
  if (!label_file.empty()) labels = ReadLabels(label_file);

  Execution execution = Execute(graph, inputs, options);
  RunReport& report = execution.report;
  report.top5 = TopFive(graph, execution.outputs.back(), labels);
  report.notes.insert(report.notes.begin(), network.notes.begin(), network.notes.end());
  if (inputs.size() > 1) {
    report.notes.push_back(fmt::format("{} inferences{}; the table shows the last", inputs.size(),
                                       wanted > given ? ", repeating what was given" : ""));
  }
  PrintReport(report);
  const bool good = report.AllMatch();
  if (!options.json.empty()) WriteJson(report, options.json);
  if (!options.ledger.empty() && good) {
    const std::string text = LedgerMarkdown(report);
    model::WriteFileAtomically(options.ledger,
                               {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  if (!options.output.empty() && good) {
    std::vector<uint8_t> bytes;
    for (size_t n = 0; n < given; ++n) {
      for (const auto& output : execution.outputs[n])
        bytes.insert(bytes.end(), output.begin(), output.end());
    }
    model::WriteFileAtomically(options.output, bytes);
  }
  if (!good) {
    fmt::print(stderr, "fragua: {} layer(s) differ from the golden model; no output was written\n",
               std::count_if(report.layers.begin(), report.layers.end(),
                             [](const LayerReport& layer) { return !layer.match.value_or(true); }));
  }
  return good ? 0 : 1;
}

}  // namespace fragua::app
