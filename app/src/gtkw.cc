#include "gtkw.h"

#include <fmt/core.h>

#include <bit>

namespace fragua::app {
namespace {

using Format = Wave::Format;

constexpr int kTicks = 10;          ///< time units per cycle in the waveform
constexpr int kWidestSignal = 256;  ///< bits; wider ones are not in the waveform
constexpr const char* kTop = "TOP.fr_engine.";
constexpr const char* kCompute = "TOP.fr_engine.u_compute.";

Wave Compute(const std::string& name, int width = 1, Format format = Format::kBit) {
  return {kCompute + name, width, format};
}

int Log2(int value) { return std::bit_width(static_cast<unsigned>(value)) - 1; }

WaveGroup Reads(const driver::EngineConfig& engine) {
  return {"read requests",
          {Compute("start"), Compute("request_step"), Compute("request_pad"),
           Compute("request_squeeze"), Compute("read_addr", 16, Format::kDecimal),
           Compute("weight_addr", Log2(engine.weight_words), Format::kDecimal)}};
}

WaveGroup Operands(const driver::EngineConfig& engine, int slot) {
  WaveGroup group = {"operands of the array",
                     {Compute("operand_step"), Compute("operand_first"), Compute("operand_last"),
                      Compute("operand_act", 8 * engine.pc, Format::kHex)}};
  const int bits = 8 * engine.pc * engine.pk;
  if (bits <= kWidestSignal) {
    group.waves.push_back(Compute("operand_weight", bits, Format::kHex));
  } else {
    // The 64-bit slice that holds the channel's weights.
    group.waves.push_back(Compute(
        fmt::format("u_operand.u_weight.g_slice[{}].u_ram.read_data_o", slot * engine.pc / 8), 64,
        Format::kHex));
  }
  return group;
}

WaveGroup Sums(const driver::EngineConfig& engine, int slot) {
  return {
      "accumulator",
      {Compute(fmt::format("u_array.g_pair[{}].{}_acc_q", slot / 2, slot % 2 == 0 ? "even" : "odd"),
               engine.acc_bits, Format::kSigned),
       Compute("pixel_valid")}};
}

WaveGroup Requantise(const driver::EngineConfig& engine, int slot) {
  const std::string lane = fmt::format("u_requant.g_lane[{}].u_lane.", slot % engine.lanes);
  return {"requantisation",
          {Compute(lane + "acc_i", engine.acc_bits, Format::kSigned),
           Compute(lane + "bias_i", 27, Format::kSigned),
           Compute(lane + "multiplier_i", 31, Format::kDecimal),
           Compute(lane + "shift_i", 5, Format::kDecimal),
           Compute(lane + "x2_q", engine.acc_bits, Format::kSigned),
           Compute(lane + "t6_q", engine.acc_bits + 1, Format::kSigned),
           Compute(lane + "shifted7_q", engine.acc_bits + 2, Format::kSigned),
           Compute(lane + "r8_q", 10, Format::kSigned), Compute(lane + "q_o", 8, Format::kSigned),
           Compute("word_valid"), Compute("word", 64, Format::kHex)}};
}

WaveGroup Results() {
  return {"results",
          {Compute("tap_requant_valid_o"), Compute("tap_requant_data_o", 64, Format::kHex),
           Compute("tap_requant_tag_o", 32, Format::kDecimal), Compute("tap_written_valid_o"),
           Compute("tap_written_data_o", 64, Format::kHex), Compute("write_act"),
           Compute("write_squeeze"), Compute("write_addr", 16, Format::kDecimal),
           Compute("write_data", 64, Format::kHex), Compute("stream_valid_o"),
           Compute("stream_ready_i"), Compute("stream_data_o", 64, Format::kHex)}};
}

WaveGroup Loads() {
  return {"loads",
          {Compute("load_act_valid_i"), Compute("load_act_ready_o"),
           Compute("load_act_addr_i", 16, Format::kDecimal),
           Compute("load_act_data_i", 64, Format::kHex), Compute("load_weight_valid_i"),
           Compute("load_weight_addr_i", 16, Format::kDecimal),
           Compute("load_weight_slice_i", 8, Format::kDecimal),
           Compute("load_weight_data_i", 64, Format::kHex)}};
}

WaveGroup Stores() {
  const auto pin = [](const char* name, int width, Format format) {
    return Wave{std::string(kTop) + name, width, format};
  };
  return {"memory port, writes",
          {pin("m_axi_awvalid", 1, Format::kBit), pin("m_axi_awready", 1, Format::kBit),
           pin("m_axi_awaddr", 32, Format::kHex), pin("m_axi_wvalid", 1, Format::kBit),
           pin("m_axi_wready", 1, Format::kBit), pin("m_axi_wdata", 64, Format::kHex),
           pin("m_axi_wlast", 1, Format::kBit)}};
}

const char* FlagsOf(Format format) {
  switch (format) {  // GTKWave's bits: right-justified, and the base
    case Format::kHex:
      return "@22";
    case Format::kDecimal:
      return "@24";
    case Format::kSigned:
      return "@420";
    case Format::kBit:
      return "@28";
  }
  return "@22";
}

}  // namespace

std::vector<WaveGroup> WavesFor(Cause cause, const driver::EngineConfig& engine, int slot) {
  const WaveGroup clock = {"clock", {{std::string(kTop) + "clk_i", 1, Format::kBit}}};
  switch (cause) {
    case Cause::kLoad:
      return {clock, Loads()};
    case Cause::kPadding:
    case Cause::kActivationAddress:
    case Cause::kWeightAddress:
    case Cause::kSteps:
      return {clock, Reads(engine), Operands(engine, slot), Sums(engine, slot)};
    case Cause::kActivationData:
    case Cause::kWeightData:
      return {clock, Reads(engine), Operands(engine, slot), Loads(), Results()};
    case Cause::kAccumulation:
      return {clock, Operands(engine, slot), Sums(engine, slot)};
    case Cause::kParameters:
      return {clock, Reads(engine), Operands(engine, slot), Requantise(engine, slot)};
    case Cause::kRequantisation:
      return {clock, Sums(engine, slot), Requantise(engine, slot), Results()};
    case Cause::kPool:
    case Cause::kPlacement:
      return {clock, Results()};
    case Cause::kStore:
      return {clock, Results(), Stores()};
    case Cause::kMissing:
    case Cause::kUnseen:
      break;
  }
  return {clock, Reads(engine), Operands(engine, slot), Results(), Stores()};
}

std::string GtkwText(const std::string& fst, uint64_t first_cycle, uint64_t marked_cycle,
                     const std::vector<WaveGroup>& groups) {
  std::string text = fmt::format(
      "[*] Made by fragua check --localise: engine cycle n is at time {} n.\n"
      "[dumpfile] \"{}\"\n[timestart] {}\n[size] 1600 900\n[pos] -1 -1\n"
      "*-6.000000 {} -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 "
      "-1\n[treeopen] TOP.\n[treeopen] TOP.fr_engine.\n[treeopen] TOP.fr_engine.u_compute.\n",
      kTicks, fst, kTicks * first_cycle, kTicks * marked_cycle);
  for (const WaveGroup& group : groups) {
    text += fmt::format("@200\n-{}\n", group.title);
    for (const Wave& wave : group.waves) {
      const std::string range = wave.width > 1 ? fmt::format("[{}:0]", wave.width - 1) : "";
      text += fmt::format("{}\n{}{}\n", FlagsOf(wave.format), wave.name, range);
    }
  }
  return text;
}

}  // namespace fragua::app
