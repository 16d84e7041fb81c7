#pragma once
// The board around the engine: processor, DDR path, cache, DMA window. Every figure's source stands
// in configs/boards/NAME.yaml.

#include <array>
#include <cstdint>
#include <string>

namespace fragua::driver {

/// The kinds of kernel that have a cost of their own on the processor. A unit is: conv,
/// fully_connected: a multiply-accumulate, with the products of one output rounded up to 16;
/// depthwise: the same, with channels rounded up to 8; pools: a value under the window; mean: an
/// input value; add, rescale (RELU, QUANTIZE, DEQUANTIZE) and softmax: an element.
enum class ArmKernel {
  kConv,
  kFullyConnected,  ///< a convolution with one output pixel: every weight is used once
  kDepthwise,
  kMaxPool,
  kAveragePool,
  kMean,
  kAdd,
  kRescale,
  kSoftmax,
};
constexpr int kArmKernels = 9;
/// As the board files spell it: "conv", "fully_connected", ...
const char* Name(ArmKernel kernel);

struct BoardConfig {
  std::string name = "zybo";
  std::string part = "xc7z010";

  struct Processor {
    double clock_mhz = 650;  ///< Cortex-A9
    /// Time of a kernel: (units * instructions_per_unit + outputs * instructions_per_output) *
    /// cycles_per_instruction / clock, on one thread.
    struct Kernel {
      double instructions_per_unit;
      double instructions_per_output;
      double cycles_per_instruction;
    };
    std::array<Kernel, kArmKernels> kernels{{{0.24, 9.5, 2},
                                             {0.39, 10, 3},
                                             {0.9, 5, 2},
                                             {0.3, 0, 2},
                                             {1.1, 10, 2},
                                             {0.63, 53, 2},
                                             {10, 0, 2},
                                             {5, 0, 2},
                                             {50, 0, 2}}};
    const Kernel& kernel(ArmKernel kind) const { return kernels[static_cast<size_t>(kind)]; }
    double copy_bytes_per_ns = 0.4;  ///< layout conversion, read + write
    double clean_ns_per_line = 25;   ///< cache maintenance, per 32-byte line
    double invalidate_ns_per_line = 20;
    double submit_ns = 3000;      ///< building and ringing in one submission, without register time
    double interrupt_ns = 10000;  ///< line high -> waiting thread runs
    int cache_line_bytes = 32;
  } processor;

  struct RegisterPort {  ///< AXI general-purpose port
    double read_ns = 150;
    double write_ns = 100;
    uint32_t base = 0x43C00000;      ///< bus address of the first engine's registers
    uint32_t window_bytes = 0x1000;  ///< engine i has its registers at base + i * window_bytes
  } register_port;

  struct Ddr {  ///< HP port and DDR controller as the engine sees them, in engine clock cycles
    int width_bits = 64;
    int read_latency = 30;   ///< address accepted -> first beat
    int write_latency = 20;  ///< last beat -> response
    int max_reads = 8;       ///< bursts in flight the port accepts
    int max_writes = 8;
    double efficiency =
        0.85;  ///< of one beat per cycle per direction, long run (refresh, bank conflicts)
    double shared_efficiency =
        1.6;        ///< beats per cycle of both directions together (the DDR's own bandwidth)
    int ports = 4;  ///< high-performance ports: engines the board can take
    double total_beats_per_cycle = 3.94;  ///< 64-bit beats of all ports and directions together
    uint32_t window_base = 0x10000000;
    uint32_t window_bytes = 0x04000000;  ///< CMA region for DMA

    /// What engine `index` of `engines` may count on when all move data: its piece of the window
    /// (whole pages), and no more bandwidth than its share of the total.
    /// Throws Error(kInput) when there are more engines than ports.
    Ddr OneOf(int engines, int index) const;
  } ddr;
};

/// Reads and checks configs/boards/NAME.yaml; throws Error(kInput) naming file, line, key, found
/// and expected (unknown keys included).
BoardConfig LoadBoardConfig(const std::string& path);
/// The same from text; `origin` stands for the file name in messages.
BoardConfig ParseBoardConfig(const std::string& text, const std::string& origin);

}  // namespace fragua::driver
