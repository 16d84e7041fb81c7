#include "random_net.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "edge_values.h"
#include "random.h"
#include "unit/driver/net_builder.h"

namespace fragua::campaign {
namespace {

using test::ConvShape;

class Maker {
 public:
  Maker(Kind kind, Random& random, int64_t mac_budget, int64_t chip_bytes)
      : random_(random),
        net_(static_cast<uint32_t>(random.Bits())),
        budget_(mac_budget),
        chip_bytes_(chip_bytes) {
    Build(kind);
  }
  model::Graph Take() { return std::move(net_.graph()); }

 private:
  int Pick(int low, int high) { return random_.Pick(low, high); }
  bool Chance(int percent) { return random_.Chance(percent); }
  const std::vector<int>& ShapeOf(int tensor) { return net_.graph().tensor(tensor).shape; }
  std::string Name(const char* kind) { return kind + std::to_string(next_++); }

  /// Channel counts of every class, small ones most often.
  int Channels() {
    switch (Pick(0, 9)) {
      case 0:
        return Pick(1, 2);
      case 1:
        return Pick(3, 8);
      case 2:
      case 3:
        return Pick(9, 16);
      case 4:
        return random_.OneOf({8, 16, 24, 32, 48, 64});
      case 5:
      case 6:
        return Pick(17, 40);
      case 7:
      case 8:
        return Pick(33, 80);
      default:
        return Pick(65, 140);
    }
  }

  int Extent() { return Chance(12) ? Pick(1, 3) : Pick(3, 22); }

  int Input(int channels) { return Map(Extent(), Extent(), channels); }
  int Map(int rows, int cols, int channels) {
    const int input = net_.Input(rows, cols, channels, Pick(-128, 127));
    return input;
  }

  /// Any kernel, stride, padding; outputs as the budget allows.
  ConvShape AnyShape(int x) {
    ConvShape shape;
    const int kernels = Pick(0, 9);
    shape.kernel_h = kernels < 3 ? 1 : kernels < 5 ? 3 : Pick(1, 7);
    shape.kernel_w = kernels < 3 ? 1 : kernels < 5 ? 3 : Pick(1, 7);
    shape.stride_h = Chance(50) ? 1 : Pick(1, 4);
    shape.stride_w = Chance(50) ? 1 : Pick(1, 4);
    if (Chance(60)) {
      // Half of the kernel at most, as networks have it, or more than the kernel.
      const bool wild = Chance(15);
      const int most_h = wild ? shape.kernel_h + 1 : shape.kernel_h / 2;
      const int most_w = wild ? shape.kernel_w + 1 : shape.kernel_w / 2;
      shape.padding = {Pick(0, most_h), Pick(0, most_w), Pick(0, most_h), Pick(0, most_w)};
    }
    FitKernel(x, shape);
    shape.out = Outputs(x, shape, Channels());
    return shape;
  }

  /// The padded map holds at least one window.
  void FitKernel(int x, ConvShape& shape) {
    model::Padding& pad = shape.padding;
    pad.bottom = std::max(pad.bottom, shape.kernel_h - ShapeOf(x)[1] - pad.top);
    pad.right = std::max(pad.right, shape.kernel_w - ShapeOf(x)[2] - pad.left);
  }

  int Outputs(int x, const ConvShape& shape, int wanted) {
    const std::vector<int>& in = ShapeOf(x);
    const int64_t rows = (in[1] + shape.padding.top + shape.padding.bottom) / shape.stride_h + 1;
    const int64_t cols = (in[2] + shape.padding.left + shape.padding.right) / shape.stride_w + 1;
    const int64_t each = rows * cols * shape.kernel_h * shape.kernel_w * in[3];
    return static_cast<int>(std::clamp<int64_t>(budget_ / each, 1, wanted));
  }

  int Conv(int x) { return net_.Conv(x, AnyShape(x), Name("conv")); }

  int Pointwise(int x, int outputs) {
    ConvShape shape = test::Square(outputs, 1);
    shape.out = Outputs(x, shape, outputs);
    return net_.Conv(x, shape, Name("pointwise"));
  }

