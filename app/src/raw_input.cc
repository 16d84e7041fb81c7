#include <fmt/core.h>

#include <fstream>

#include "fragua/model/error.h"
#include "fragua/model/file.h"
#include "network.h"

namespace fragua::app {

std::vector<std::vector<std::vector<uint8_t>>> ReadRawInputs(const model::Graph& graph,
                                                             const std::string& path) {
  const std::vector<uint8_t> bytes = model::ReadFile(path);
  size_t one = 0;
  std::vector<size_t> sizes;
  for (const int index : graph.inputs) {
    const model::Tensor& tensor = graph.tensor(index);
    sizes.push_back(static_cast<size_t>(tensor.elements()) *
                    static_cast<size_t>(model::SizeOf(tensor.type)));
    one += sizes.back();
  }
  if (bytes.empty() || bytes.size() % one != 0) {
    ThrowInput(fmt::format("{}: found {} bytes; expected a whole number of inputs of {} bytes each",
                           path, bytes.size(), one));
  }
  std::vector<std::vector<std::vector<uint8_t>>> inferences;
  auto at = bytes.begin();
  while (at != bytes.end()) {
    std::vector<std::vector<uint8_t>> inputs;
    for (const size_t size : sizes) {
      inputs.emplace_back(at, at + static_cast<std::ptrdiff_t>(size));
      at += static_cast<std::ptrdiff_t>(size);
    }
    inferences.push_back(std::move(inputs));
  }
  return inferences;
}

std::vector<std::vector<std::vector<uint8_t>>> ReadInputs(const model::Graph& graph,
                                                          const RunOptions& options) {
  if (!options.input.empty()) return ReadRawInputs(graph, options.input);
  if (options.images.empty()) return {{InputFromPicture(graph, options.model, "")}};
  std::vector<std::vector<std::vector<uint8_t>>> inferences;
  for (const std::string& image : options.images) {
    inferences.push_back({InputFromPicture(graph, options.model, image)});
  }
  return inferences;
}

std::vector<std::string> ReadLabels(const std::string& path) {
  std::ifstream file(path);
  if (!file) ThrowInput(path + ": cannot be read; expected a text file with one label per line");
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) labels.push_back(line);
  return labels;
}

}  // namespace fragua::app
