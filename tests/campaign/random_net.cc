#include "random_net.h"

#include <cstddef>
#include <utility>

#include "edge_values.h"
#include "net_parts.h"
#include "random.h"

namespace fragua::campaign {
namespace {

class Maker : public NetParts {
 public:
  Maker(Kind kind, Random& random, int64_t mac_budget, int64_t chip_bytes)
      : NetParts(random, mac_budget), chip_bytes_(chip_bytes) {
    Build(kind);
  }
  model::Graph Take() { return std::move(net_.graph()); }

 private:
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
      case Kind::kSum:
        x = Chance(20) ? MapOfBytes(Channels(), chip_bytes_ * Pick(4, 12) / 10) : Input(Channels());
        if (Chance(40)) x = Pointwise(x, Channels());
        x = Chance(25) ? SumOfFires(x) : Sum(x);
        if (Chance(50)) x = Sum(x);
        if (Chance(40)) x = Chance(55) ? Pool(x) : net_.Mean(x);
        if (Chance(30) && ShapeOf(x).size() == 4) x = Conv(x);
        break;
      case Kind::kAverage: {
        // A window of more than 15 rows leaves the engine as sums.
        const bool whole = Chance(40);
        x = whole && Chance(60) ? Map(Pick(16, 24), Pick(1, 6), Channels()) : Input(Channels());
        if (Chance(50)) x = whole ? Same(x) : Conv(x);
        x = Average(x, whole);
        if (Chance(30)) x = Average(x, false);
        if (Chance(40)) x = Pointwise(x, Channels());
        break;
      }
    }
    if (x == net_.graph().inputs[0]) x = Pointwise(x, 16);
    net_.Output(x);
  }

  const int64_t chip_bytes_;
};

}  // namespace

Net RandomNet(uint64_t seed, int64_t mac_budget, int64_t chip_bytes) {
  Random random(seed);
  Net net;
  net.kind = static_cast<Kind>(random.Pick(0, static_cast<int>(Kind::kCount) - 1));
  // What these have of their own is much for two kinds among many.
  if (random.Chance(15)) net.kind = random.Chance(50) ? Kind::kSum : Kind::kAverage;
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