  int Pool(int x) {
    const int smallest = std::min(ShapeOf(x)[1], ShapeOf(x)[2]);
    if (smallest < 3) return x;
    const bool three = Chance(65);
    return net_.MaxPool(x, three ? 3 : 2, three ? Pick(0, 1) : 0, Chance(50), Name("pool"));
  }

  int Depthwise(int x) {
    ConvShape shape = AnyShape(x);
    const int multiplier = ShapeOf(x)[3] == 1 ? Pick(1, 20) : 1;
    return net_.Depthwise(x, shape, Name("depthwise"), multiplier);
  }

  int Fire(int x) {
    const int64_t pixels = int64_t{ShapeOf(x)[1]} * ShapeOf(x)[2];
    const int squeeze =
        static_cast<int>(std::clamp<int64_t>(budget_ / (pixels * ShapeOf(x)[3]), 1, Pick(1, 40)));
    const int most = static_cast<int>(std::max<int64_t>(budget_ / (pixels * 9 * squeeze), 1));
    return net_.Fire(x, squeeze, std::min(Channels(), most), std::min(Channels(), most),
                     Name("fire"));
  }

  int Expand(int x) {
    const int a =
        net_.Conv(x, test::Square(Outputs(x, test::Square(1, 1), Channels()), 1), Name("left"));
    const model::Tensor like = net_.graph().tensor(a);
    const int b =
        net_.Conv(x, test::Square(Outputs(x, test::Square(1, 3, 1, 1), Channels()), 3, 1, 1),
                  Name("right"), like.quant.scale[0], like.quant.zero_point[0]);
    return Chance(50) ? net_.Concat({a, b}, Name("join")) : net_.Concat({b, a}, Name("join"));
  }

  int Image() {
    const int x = Map(Pick(3, 30), Pick(3, 30), Pick(1, 4));
    ConvShape shape;
    shape.kernel_h = Pick(1, 7);
    shape.kernel_w = Pick(1, 7);
    shape.stride_h = Pick(1, 4);
    shape.stride_w = Chance(75) ? 2 : Pick(1, 4);
    if (Chance(50)) {
      shape.padding = {Pick(0, 3), Pick(0, 3), Pick(0, 3), Pick(0, 3)};
    }
    FitKernel(x, shape);
    shape.out = Outputs(x, shape, Pick(1, 48));
    return net_.Conv(x, shape, Name("image"));
  }

  int Connected(int x) {
    if (ShapeOf(x).size() == 4) x = net_.Flatten(x, Name("flatten"));
    const int depth = ShapeOf(x).back();
    const auto outputs = static_cast<int>(std::clamp<int64_t>(budget_ / depth, 1, Pick(1, 150)));
    return net_.FullyConnected(x, outputs, Chance(50), Name("connected"));
  }

  /// Rows and columns such that a map of so many channels has about `bytes`.
  int MapOfBytes(int channels, int64_t bytes) {
    const auto side =
        static_cast<int>(std::sqrt(static_cast<double>(bytes) / std::max(channels, 16)));
    return Map(std::max(1, side + Pick(-2, 2)), std::max(1, side + Pick(-2, 2)), channels);
  }

