// Bins of a COMPUTE command alone.

#include <algorithm>
#include <string>

#include "fragua/driver/registers.h"
#include "observe.h"

namespace fragua::campaign {
namespace {

namespace regs = driver::regs;
namespace c = driver::regs::compute;

class Hits {
 public:
  Hits(const driver::EngineConfig& engine, const regs::Command& command, uint32_t stalled,
       Coverage& coverage)
      : engine_(engine), command_(command), stalled_(stalled), coverage_(coverage) {}

  void All() {
    Window();
    Padding();
    Pool();
    Rings();
    const int64_t blocks = Get(c::kKblocks);
    Hit("command", blocks == 1 ? "1 K-block" : blocks <= 4 ? "2..4 K-blocks" : "more K-blocks");
    const int64_t flags = Get(regs::header::kFlags);
    if ((flags & c::kFlagDrain) != 0) Hit("command", "DRAIN");
    if ((flags & c::kFlagStamp) != 0) Hit("command", "STAMP");
    const int64_t wait = Get(regs::header::kWait);
    if ((wait & regs::kTokenLcw) != 0) Hit("command", "waits for weights");
    if ((wait & regs::kTokenLca) != 0) Hit("command", "waits for activations");
    if (wait == 0) Hit("command", "waits for nothing");
    if ((Get(regs::header::kPost) & regs::kTokenCl) != 0) Hit("command", "gives space back");
    Clamp();
  }

 private:
  int64_t Get(const regs::Field& field) const { return command_.Get(field); }
  void Hit(const char* group, const std::string& bin) { coverage_.Hit(group, bin, stalled_); }
  static std::string Kernel(int64_t taps) { return taps > 7 ? "8..15" : std::to_string(taps); }

  void Window() {
    Hit("kernel rows of a command", Kernel(Get(c::kKernelH)));
    Hit("kernel columns of a command", Kernel(Get(c::kKernelW)));
    Hit("stride rows of a command", std::to_string(Get(c::kStrideH)));
    Hit("stride columns of a command", std::to_string(Get(c::kStrideW)));
  }

  void Padding() {
    const int64_t top = -Get(c::kIy0);
    const int64_t left = -Get(c::kIx0);
    const int64_t below =
        -top + (Get(c::kOutRows) - 1) * Get(c::kStrideH) + Get(c::kKernelH) - Get(c::kInRows);
    const int64_t right =
        -left + (Get(c::kOutCols) - 1) * Get(c::kStrideW) + Get(c::kKernelW) - Get(c::kInCols);
    if (top > 0) Hit("padding", "top");
    if (left > 0) Hit("padding", "left");
    if (below > 0) Hit("padding", "bottom");
    if (right > 0) Hit("padding", "right");
    if (top <= 0 && left <= 0 && below <= 0 && right <= 0) Hit("padding", "none");
    if (top >= Get(c::kKernelH)) Hit("padding", "whole kernel at the top");
    if (left >= Get(c::kKernelW)) Hit("padding", "whole kernel at the left");
  }

  void Pool() {
    const int64_t mode = Get(c::kPoolMode);
    if (mode == 3) Hit("pool", "sum");
    if (mode != 1 && mode != 2) return;
    const std::string size = mode == 1 ? "3x3 " : "2x2 ";
    const bool first = Get(c::kPoolFirst) != 0;
    const bool last = Get(c::kPoolLast) != 0;
    Hit("pool", size + "row phase " + std::to_string(Get(c::kPoolRowPhase)));
    Hit("pool", size + (Get(c::kOutCols) % 2 == 0 ? "even" : "odd") + " columns");
    if (first) Hit("pool", size + "first rows");
    if (last) Hit("pool", size + "last rows cut");
    if (mode == 1 && !first && !last) Hit("pool", size + "between");
    if (mode == 1 && Get(c::kPoolPadLeft) != 0) Hit("pool", size + "padded left");
    const int64_t reach = Get(c::kOutCols) + Get(c::kPoolPadLeft);
    const int64_t windows =
        mode == 1 && Get(c::kPoolPadLeft) == 0 ? Get(c::kOutCols) / 2 : (reach + 1) / 2;
    if (Get(c::kPoolCols) < windows) Hit("pool", "last column left out");
  }

  /// True when the offset of row `rows` behind `start` has gone past the ring's end.
  static bool Wraps(int64_t start, int64_t pitch, int64_t rows, int64_t ring) {
    return start + rows * pitch >= ring;
  }

  void Rings() {
    // The last row that is read and exists.
    const int64_t wanted = (Get(c::kOutRows) - 1) * Get(c::kStrideH) + Get(c::kKernelH) - 1;
    const int64_t rows = std::min(wanted, Get(c::kInRows) - 1 - Get(c::kIy0));
    const int64_t skipped = std::max<int64_t>(0, -Get(c::kIy0));
    const int64_t ring = Get(c::kSrcRing);
    const int64_t start = (Get(c::kSrcRowStart) + skipped * Get(c::kSrcRowPitch)) % ring;
    if (rows >= skipped && Wraps(start, Get(c::kSrcRowPitch), rows - skipped, ring)) {
      Hit("ring", Get(c::kSrcSelect) == 0 ? "source wraps in the activation buffer"
                                          : "source wraps in the squeeze buffer");
    }
    const int64_t destination = Get(c::kDstSelect);
    if (destination != 2 && Get(c::kPoolMode) == 0 &&
        Wraps(Get(c::kDstRowStart), Get(c::kDstRowPitch), Get(c::kOutRows) - 1, Get(c::kDstRing))) {
      Hit("ring", destination == 0 ? "result wraps in the activation buffer"
                                   : "result wraps in the squeeze buffer");
    }
    if (Get(c::kWeightBase) + Get(c::kKblocks) * Get(c::kKblockWords) > engine_.weight_words) {
      Hit("ring", "weights wrap");
    }
  }

  void Clamp() {
    const int64_t low = Get(c::kActMin);
    const int64_t high = Get(c::kActMax);
    if (low == high) {
      Hit("clamp", "one value");
    } else if (high - low < 8) {
      Hit("clamp", "less than 8 steps");
    }
    if (low == -128 && high == 127) Hit("clamp", "none");
    if (low > -128 && high == 127) Hit("clamp", "below");
    if (low > -128 && high < 127) Hit("clamp", "both ends");
  }

  const driver::EngineConfig& engine_;
  const regs::Command& command_;
  const uint32_t stalled_;
  Coverage& coverage_;
};

}  // namespace

void ObserveCompute(const driver::EngineConfig& engine, const regs::Command& command,
                    uint32_t stalled, Coverage& coverage) {
  Hits(engine, command, stalled, coverage).All();
}

}  // namespace fragua::campaign
