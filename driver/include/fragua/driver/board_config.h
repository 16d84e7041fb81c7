#pragma once
// The board around the engine: processor, DDR path, cache, DMA window. Every figure's source stands
// in configs/boards/NAME.yaml.

#include <cstdint>
#include <string>

namespace fragua::driver {

struct BoardConfig {
  std::string name = "zybo";
  std::string part = "xc7z010";

  struct Processor {
    double clock_mhz = 650;    ///< Cortex-A9
    double mac_per_ns = 0.84;  ///< int8 convolution, one thread, NEON
    double depthwise_mac_per_ns = 0.28;
    double element_ns = 1.5;         ///< per output element of pooling, add, softmax, requantise
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

}  // namespace fragua::driver
