// The bins. observe.cc decides when they are hit.

#include <string>
#include <utility>

#include "coverage.h"

namespace fragua::campaign {
namespace {

Group MakeGroup(std::string name, bool crossed, std::initializer_list<const char*> bins) {
  Group group{std::move(name), crossed, {}};
  for (const char* bin : bins) group.bins.push_back({bin, ""});
  return group;
}

Group Grid(const std::string& name, int most) {
  Group group{name, false, {}};
  for (int h = 1; h <= most; ++h) {
    for (int w = 1; w <= most; ++w) {
      group.bins.push_back({std::to_string(h) + "x" + std::to_string(w), ""});
    }
  }
  return group;
}

constexpr bool kCrossed = true;

}  // namespace

std::vector<Group> CoveragePlan(const driver::EngineConfig& engine) {
  std::vector<Group> plan = {
      Grid("kernel", 7),
      Grid("stride", 4),
      MakeGroup("kernel rows of a command", kCrossed, {"1", "2", "3", "4", "5", "6", "7", "8..15"}),
      MakeGroup("kernel columns of a command", kCrossed,
                {"1", "2", "3", "4", "5", "6", "7", "8..15"}),
      MakeGroup("stride rows of a command", kCrossed, {"1", "2", "3", "4"}),
      MakeGroup("stride columns of a command", kCrossed, {"1", "2", "3", "4"}),
      MakeGroup("padding", kCrossed,
                {"none", "top", "left", "bottom", "right", "whole kernel at the top",
                 "whole kernel at the left"}),
      MakeGroup("input channels", kCrossed,
                {"1", "2..7", "8", "9..15", "16", "17..63", "64..255", "256..511", "512..1024"}),
      MakeGroup("output channels", kCrossed,
                {"1", "2..7", "8", "9..15", "16", "17..63", "64..255", "256..511", "512..1024"}),
      MakeGroup("input map", kCrossed,
                {"one pixel", "one row", "one column", "odd x odd", "odd x even", "even x odd",
                 "even x even", "at least 20 rows", "at least 20 columns"}),
      MakeGroup("layer", kCrossed,
                {"convolution", "squeeze of a fire", "expand of a fire", "part of a join",
                 "packed image", "depthwise", "fully connected", "convolution with 3x3 pool",
                 "convolution with 2x2 pool", "convolution with mean", "depthwise with pool",
                 "pool alone", "mean alone", "behind a PAD", "average pool",
                 "average as sums alone", "convolution with average as sums"}),
      MakeGroup("average pool", kCrossed,
                {"1x1", "2x2", "3x3", "larger square", "oblong", "windows that overlap",
                 "windows that touch", "windows apart", "of the whole map", "from DDR",
                 "from the chip", "no activation", "RELU", "RELU6"}),
      MakeGroup("addition", kCrossed,
                {"of two maps", "of a map and itself", "of joined maps", "to the activation buffer",
                 "to DDR", "with a pool", "with a mean", "no activation", "RELU", "RELU6",
                 "scales within a factor of 2", "scales further apart", "1 K-block",
                 "more K-blocks", "one of several commands"}),
      MakeGroup("on the processor", false,
                {"average of unequal windows", "addition without exact multipliers",
                 "addition of channels in different places", "addition with PK 8"}),
      MakeGroup("pool", kCrossed,
                {"3x3 row phase 0", "3x3 row phase 1", "3x3 padded left", "3x3 first rows",
                 "3x3 last rows cut", "3x3 between", "3x3 odd columns", "3x3 even columns",
                 "2x2 row phase 0", "2x2 row phase 1", "2x2 first rows", "2x2 last rows cut",
                 "2x2 odd columns", "2x2 even columns", "sum", "last column left out"}),
      MakeGroup("route", kCrossed,
                {"DDR to activation buffer", "DDR to squeeze buffer", "DDR to DDR",
                 "chip to activation buffer", "chip to squeeze buffer", "chip to DDR",
                 "squeeze to activation buffer", "squeeze to DDR"}),
      MakeGroup("ring", kCrossed,
                {"source wraps in the activation buffer", "source wraps in the squeeze buffer",
                 "result wraps in the squeeze buffer", "weights wrap"}),
      MakeGroup("command", kCrossed,
                {"only one of its layer", "one of 2..4", "one of more", "1 K-block",
                 "2..4 K-blocks", "more K-blocks", "DRAIN", "STAMP", "waits for weights",
                 "waits for activations", "waits for nothing", "gives space back",
                 "LOAD waits for space", "LOAD waits for a STORE", "LOAD of several runs",
                 "STORE of several runs", "STORE with a token"}),
      MakeGroup("weights of a channel", kCrossed,
                {"all 0", "all 127", "all -127", "ends of both signs", "any",
                 "worst sum above 3/4 of the accumulator"}),
      MakeGroup("bias", kCrossed, {"0", "small", "above 100000"}),
      MakeGroup("zero point in", kCrossed, {"-128", "127", "0", "other"}),
      MakeGroup("zero point out", kCrossed, {"-128", "127", "0", "other"}),
      MakeGroup("multiplier", kCrossed, {"0", "2^30", "2^31-1", "other"}),
      MakeGroup("shift", kCrossed, {"0", "1..7", "8..15", "16..23", "24..30", "31"}),
      MakeGroup("clamp", kCrossed,
                {"none", "below", "both ends", "less than 8 steps", "one value"}),
      MakeGroup("results", kCrossed,
                {"at the lower clamp", "at the upper clamp", "all the same", "of many values"}),
      MakeGroup("inputs", kCrossed, {"all -128", "all 127", "both ends", "inside"}),
      MakeGroup(
          "memory", false,
          {"as the board's", "latency 1", "latency 200", "half bandwidth",
           "a fifth of the bandwidth", "one burst in flight", "jitter", "reads out of order"}),
      MakeGroup("processor", false,
                {"interrupt", "polls", "reads registers meanwhile", "late doorbell",
                 "command ring wraps"}),
      MakeGroup("position", kCrossed,
                {"first since reset", "2..10", "11..100", "101 or more",
                 "behind another submission", "second inference"}),
      MakeGroup("cycles lost to", false,
                {"waiting for weights", "waiting for activations", "waiting for output",
                 "requantisation", "overhead", "nothing to do"}),
  };
  const auto impossible = [&plan](const char* group, const char* bin, const char* reason) {
    for (Group& g : plan) {
      if (g.name == group) g.bins.push_back({bin, reason});
    }
  };
  impossible("route", "squeeze to squeeze buffer",
             "a stage has one squeeze map; its readers write elsewhere");
  impossible("ring", "result wraps in the activation buffer",
             "a result that stays in the activation buffer is kept whole");
  impossible("average pool", "without an exact multiplier",
             "floor(2^31/n) + 1 divides exactly for every window that the engine takes");
  impossible("addition", "of a map on the chip",
             "the blocks of both inputs come from DDR, one behind the other");
  // A sum takes two accumulators for each of eight channels.
  const bool adds = engine.pk >= 16;
  const char* const reason = adds ? "PK is 16 or more: additions run on the engine"
                                  : "PK is 8: additions run on the processor";
  for (Group& group : plan) {
    for (Bin& bin : group.bins) {
      const bool of_engine = group.name == "addition" ||
                             bin.name == "addition without exact multipliers" ||
                             bin.name == "addition of channels in different places";
      if (adds ? bin.name == "addition with PK 8" : of_engine) bin.impossible = reason;
    }
  }
  return plan;
}

}  // namespace fragua::campaign
