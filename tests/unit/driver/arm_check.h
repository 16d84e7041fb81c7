#pragma once
// One comparison for all tests of the ARM side's operators: byte for byte with the golden reference
// loops, on one thread and on two.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fragua/driver/arm_kernels.h"
#include "fragua/golden/executor.h"
#include "op_graphs.h"

namespace fragua::test {

inline void ExpectSameAsGolden(const model::Graph& graph,
                               const std::vector<std::vector<uint8_t>>& inputs) {
  ASSERT_NO_THROW(model::Validate(graph));
  golden::RunOptions options;
  options.reference_only = true;
  const golden::Values expected = golden::Run(graph, inputs, options);
  for (const int threads : {1, 2}) {
    SCOPED_TRACE(std::to_string(threads) + " threads, kernels " + driver::BestKernels().name);
    driver::TensorStore store(graph);
    for (size_t i = 0; i < inputs.size(); ++i) store.Set(graph.inputs[i], inputs[i]);
    driver::ArmExecutor(graph, driver::BestKernels(), threads).Run(store);
    for (const model::Op& op : graph.ops) {
      const int out = op.outputs[0];
      const auto got = store.Bytes(out);
      const auto& want = expected[static_cast<size_t>(out)];
      ASSERT_EQ(got.size(), want.size());
      const auto [a, b] = std::mismatch(want.begin(), want.end(), got.begin());
      ASSERT_TRUE(a == want.end())
          << op.name << ": byte " << (a - want.begin()) << " expected "
          << int{static_cast<int8_t>(*a)} << ", got " << int{static_cast<int8_t>(*b)};
    }
  }
}

inline void ExpectSameAsGolden(OpGraph& g) { ExpectSameAsGolden(g.graph(), g.RandomInputs()); }

inline model::Activation AnyActivation(OpGraph& g) {
  constexpr model::Activation kAll[] = {model::Activation::kNone, model::Activation::kRelu,
                                        model::Activation::kRelu6};
  return kAll[g.Uniform(0, 2)];
}

}  // namespace fragua::test
