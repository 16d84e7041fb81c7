#pragma once
// Small float networks with seeded weights, as a quantiser gets them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fragua/model/graph.h"
#include "fragua/model/quantiser.h"

namespace fragua::model {

inline constexpr uint32_t kSeed = 77;

inline std::vector<float> Random(size_t count, float low, float high, uint32_t seed = kSeed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> values(count);
  for (float& v : values) v = value(random);
  return values;
}

// Grows a float graph operator by operator.
class FloatGraph {
 public:
  int Tensor(const std::string& name, const std::vector<int>& shape,
             const std::vector<float>& values = {}) {
    model::Tensor tensor;
    tensor.name = name;
    tensor.shape = shape;
    tensor.data.resize(values.size() * sizeof(float));
    if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
    graph.tensors.push_back(std::move(tensor));
    return static_cast<int>(graph.tensors.size()) - 1;
  }
  int Add(OpType type, const std::vector<int>& inputs, const std::vector<int>& shape,
          const Attributes& attributes = {}) {
    const std::string name = "op" + std::to_string(graph.ops.size());
    const int output = Tensor(name, shape);
    graph.ops.push_back({type, name, inputs, {output}, attributes});
    return output;
  }
  Graph graph;
};

// picture 1x4x4x3 -> conv 3x3 (5, ReLU) -> max-pool 2x2/1 -> concat with itself -> mean -> softmax
struct SmallNetwork {
  explicit SmallNetwork(Padding padding = {}) {
    FloatGraph g;
    weights = Random(5 * 9 * 3, -1.0F, 1.0F);
    std::fill_n(weights.begin() + 2 * 27, 27, 0.0F);  // channel 2 is dead
    std::fill_n(weights.begin() + 3 * 27, 27, 1e-20F);
    bias = {0.5F, -1.0F, 3.0F, 1.0F, 0.0F};
    const int x = g.Tensor("x", {1, 4, 4, 3});
    const int w = g.Tensor("w", {5, 3, 3, 3}, weights);
    const int b = g.Tensor("b", {5}, bias);
    Attributes conv;
    conv.activation = Activation::kRelu;
    conv.padding = padding;
    const int side = padding == Padding{} ? 2 : 4;
    y = g.Add(OpType::kConv2d, {x, w, b}, {1, side, side, 5}, conv);
    Attributes pool;
    pool.filter_h = pool.filter_w = 2;
    p = g.Add(OpType::kMaxPool2d, {y}, {1, side - 1, side - 1, 5}, pool);
    Attributes concat;
    concat.axis = 3;
    c = g.Add(OpType::kConcatenation, {p, p}, {1, side - 1, side - 1, 10}, concat);
    Attributes mean;
    mean.axes = {1, 2};
    m = g.Add(OpType::kMean, {c}, {1, 10}, mean);
    s = g.Add(OpType::kSoftmax, {m}, {1, 10});
    g.graph.inputs = {x};
    g.graph.outputs = {s};
    g.graph.name = "small";
    Validate(g.graph);
    graph = g.graph;
  }

  Calibration Calibrate() const {
    Calibration calibration(graph);
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      const model::Tensor& tensor = graph.tensors[i];
      if (tensor.is_constant()) continue;
      // Each in a range of its own, so that a scale tells where it came from.
      const float high = 10.0F + static_cast<float>(i);
      const float low = static_cast<int>(i) == graph.inputs[0] ? -3.0F : 0.0F;
      calibration.Observe(static_cast<int>(i),
                          Random(static_cast<size_t>(tensor.elements()), low, high));
    }
    return calibration;
  }

  Graph graph;
  std::vector<float> weights, bias;
  int y = 0, p = 0, c = 0, m = 0, s = 0;
};

}  // namespace fragua::model
