#pragma once
// The layers and joins that random nets are put together from: shapes at random, cost bounded.

#include <cstdint>
#include <string>
#include <vector>

#include "random.h"
#include "unit/driver/net_builder.h"

namespace fragua::campaign {

class NetParts {
 public:
  /// `mac_budget`: about the most multiply-accumulates of a layer.
  NetParts(Random& random, int64_t mac_budget)
      : random_(random), net_(static_cast<uint32_t>(random.Bits())), budget_(mac_budget) {}

 protected:
  int Pick(int low, int high) { return random_.Pick(low, high); }
  bool Chance(int percent) { return random_.Chance(percent); }
  const std::vector<int>& ShapeOf(int tensor) { return net_.graph().tensor(tensor).shape; }
  std::string Name(const char* kind) { return kind + std::to_string(next_++); }
  /// Channel counts of every class, small ones most often.
  int Channels();
  int Extent() { return Chance(12) ? Pick(1, 3) : Pick(3, 22); }
  int Input(int channels) { return Map(Extent(), Extent(), channels); }
  int Map(int rows, int cols, int channels);
  /// Any kernel, stride, padding; outputs as the budget allows.
  test::ConvShape AnyShape(int x);
  /// The padded map holds at least one window.
  void FitKernel(int x, test::ConvShape& shape);
  int Outputs(int x, const test::ConvShape& shape, int wanted);
  int Conv(int x) { return net_.Conv(x, AnyShape(x), Name("conv")); }
  int Pointwise(int x, int outputs);
  int Pool(int x);
  int Depthwise(int x);
  int Fire(int x);
  int Expand(int x);
  int Image();
  int Connected(int x);
  model::Activation Activation();
  /// A convolution, 1x1 or 3x3, or a depthwise one, that keeps the shape.
  int Same(int x);
  /// A residual block, a map of its own added, or one added to itself.
  int Sum(int x);
  /// A fire bypassed by the one before it, or joined channels and others that lie elsewhere.
  int SumOfFires(int x);
  int Add(int a, int b) { return net_.Sum(a, b, Name("sum"), Activation()); }
  /// Any window, now and then padded; `whole`: all of the map.
  int Average(int x, bool whole);
  /// Rows and columns such that a map of so many channels has about `bytes`.
  int MapOfBytes(int channels, int64_t bytes);

  Random& random_;
  test::NetBuilder net_;
  const int64_t budget_;

 private:
  int next_ = 0;
};

}  // namespace fragua::campaign