  void Build(Kind kind) {
    int x = -1;
    switch (kind) {
      case Kind::kChain:
      case Kind::kCount:
        x = Input(Channels());
        for (int i = Pick(1, 4); i > 0; --i) x = Conv(x);
        break;
      case Kind::kFire:
        x = Fire(Input(Channels()));
        if (Chance(40)) x = Pool(x);
        if (Chance(50)) x = Fire(x);
        break;
      case Kind::kConvPool:
        x = Pool(Conv(Map(Pick(5, 26), Pick(5, 26), Channels())));
        if (Chance(40)) x = Pool(Conv(x));
        break;
      case Kind::kConvMean:
        x = net_.Mean(Conv(Input(Channels())));
        if (Chance(30)) x = Connected(x);
        break;
      case Kind::kExpand:
        x = Expand(Input(Channels()));
        if (Chance(40)) x = Pool(x);
        if (Chance(40)) x = Conv(x);
        break;
      case Kind::kImage:
        x = Image();
        if (Chance(40)) x = Pool(x);
        if (Chance(40)) x = Conv(x);
        break;
      case Kind::kDepthwise:
        x = Input(Chance(15) ? 1 : Channels());
        if (Chance(40)) x = Conv(x);
        x = Depthwise(x);
        if (Chance(30)) x = Pool(x);
        if (Chance(60)) x = Pointwise(x, Channels());
        if (Chance(30)) x = Depthwise(x);
        break;
      case Kind::kConnected:
        x = Connected(Map(Pick(1, 15), Pick(1, 15), Channels()));
        if (Chance(50)) x = Connected(x);
        break;
      case Kind::kPoolAlone:
        x = Input(Channels());
        if (Chance(70)) x = Pool(x);
        if (Chance(40)) x = Pool(x);
        if (Chance(50) || x == net_.graph().inputs[0]) x = net_.Mean(x);
        break;
      case Kind::kPad:
        x = net_.Pad(Input(Channels()), {Pick(0, 3), Pick(0, 3), Pick(0, 3), Pick(1, 3)},
                     Name("pad"));
        x = Chance(30) ? Depthwise(x) : Conv(x);
        break;
      case Kind::kWide:
        x = Map(
            Pick(1, 4), Pick(1, 4),
            random_.OneOf({Pick(1, 140), Pick(141, 300), Pick(301, 512), Pick(513, 1024), 1024}));
        if (Chance(50)) x = Pointwise(x, Pick(1, 300));
        x = Pointwise(x, random_.OneOf({Pick(1, 255), Pick(256, 511), Pick(512, 1024), 1024}));
        break;
      case Kind::kStrips:
        x = MapOfBytes(Pick(16, 100), chip_bytes_ * Pick(6, 20) / 10);
        x = Chance(40) ? Fire(x) : Chance(60) ? Conv(x) : Pool(x);
        if (Chance(40)) x = Pool(x);
        break;
      case Kind::kOnChip:
        x = MapOfBytes(Channels(), chip_bytes_ / Pick(3, 12));
        for (int i = Pick(2, 4); i > 0; --i) {
          x = Chance(20) ? Fire(x) : Chance(30) ? Pool(x) : Chance(50) ? Conv(x) : Pointwise(x, 48);
        }
        break;
    }
    if (x == net_.graph().inputs[0]) x = Pointwise(x, 16);
    net_.Output(x);
  }

  Random& random_;
  test::NetBuilder net_;
  const int64_t budget_;
  const int64_t chip_bytes_;
  int next_ = 0;
};

}  // namespace

Net RandomNet(uint64_t seed, int64_t mac_budget, int64_t chip_bytes) {
  Random random(seed);
  Net net;
  net.kind = static_cast<Kind>(random.Pick(0, static_cast<int>(Kind::kCount) - 1));
  // Most layers are small, a few take their time.
  const int64_t budget = random.Chance(15) ? mac_budget * 4 : mac_budget;
  net.graph = Maker(net.kind, random, budget, chip_bytes).Take();
  SetEdgeValues(net.graph, random);
  return net;
}

std::vector<std::vector<uint8_t>> RandomInputs(const model::Graph& graph, uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<uint8_t>> inputs;
  for (const int index : graph.inputs) {
    std::vector<uint8_t> bytes(static_cast<size_t>(graph.tensor(index).elements()));
    const int profile = random.Pick(0, 9);
    for (size_t i = 0; i < bytes.size(); ++i) {
      switch (profile) {
        case 0:
          bytes[i] = 0x80;
          break;
        case 1:
          bytes[i] = 0x7F;
          break;
        case 2:
          bytes[i] = i % 2 == 0 ? 0x80 : 0x7F;
          break;
        default:
          bytes[i] = static_cast<uint8_t>(random.Pick(0, 255));
      }
    }
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

}  // namespace fragua::campaign
