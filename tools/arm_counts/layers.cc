// Runs a network's operators on the processor one by one, with a call of fragua_mark() before the
// first and behind each, for the counting plug-in beside this file; then prints one line per
// operator, separated by tabs: name, type, kernel, multiply-accumulates, units, outputs.
//   arm_layers NETWORK.yaml SIZE | MODEL.tflite

#include <cstdio>
#include <exception>
#include <string>

#include "fragua/driver/arm_kernels.h"
#include "fragua/driver/cost_model.h"
#include "fragua/model/networks.h"
#include "fragua/model/tflite_reader.h"

extern "C" [[gnu::noinline]] void fragua_mark() { asm volatile("" ::: "memory"); }

namespace {

using fragua::driver::TensorStore;

int Main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: arm_layers NETWORK.yaml SIZE | MODEL.tflite\n");
    return 2;
  }
  const fragua::model::Graph graph =
      argc == 3 ? fragua::model::BuildNetwork(argv[1], std::stoi(argv[2]), 1000, 1)
                : fragua::model::ReadTflite(argv[1]);
  TensorStore store(graph);
  for (const int input : graph.inputs) {
    auto bytes = store.Create(input);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 + i / 256);
  }
  const fragua::driver::ArmExecutor executor(graph);
  const int count = static_cast<int>(graph.ops.size());
  // Once before: what is counted finds its memory allocated.
  for (int op = 0; op < count; ++op) executor.RunOp(op, store);
  fragua_mark();
  for (int op = 0; op < count; ++op) {
    executor.RunOp(op, store);
    fragua_mark();
  }
  for (const fragua::model::Op& op : graph.ops) {
    const fragua::driver::ArmWork work = fragua::driver::WorkOf(graph, op);
    std::printf("%s\t%s\t%s\t%lld\t%lld\t%lld\n", op.name.c_str(), fragua::model::Name(op.type),
                work.units > 0 ? fragua::driver::Name(work.kernel) : "moves",
                static_cast<long long>(fragua::model::MacCount(graph, op)),
                static_cast<long long>(work.units), static_cast<long long>(work.outputs));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "arm_layers: %s\n", error.what());
    return 2;
  }
}
