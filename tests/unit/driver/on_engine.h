#pragma once
// Compiles a graph, runs it on the functional engine and compares everything with golden.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "../../support/tensor_assembler.h"
#include "fragua/driver/compiler.h"
#include "fragua/driver/runtime.h"
#include "fragua/golden/executor.h"
#include "fragua/sim/functional_port.h"

namespace fragua::test {

struct EngineRun {
  driver::CompileOptions compile;
  sim::FunctionalOptions engine;
  std::vector<driver::Place> places;  ///< empty = everything the engine can do
};

inline void ExpectSameAsGolden(const model::Graph& graph,
                               const std::vector<std::vector<uint8_t>>& inputs,
                               const EngineRun& run, driver::RunReport* report = nullptr,
                               std::vector<uint8_t>* output = nullptr) {
  model::Validate(graph);
  const golden::Values expected = golden::Run(graph, inputs);
  std::vector<driver::Place> places = run.places;
  if (places.empty()) places = driver::PlaceAllOnFabric(graph, run.compile.engine);
  driver::Plan plan = driver::Compile(graph, places, run.compile);
  test::TensorAssembler assembler(graph, plan);
  sim::FunctionalPort port(run.compile.engine, driver::BoardConfig{}, run.engine);
  port.SetTap([&](const sim::TapWord& word) {
    if (word.stage == sim::TapWord::Stage::kRequantised) {
      assembler.Requantised(word.tag, word.data);
    } else {
      assembler.Written(word.tag, word.data);
    }
  });
  driver::Runtime runtime(graph, plan, port);
  driver::TensorStore store(graph);
  for (size_t i = 0; i < inputs.size(); ++i) store.Set(graph.inputs[i], inputs[i]);
  const driver::RunReport result = runtime.Run(store);
  if (report != nullptr) *report = result;
  if (output != nullptr) {
    const auto bytes = store.Bytes(graph.outputs.at(0));
    output->assign(bytes.begin(), bytes.end());
  }
  int compared = 0;
  for (size_t t = 0; t < graph.tensors.size(); ++t) {
    const auto index = static_cast<int>(t);
    if (graph.tensors[t].is_constant() || !store.Has(index)) continue;
    const auto got = store.Bytes(index);
    ++compared;
    ASSERT_EQ(got.size(), expected[t].size());
    for (size_t i = 0; i < got.size(); ++i) {
      const int channels = graph.tensors[t].shape.back();
      ASSERT_EQ(static_cast<int8_t>(got[i]), static_cast<int8_t>(expected[t][i]))
          << "tensor " << graph.tensors[t].name << " element " << i << " (pixel "
          << static_cast<int>(i) / channels << ", channel " << static_cast<int>(i) % channels
          << ")";
    }
  }
  // What never left the chip, from the words on the output path.
  for (const driver::Program& program : plan.programs) {
    for (const int op : program.ops) {
      const model::OpType type = graph.ops[static_cast<size_t>(op)].type;
      const int tensor = graph.ops[static_cast<size_t>(op)].outputs[0];
      const bool sums = std::any_of(program.tiles.begin(), program.tiles.end(),
                                    [op](const driver::Tile& tile) { return tile.sum_op == op; });
      if (sums || type == model::OpType::kMean || type == model::OpType::kPad ||
          type == model::OpType::kReshape) {
        continue;
      }
      const std::vector<uint8_t> seen = assembler.Tensor(tensor);
      if (seen.empty() && type == model::OpType::kConcatenation) continue;  // of other sources
      ASSERT_EQ(seen, expected[static_cast<size_t>(tensor)])
          << graph.ops[static_cast<size_t>(op)].name << ": " << assembler.Seen(tensor)
          << " bytes seen of " << graph.tensor(tensor).elements();
    }
  }
  for (int tensor : graph.outputs) ASSERT_TRUE(store.Has(tensor));
  ASSERT_GT(compared, static_cast<int>(graph.inputs.size()));
}

}  // namespace fragua::test
