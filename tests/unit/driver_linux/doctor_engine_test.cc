// Interrupt, memory and data, with one thing wrong at a time.

#include "doctor_fixture.h"
#include "fragua/driver/registers.h"

namespace fragua::test {
namespace {

class DoctorEngineFault : public DoctorFault {};

TEST_P(DoctorEngineFault, IsFoundAndItsFixSaid) { ExpectFound(GetParam()); }

using Options = driver::DoctorOptions;

INSTANTIATE_TEST_SUITE_P(
    Interrupt, DoctorEngineFault,
    testing::Values(Fault{"NeverArrives",
                          [](ZynqBoard& b, Options&) { b.line_connected = false; },
                          "interrupt",
                          Verdict::kFailed,
                          {"nothing arrives within 200 ms", "interrupts = <0 29 4>", "IRQ_F2P[0]"}},
                    Fault{"OtherNumber",
                          [](ZynqBoard& b, Options&) {
                            b.line_connected = false;
                            b.interrupt_line = "62 Level     fragua";
                          },
                          "interrupt",
                          Verdict::kFailed,
                          {"listens on interrupt 62", "interrupts = <0 29 4>"}},
                    Fault{"Edge",
                          [](ZynqBoard& b, Options&) { b.interrupt_line = "61 Edge      fragua"; },
                          "interrupt",
                          Verdict::kFailed,
                          {"'Edge'", "<0 29 4>"}},
                    Fault{"KernelThatHidesTheTrigger",
                          [](ZynqBoard& b, Options&) { b.interrupt_line = "61 fragua"; },
                          "interrupt",
                          Verdict::kOk,
                          {}},
                    Fault{"OtherNumberFromAKernelThatHidesTheTrigger",
                          [](ZynqBoard& b, Options&) { b.interrupt_line = "62 fragua"; },
                          "interrupt",
                          Verdict::kFailed,
                          {"listens on interrupt 62"}},
                    Fault{"OtherLine",
                          [](ZynqBoard& b, Options&) {
                            b.line_connected = false;
                            b.uio_deaf = true;
                            b.interrupt_line = "65 Level     xilinx-vdma";
                          },
                          "interrupt",
                          Verdict::kFailed,
                          {"arrives as interrupt 65 (xilinx-vdma)"}},
                    Fault{"UioDeaf",
                          [](ZynqBoard& b, Options&) {
                            b.line_connected = false;
                            b.uio_deaf = true;
                          },
                          "interrupt",
                          Verdict::kFailed,
                          {"UIO does not pass it on", "of_id=generic-uio"}},
                    Fault{"NobodyRaises",
                          [](ZynqBoard& b, Options&) { b.line_stuck = true; },
                          "interrupt",
                          Verdict::kFailed,
                          {"while the engine raises none", "active low"}},
                    Fault{"NoInterruptInTheTree",
                          [](ZynqBoard& b, Options&) {
                            b.faults["write /dev/uio1"] = std::deque<int>(99, -EIO);
                          },
                          "interrupt",
                          Verdict::kFailed,
                          {"knows no interrupt", "'interrupts'"}},
                    Fault{"DeadEngine",
                          [](ZynqBoard& b, Options&) { b.lose_doorbells = 1000; },
                          "interrupt",
                          Verdict::kFailed,
                          {"does not act on its doorbell", "FCLK0"}},
                    Fault{"WindowIgnored",
                          [](ZynqBoard& b, Options&) {
                            b.register_values[driver::regs::kRegErrorCode] = 1;
                          },
                          "interrupt",
                          Verdict::kFailed,
                          {"ILLEGAL_OPCODE", "rebuild the bitstream"}},
                    Fault{"OldCountIsNoFault",
                          [](ZynqBoard& b, Options&) { b.LeaveOldCount(); },
                          "interrupt",
                          Verdict::kOk,
                          {}}),
    FaultName);

void OnUioMemory(ZynqBoard& board) {
  board.AddMap("uio1", 1, ZynqBoard::kBase, ZynqBoard::kBytes);
  for (const char* name : {"size", "phys_addr", "sync_for_cpu", "sync_for_device"}) {
    board.texts.erase(std::string("/sys/class/u-dma-buf/udmabuf0/") + name);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Memory, DoctorEngineFault,
    testing::Values(
        Fault{"None",
              [](ZynqBoard& b, Options&) {
                OnUioMemory(b);
                b.texts.erase("/sys/class/uio/uio1/maps/map1/addr");
              },
              "memory",
              Verdict::kFailed,
              {"u-dma-buf: none", "second 'reg'"}},
        Fault{"Heap",
              [](ZynqBoard& b, Options& o) {
                b.AddHeap();
                o.port.dma = driver::DmaSource::kHeap;
                o.port.heap_bytes = ZynqBoard::kBytes;
              },
              "memory",
              Verdict::kWarning,
              {"linux,cma", "may not reach the engine"}},
        Fault{"Beyond4GiB",
              [](ZynqBoard& b, Options& o) {
                o.port.dma = driver::DmaSource::kUdmabuf;
                b.texts["/sys/class/u-dma-buf/udmabuf0/phys_addr"] = "0x11E000000\n";
              },
              "memory",
              Verdict::kFailed,
              {"0x11E000000", "4 GiB"}},
        Fault{"Reserved",
              [](ZynqBoard& b, Options&) {
                OnUioMemory(b);
                b.texts["/proc/iomem"] = "00000000-0fffffff : System RAM\n";
              },
              "memory region",
              Verdict::kOk,
              {"left out by the kernel"}},
        Fault{"ReservedAndTheKernels",
              [](ZynqBoard& b, Options&) { OnUioMemory(b); },
              "memory region",
              Verdict::kFailed,
              {"belongs to the kernel too", "no-map"}},
        Fault{"NotRam",
              [](ZynqBoard& b, Options&) {
                b.texts["/proc/iomem"] = "00000000-0fffffff : System RAM\n";
              },
              "memory region",
              Verdict::kFailed,
              {"not System RAM"}},
        Fault{"NotFromCma",
              [](ZynqBoard& b, Options&) { b.texts["/proc/meminfo"] = "CmaTotal: 512 kB\n"; },
              "memory region",
              Verdict::kWarning,
              {"512 KiB", "cma=64M"}},
        Fault{"AddressesHidden",
              [](ZynqBoard& b, Options&) {
                b.texts["/proc/iomem"] = "00000000-00000000 : System RAM\n";
              },
              "memory region",
              Verdict::kNotCheckable,
              {"/proc/iomem", "sudo"}},
        Fault{"Slow",
              [](ZynqBoard& b, Options&) { b.ns_per_cached_byte = b.ns_per_uncached_byte = 1000; },
              "memory rate",
              Verdict::kWarning,
              {"MB/s"}}),
    FaultName);

INSTANTIATE_TEST_SUITE_P(
    Data, DoctorEngineFault,
    testing::Values(
        Fault{"ReadsAt32",
              [](ZynqBoard& b, Options&) { b.unread_bits = 0xFFFFFFFF00000000; },
              "data lines, read",
              Verdict::kFailed,
              {"every second 32-bit word is wrong", "HP port is at 32 bits", "0xF8008000"}},
        Fault{"OneReadLine",
              [](ZynqBoard& b, Options&) { b.unread_bits = 1 << 21; },
              "data lines, read",
              Verdict::kFailed,
              {"wrong: bits 0x0000000000200000", "FCLK0"}},
        Fault{"ReadsNothing",
              [](ZynqBoard& b, Options&) { b.unread_bits = ~uint64_t{0}; },
              "data lines, read",
              Verdict::kFailed,
              {"a SIGNAL ends with error", "memory region"}},
        Fault{"WritesAt32",
              [](ZynqBoard& b, Options&) { b.half_width_writes = true; },
              "data lines, write",
              Verdict::kFailed,
              {"every second 32-bit word is wrong", "HP port is at 32 bits", "0xF8008014"}},
        Fault{"ConvolutionOverAPortOf32",
              [](ZynqBoard& b, Options&) { b.half_width_writes = true; },
              "convolution",
              Verdict::kFailed,
              {"every second 32-bit word is wrong"}},
        Fault{"WriteLines",
              [](ZynqBoard& b, Options&) { b.swallowed_bits = 0x0000400000000000; },
              "data lines, write",
              Verdict::kFailed,
              {"bits 0x0000400000000000", "FCLK0"}},
        Fault{"StaleCacheLines",
              [](ZynqBoard& b, Options&) { b.stale_line = 3; },
              "data lines, write",
              Verdict::kFailed,
              {"whole cache lines of 32 bytes are wrong", "cache maintenance does not reach"}},
        Fault{"TooFast",
              [](ZynqBoard& b, Options&) { b.SetClock(120); },
              "clock",
              Verdict::kFailed,
              {"120.", "assigned-clock-rates = <100000000>"}},
        Fault{"TooSlow",
              [](ZynqBoard& b, Options&) { b.SetClock(50); },
              "clock",
              Verdict::kWarning,
              {"50.0 MHz"}}),
    FaultName);

}  // namespace
}  // namespace fragua::test
