#pragma once
// A memory that knows what it was asked for, and a master that asks as fast as it may.

#include <cstdint>
#include <map>
#include <vector>

#include "axi/hp_port.h"

namespace fragua::sim {

/// Word i of memory is i; remembers writes and the bursts it was asked for.
class CountingMemory : public BusMemory {
 public:
  BusStatus Read(uint32_t address, std::span<uint8_t> data) override {
    ++bursts;
    for (size_t i = 0; i < data.size(); i += 8) {
      const uint64_t word = (address + i) / 8;
      for (size_t b = 0; b < 8; ++b) data[i + b] = static_cast<uint8_t>(word >> (8 * b));
    }
    return status;
  }
  BusStatus Write(uint32_t address, std::span<const uint8_t> data) override {
    ++bursts;
    for (size_t i = 0; i < data.size(); i += 8)
      written[(address + static_cast<uint32_t>(i)) / 8] = data[i];
    return status;
  }
  BusStatus status = BusStatus::kOkay;
  int bursts = 0;
  std::map<uint32_t, uint8_t> written;
};

struct Beat {
  uint64_t cycle, data;
  uint8_t id, resp;
  bool last;
};

/// A master that asks for bursts as fast as it may.
struct Master {
  explicit Master(HpPort& port_in) : port(port_in) {}

  void Run(uint64_t cycles) {
    for (uint64_t i = 0; i < cycles; ++i) Cycle();
  }

  void Cycle() {
    AxiOut out;
    out.r_ready = out.b_ready = true;
    if (next_read < reads.size()) out.ar = reads[next_read];
    if (next_write < writes.size()) out.aw = writes[next_write];
    if (data_sent < data_total) {
      out.w = {true, data_sent, 0xFF, data_sent % 16 == 15};
    }
    const AxiIn in = port.Drive();
    if (in.r.valid) beats.push_back({cycle, in.r.data, in.r.id, in.r.resp, in.r.last});
    if (in.b.valid) responses.push_back({cycle, 0, in.b.id, in.b.resp, true});
    if (in.ar_ready && out.ar.valid) {
      ++next_read;
      asked.push_back(cycle);
    }
    if (in.aw_ready && out.aw.valid) {
      ++next_write;
      data_total += 16;
    }
    if (in.w_ready && out.w.valid) {
      ++data_sent;
      last_data = cycle;
    }
    port.Clock(out);
    ++cycle;
  }

  HpPort& port;
  uint64_t cycle = 0;
  std::vector<AxiAddress> reads, writes;
  size_t next_read = 0, next_write = 0;
  uint64_t data_sent = 0, data_total = 0, last_data = 0;
  std::vector<uint64_t> asked;
  std::vector<Beat> beats, responses;
};

inline AxiAddress Burst(uint32_t address, uint8_t id = 0) { return {true, id, address, 15, 3, 1}; }

inline driver::BoardConfig::Ddr Ddr(double efficiency = 1.0) {
  driver::BoardConfig::Ddr ddr;
  ddr.efficiency = efficiency;
  ddr.shared_efficiency = 2.0;
  return ddr;
}

}  // namespace fragua::sim
