#pragma once
// A memory behind the engine's AXI4 master pins that answers late, in bursts of stalls, in any
// legal order, and on request wrongly; while it serves it checks the master against the protocol
// and against the DMA window.
//
// Works on anything that has the pins as members (a Verilated module, or a plain struct to test the
// checks themselves). Per clock cycle: Drive(pins) -> settle -> Sample(pins) -> clock edge.

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/bench.h"

namespace fragua::rtltest {

/// How unhelpful the memory is: percentages of cycles in which a channel stalls, and answer times
/// in cycles.
struct AxiStalls {
  int address = 0;
  int read_data = 0;
  int write_data = 0;
  int response = 0;
  uint32_t latency_min = 1;
  uint32_t latency_max = 1;
};

class AxiMemory {
 public:
  AxiMemory(uint32_t base, size_t words, uint32_t seed)
      : base_(base), words_(words), random_(seed) {}
  AxiMemory(const AxiMemory&) = delete;
  AxiMemory& operator=(const AxiMemory&) = delete;
  /// A complaint that nobody has asked about is a failure of the test.
  ~AxiMemory() {
    if (asked_) return;
    for (const std::string& complaint : complaints_) ADD_FAILURE() << complaint;
  }

  AxiStalls stalls;
  uint32_t window_base = 0;            ///< first byte the master may touch
  uint32_t window_limit = 0xFFFFF000;  ///< first byte beyond
  std::set<uint32_t> bad_reads;        ///< bus addresses (of beats) that answer SLVERR or DECERR
  std::set<uint32_t> bad_writes;       ///< bus addresses (of bursts) that answer SLVERR or DECERR
  bool dead = false;                   ///< answers nothing at all

  uint64_t& Word(uint32_t address) {
    static uint64_t outside = 0;
    const uint32_t index = (address - base_) / 8;
    if (address < base_ || index >= words_.size()) {
      Complain("access outside the memory at " + Hex(address));
      return outside;
    }
    return words_[index];
  }
  const std::vector<std::string>& complaints() const {
    asked_ = true;
    return complaints_;
  }
  uint64_t read_beats() const { return read_beats_; }
  uint64_t write_beats() const { return write_beats_; }
  size_t reads_in_flight() const { return reads_[0].size() + reads_[1].size(); }
  size_t writes_in_flight() const {
    return writes_.size() + responses_.size() + (b_valid_ ? 1 : 0);
  }
  size_t max_reads_in_flight() const { return max_reads_; }

  /// Sets this cycle's inputs of the master.
  template <typename Pins>
  void DriveRead(Pins& pins) {
    pins.m_axi_arready = !dead && !random_.Chance(stalls.address);
    if (!r_valid_ && !dead && !random_.Chance(stalls.read_data)) ChooseReadBeat();
    pins.m_axi_rvalid = r_valid_ && !dead;
    if (r_valid_) {
      const Read& read = reads_[r_id_].front();
      const uint32_t address = read.address + 8 * read.done;
      pins.m_axi_rid = static_cast<uint8_t>(r_id_);
      pins.m_axi_rdata = Word(address);
      pins.m_axi_rresp = bad_reads.count(address) != 0 ? Refusal(address) : 0;
      pins.m_axi_rlast = read.done + 1 == read.beats;
    }
  }
  template <typename Pins>
  void DriveWrite(Pins& pins) {
    pins.m_axi_awready = !dead && !random_.Chance(stalls.address);
    pins.m_axi_wready = !dead && !random_.Chance(stalls.write_data);
    if (!b_valid_ && !responses_.empty() && responses_.front().due <= cycle_ &&
        !random_.Chance(stalls.response)) {
      b_valid_ = true;
      b_resp_ = responses_.front().resp;
      responses_.pop_front();
    }
    pins.m_axi_bvalid = b_valid_ && !dead;
    pins.m_axi_bresp = b_resp_;
  }
  /// Takes what the master gave in this cycle.
  template <typename Pins>
  void SampleRead(Pins& pins) {
    CheckHeld("AR", ar_held_, pins.m_axi_arvalid, pins.m_axi_arready,
              {pins.m_axi_araddr, pins.m_axi_arlen, pins.m_axi_arid});
    if (pins.m_axi_arvalid) {
      CheckBurst("AR", pins.m_axi_araddr, pins.m_axi_arlen);
      // A block below the top has no pins for what never changes.
      if constexpr (requires { pins.m_axi_arsize; }) {
        CheckKind("AR", pins.m_axi_arsize, pins.m_axi_arburst);
      }
    }
    if (pins.m_axi_rvalid && pins.m_axi_rready) {
      ++read_beats_;
      r_valid_ = false;
      Read& read = reads_[r_id_].front();
      if (++read.done == read.beats) reads_[r_id_].pop_front();
    }
    if (pins.m_axi_arvalid && pins.m_axi_arready) {
      reads_[pins.m_axi_arid & 1].push_back(
          {pins.m_axi_araddr, pins.m_axi_arlen + 1u, 0, cycle_ + Latency()});
      max_reads_ = std::max(max_reads_, reads_in_flight());
    }
  }
  template <typename Pins>
  void SampleWrite(Pins& pins) {
    CheckHeld("AW", aw_held_, pins.m_axi_awvalid, pins.m_axi_awready,
              {pins.m_axi_awaddr, pins.m_axi_awlen});
    CheckHeld("W", w_held_, pins.m_axi_wvalid, pins.m_axi_wready,
              {pins.m_axi_wdata, pins.m_axi_wlast});
    if (pins.m_axi_awvalid) {
      CheckBurst("AW", pins.m_axi_awaddr, pins.m_axi_awlen);
      if constexpr (requires { pins.m_axi_awsize; }) {
        CheckKind("AW", pins.m_axi_awsize, pins.m_axi_awburst);
        if (pins.m_axi_awid != 0) Complain("AW: not the one ID that writes carry, 0");
      }
    }
    if constexpr (requires { pins.m_axi_wstrb; }) {
      if (pins.m_axi_wvalid && pins.m_axi_wstrb != 0xFF) Complain("W: not every byte is written");
    }
    if (inside_burst_ && !pins.m_axi_wvalid) Complain("W: a pause inside a burst");
    if (pins.m_axi_bvalid && pins.m_axi_bready) b_valid_ = false;
    if (pins.m_axi_awvalid && pins.m_axi_awready) {
      writes_.push_back({pins.m_axi_awaddr, pins.m_axi_awlen + 1u, 0});
    }
    if (pins.m_axi_wvalid && pins.m_axi_wready) {
      ++write_beats_;
      inside_burst_ = pins.m_axi_wlast == 0;
      data_.push_back({pins.m_axi_wdata, pins.m_axi_wlast != 0});
    }
    FinishWrites();
  }
  template <typename Pins>
  void Drive(Pins& pins) {
    DriveRead(pins);
    DriveWrite(pins);
  }
  template <typename Pins>
  void Sample(Pins& pins) {
    SampleRead(pins);
    SampleWrite(pins);
    EndCycle();
  }
  void EndCycle() { ++cycle_; }

