// Device, identity and processor system, with one thing wrong at a time.

#include "doctor_fixture.h"
#include "fragua/driver/registers.h"

namespace fragua::test {
namespace {

class DoctorBoardFault : public DoctorFault {};

TEST_P(DoctorBoardFault, IsFoundAndItsFixSaid) { ExpectFound(GetParam()); }

using Options = driver::DoctorOptions;

INSTANTIATE_TEST_SUITE_P(
    Device, DoctorBoardFault,
    testing::Values(
        Fault{"NoUio",
              [](ZynqBoard&, Options& o) { o.port.device = "other"; },
              "device",
              Verdict::kFailed,
              {"no UIO device 'other'", "uio_pdrv_genirq.of_id=generic-uio"}},
        Fault{"OtherAddress",
              [](ZynqBoard& b, Options&) { b.AddUio("uio1", "fragua", 0x43C10000, 0x1000); },
              "device",
              Verdict::kFailed,
              {"0x43C10000", "reg = <0x43c00000 0x1000>"}},
        Fault{"NoPermission",
              [](ZynqBoard& b, Options&) { b.faults["open /dev/uio1"] = {-EACCES}; },
              "engine",
              Verdict::kFailed,
              {"/dev/uio1", "60-fragua.rules"}},
        Fault{"Busy",
              [](ZynqBoard& b, Options&) { b.holder = "4711"; },
              "engine",
              Verdict::kFailed,
              {"process 4711", "wait for it"}},
        Fault{"SmallMap",
              [](ZynqBoard& b, Options&) { b.AddMap("uio1", 0, 0x43C00000, 0x800); },
              "engine",
              Verdict::kFailed,
              {"2048 bytes", "'reg'"}},
        Fault{"SomethingElse",
              [](ZynqBoard& b, Options&) { b.register_values[driver::regs::kRegId] = 0xDEADBEEF; },
              "engine",
              Verdict::kFailed,
              {"0xDEADBEEF", "load the bitstream"}},
        Fault{
            "OtherVersion",
            [](ZynqBoard& b, Options&) { b.register_values[driver::regs::kRegVersion] = 0x20000; },
            "engine",
            Verdict::kFailed,
            {"version 2.0", "same major version"}},
        Fault{"OtherAbi",
              [](ZynqBoard& b, Options&) { b.register_values[driver::regs::kRegAbiHash] = 1; },
              "engine",
              Verdict::kFailed,
              {"hash 0x00000001", "registers.yaml"}},
        Fault{"OtherArray",
              [](ZynqBoard&, Options& o) { o.port.engine.pk = 32; },
              "engine",
              Verdict::kFailed,
              {"array.pk = 16", "--engine"}},
        Fault{"LeftAtWork",
              [](ZynqBoard& b, Options&) { b.engine().Write32(driver::regs::kRegTail, 5); },
              "state",
              Verdict::kOk,
              {"it has been reset"}},
        Fault{"ResetThatNeverEnds",
              [](ZynqBoard& b, Options&) {
                b.register_values[driver::regs::kRegStatus] = driver::regs::kStatusBusy.mask();
              },
              "state",
              Verdict::kFailed,
              {"within 10 ms", "reset the programmable logic"}}),
    FaultName);

INSTANTIATE_TEST_SUITE_P(
    ProcessorSystem, DoctorBoardFault,
    testing::Values(
        Fault{"NotProgrammed",
              [](ZynqBoard& b, Options&) {
                b.texts["/sys/class/fpga_manager/fpga0/state"] = "unknown\n";
                b.physical[0xF800700C] = 0;
              },
              "programmed",
              Verdict::kFailed,
              {"'unknown'", "PCFG_DONE is clear", "fragua-load.sh"}},
        Fault{"ProgrammedByUBoot",
              [](ZynqBoard& b, Options&) { b.texts.erase("/sys/class/fpga_manager/fpga0/state"); },
              "programmed",
              Verdict::kOk,
              {"no fpga_manager", "PCFG_DONE is set"}},
        Fault{"DevcfgWithoutClock",
              [](ZynqBoard& b, Options&) {
                b.texts.erase("/sys/class/fpga_manager/fpga0/state");
                b.physical.erase(0xF800700C);  // an access would stop the processor
                b.physical[0xF8000168] = 0x500;
              },
              "programmed",
              Verdict::kNotCheckable,
              {"PCAP_CLK_CTRL", "CONFIG_FPGA_MGR"}},
        Fault{"LevelShiftersOff",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000900] = 0xA; },
              "level shifters",
              Verdict::kFailed,
              {"0x0000000A", "devmem 0xF8000008 32 0xDF0D; devmem 0xF8000900 32 0x0000000F"}},
        Fault{"InReset",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000240] = 0xF; },
              "fabric reset",
              Verdict::kFailed,
              {"0x0000000F", "devmem 0xF8000240 32 0x0000000E"}},
        Fault{"ClockStopped",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000178] = 1; },
              "FCLK0 running",
              Verdict::kFailed,
              {"devmem 0xF8000178 32 0x00000000", "clk_ignore_unused"}},
        Fault{"ClockFast",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000170] = 0x00100500; },
              "FCLK0 rate",
              Verdict::kFailed,
              {"200.00 MHz", "devmem 0xF8000170 32 0x00100A00",
               "assigned-clock-rates = <100000000>"}},
        Fault{"ClockSlow",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000170] = 0x00200A00; },
              "FCLK0 rate",
              Verdict::kWarning,
              {"50.00 MHz", "devmem 0xF8000170 32 0x00100A00"}},
        Fault{"ClockFromArmPll",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000170] = 0x00100D20; },
              "FCLK0 rate",
              Verdict::kOk,
              {"PLL 1300 MHz"}},
        Fault{"ClockFromDdrPllThatHasNoDivider",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000170] = 0x00100530; },
              "FCLK0 rate",
              Verdict::kFailed,
              {"210.00 MHz", "PLL 1050 MHz", "fragua.xsa"}},
        Fault{"PllBypassed",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000108] = 0x00014010; },
              "FCLK0 rate",
              Verdict::kWarning,
              {"5.00 MHz", "PLL 50 MHz"}},
        Fault{"PllOff",
              [](ZynqBoard& b, Options&) { b.physical[0xF8000108] = 0x00014002; },
              "FCLK0 rate",
              Verdict::kWarning,
              {"0.00 MHz"}},
        Fault{"RateFromTheKernel",
              [](ZynqBoard& b, Options&) {
                b.faults["open /dev/mem"] = std::deque<int>(99, -EACCES);
                b.texts["/sys/kernel/debug/clk/fclk0/clk_rate"] = "125000000\n";
              },
              "FCLK0 rate",
              Verdict::kFailed,
              {"125.00 MHz", "the kernel's clk_rate"}},
        Fault{"NoOscillatorInTheTree",
              [](ZynqBoard& b, Options&) { b.texts.erase(b.kPsClock); },
              "FCLK0 rate",
              Verdict::kNotCheckable,
              {"ps-clk-frequency", "mount -t debugfs"}},
        Fault{"HpReadsAt32",
              [](ZynqBoard& b, Options&) { b.physical[0xF8008000] = 1; },
              "HP0 width",
              Verdict::kFailed,
              {"reads 32 bits", "devmem 0xF8008000 32 0x00000000", "fragua.xsa"}},
        Fault{"HpWritesAt32",
              [](ZynqBoard& b, Options&) { b.physical[0xF8008014] = 0xF01; },
              "HP0 width",
              Verdict::kFailed,
              {"writes 32 bits", "devmem 0xF8008014 32 0x00000F00"}},
        Fault{"NotRoot",
              [](ZynqBoard& b, Options&) {
                b.faults["open /dev/mem"] = std::deque<int>(99, -EACCES);
              },
              "HP0 width",
              Verdict::kNotCheckable,
              {"/dev/mem", "Permission denied", "sudo"}},
        Fault{
            "MemStrict",
            [](ZynqBoard& b, Options&) { b.faults["map /dev/mem"] = std::deque<int>(99, -EPERM); },
            "level shifters",
            Verdict::kNotCheckable,
            {"iomem=relaxed"}},
        Fault{"NoDevMem",
              [](ZynqBoard& b, Options&) { b.texts.erase("/dev/mem"); },
              "fabric reset",
              Verdict::kNotCheckable,
              {"CONFIG_DEVMEM"}},
        Fault{"OtherMachine",
              [](ZynqBoard& b, Options&) {
                b.texts["/proc/device-tree/compatible"] = "raspberrypi,4-model-b";
              },
              "HP0 width",
              Verdict::kNotCheckable,
              {"no Zynq-7000"}}),
    FaultName);

}  // namespace
}  // namespace fragua::test
