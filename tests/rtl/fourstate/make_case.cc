// Writes the script of one inference of a small network for fr_fourstate_bench.sv: what the driver
// does to the engine's registers and memory, and what it must find there. The driver runs on the
// functional engine, and its outputs are held against golden first.
//
// usage: make_case ENGINE.yaml SCRIPT.hex
//   image, convolution, its sum with a convolution of it (on the engine with PK 16 and more), two fire modules with a
//   pool in between, mean

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../../unit/driver/net_builder.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/sim/functional_port.h"
#include "recording_port.h"

namespace fragua {
namespace {

void MakeCase(const std::string& engine, const std::string& path) {
  test::NetBuilder net(11);
  int x = net.Input(9, 8, 3, -5);
  x = net.Conv(x, test::Square(24, 3, 2, 1), "first");
  x = net.Sum(x, net.Conv(x, test::Square(24, 1), "branch"), "sum");
  x = net.Fire(x, 16, 20, 16, "fire1");
  x = net.MaxPool(x, 3, 0, true, "pool");
  x = net.Fire(x, 9, 8, 12, "fire2");
  x = net.Mean(x);
  net.Output(x);
  const model::Graph& graph = net.graph();
  model::Validate(graph);

  driver::CompileOptions options;
  options.engine = driver::LoadEngineConfig(engine);
  const auto inputs = net.RandomInputs();
  const std::vector<driver::Place> places = driver::PlaceAllOnFabric(graph, options.engine);
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    const bool may_be_elsewhere = graph.ops[i].type == model::OpType::kAdd && options.engine.pk < 16;
    if (places[i] != driver::Place::kFabric && !may_be_elsewhere) {
      throw std::runtime_error(graph.ops[i].name + " is not on the engine, so nothing is shown of it");
    }
  }
  driver::Plan plan = driver::Compile(graph, places, options);
  sim::FunctionalPort engine_port(options.engine, driver::BoardConfig{});
  test::RecordingPort port(engine_port);
  driver::TensorStore store(graph);
  for (size_t i = 0; i < inputs.size(); ++i) store.Set(graph.inputs[i], inputs[i]);
  driver::Runtime runtime(graph, std::move(plan), port);
  runtime.Run(store);
  // Every register, after the run and after a soft reset.
  const auto read_all = [&port] {
    for (uint32_t at = 0; at <= driver::regs::kRegCountWriteBeats; at += 4) port.Read32(at);
  };
  read_all();
  runtime.Reset();
  read_all();

  const golden::Values expected = golden::Run(graph, inputs);
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    const auto tensor = static_cast<int>(t);
    if (graph.tensors[t].is_constant() || !store.Has(tensor)) continue;
    const auto bytes = store.Bytes(tensor);
    if (!std::equal(bytes.begin(), bytes.end(), expected[t].begin(), expected[t].end())) {
      throw std::runtime_error(graph.tensors[t].name + " differs from golden");
    }
  }

  std::ofstream file(path + ".new");
  for (const std::string& line : port.lines()) file << line << '\n';
  file << "00" << std::string(24, '0') << '\n';  // the end
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path + ".new");
  std::filesystem::rename(path + ".new", path);
}

}  // namespace
}  // namespace fragua

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: make_case ENGINE.yaml SCRIPT.hex\n";
    return 2;
  }
  try {
    fragua::MakeCase(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "make_case: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