 private:
  struct Read {
    uint32_t address;
    uint32_t beats;
    uint32_t done;
    uint64_t due;
  };
  struct Write {
    uint32_t address;
    uint32_t beats;
    uint32_t done;
  };
  struct Beat {
    uint64_t data;
    bool last;
  };
  struct Response {
    uint64_t due;
    uint8_t resp;
  };
  struct Held {
    bool waiting = false;
    std::vector<uint64_t> payload;
  };

  static std::string Hex(uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", value);
    return text;
  }
  void Complain(const std::string& what) {
    if (complaints_.size() < 20) {
      complaints_.push_back("cycle " + std::to_string(cycle_) + ": " + what);
    }
  }
  // SLVERR or DECERR, in turn from word to word.
  static uint8_t Refusal(uint32_t address) { return static_cast<uint8_t>(2 + (address >> 3) % 2); }
  uint64_t Latency() { return random_.Range(stalls.latency_min, stalls.latency_max); }

  // valid may not be withdrawn, nor the payload changed, before ready.
  void CheckHeld(const char* channel, Held& held, bool valid, bool ready,
                 const std::vector<uint64_t>& payload) {
    if (held.waiting && !valid) Complain(std::string(channel) + "VALID withdrawn before READY");
    if (held.waiting && valid && payload != held.payload) {
      Complain(std::string(channel) + " payload changed before READY");
    }
    held.waiting = valid && !ready;
    held.payload = payload;
  }
  void CheckBurst(const char* channel, uint32_t address, uint32_t length) {
    const uint64_t end = uint64_t{address} + 8 * (uint64_t{length} + 1);
    const std::string where = std::string(channel) + " " + Hex(address) + ": ";
    if (address % 8 != 0) Complain(where + "not a whole word");
    if (length > 15) Complain(where + "more than 16 beats");
    if (address / 4096 != (end - 1) / 4096) Complain(where + "crosses 4 KiB");
    if (address / 128 != (end - 1) / 128) Complain(where + "crosses 128 bytes");
    if (address < window_base || end > window_limit) Complain(where + "leaves the window");
  }
  void CheckKind(const char* channel, uint32_t size, uint32_t burst) {
    if (size != 3) Complain(std::string(channel) + ": beats are not of 8 bytes");
    if (burst != 1) Complain(std::string(channel) + ": not an incrementing burst");
  }
  // Any burst whose time has come may answer next; within an ID in order.
  void ChooseReadBeat() {
    const bool due[2] = {!reads_[0].empty() && reads_[0].front().due <= cycle_,
                         !reads_[1].empty() && reads_[1].front().due <= cycle_};
    if (!due[0] && !due[1]) return;
    r_id_ = due[0] && due[1] ? random_.Range(0, 1) : (due[1] ? 1 : 0);
    r_valid_ = true;
  }
  // Data may be ahead of their address; a beat counts when both are here.
  void FinishWrites() {
    while (!writes_.empty() && !data_.empty()) {
      Write& write = writes_.front();
      const Beat beat = data_.front();
      data_.pop_front();
      Word(write.address + 8 * write.done) = beat.data;
      const bool last = ++write.done == write.beats;
      if (beat.last != last) Complain("WLAST is wrong in burst " + Hex(write.address));
      if (!last) continue;
      const bool bad = bad_writes.count(write.address) != 0;
      responses_.push_back({cycle_ + Latency(), bad ? Refusal(write.address) : uint8_t{0}});
      writes_.pop_front();
    }
  }

  uint32_t base_;
  std::vector<uint64_t> words_;
  Random random_;
  uint64_t cycle_ = 0;
  std::deque<Read> reads_[2];
  uint32_t r_id_ = 0;
  bool r_valid_ = false;
  std::deque<Write> writes_;
  std::deque<Beat> data_;
  std::deque<Response> responses_;
  bool b_valid_ = false;
  uint8_t b_resp_ = 0;
  Held ar_held_, aw_held_, w_held_;
  uint64_t read_beats_ = 0;
  uint64_t write_beats_ = 0;
  size_t max_reads_ = 0;
  bool inside_burst_ = false;  ///< a beat was taken and it was not the last
  mutable bool asked_ = false;
  std::vector<std::string> complaints_;
};

}  // namespace fragua::rtltest
