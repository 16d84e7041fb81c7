"""The Vivado scripts, dry: complete, and what they do fits the RTL, the engine's configuration and the kit.

Vivado itself has not run; names of its own (pins, properties) are held against the tables below, from its documentation.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
sys.path[:0] = [str(HERE), str(ROOT / "tools")]

import bit_to_bin  # noqa: E402
import board_kit  # noqa: E402
import dry_run  # noqa: E402
import engine_params  # noqa: E402

ZYBO = ROOT / "rtl" / "zybo"
# PG082 (processing_system7), PG059 (axi_interconnect), PG164 (proc_sys_reset).
PINS = {
    "ps7": {"FCLK_CLK0", "FCLK_RESET0_N", "IRQ_F2P", "M_AXI_GP0_ACLK", "S_AXI_HP0_ACLK"},
    "reset": {"slowest_sync_clk", "ext_reset_in", "interconnect_aresetn", "peripheral_aresetn"},
    "control": {"ACLK", "ARESETN", "S00_ACLK", "S00_ARESETN", "M00_ACLK", "M00_ARESETN"},
}
PINS["memory"] = PINS["control"]
CLOCKS = {"ps7/M_AXI_GP0_ACLK", "ps7/S_AXI_HP0_ACLK", "engine/aclk", "reset/slowest_sync_clk"} | {
    f"{cell}/{pin}" for cell in ("control", "memory") for pin in ("ACLK", "S00_ACLK", "M00_ACLK")}
RESETS = {f"{cell}/{pin}" for cell in ("control", "memory") for pin in ("ARESETN", "S00_ARESETN", "M00_ARESETN")} | {
    "engine/aresetn"}


def read(path):
    return path.read_text(encoding="utf-8")


def ports(text):
    """name -> (direction, bits)."""
    found = re.findall(r"^\s*(input|output)\s+(?:logic|wire)\s*(?:\[(\d+):0\])?\s*(\w+)", text.split(");\n")[0], re.MULTILINE)
    return {name: (direction, int(top or 0) + 1) for direction, top, name in found}


class Wrapper(unittest.TestCase):
    def setUp(self):
        self.engine = read(ROOT / "rtl" / "fr_engine.sv")
        self.wrapper = read(ZYBO / "fr_zybo.v")

    def test_has_the_engines_ports(self):
        renamed = {"clk_i": "aclk", "rst_ni": "aresetn", "irq_o": "irq"}
        wanted = {renamed.get(n, n): p for n, p in ports(self.engine).items() if not n.startswith("tap_")}
        wanted |= {"s_axi_awprot": ("input", 3), "s_axi_arprot": ("input", 3)}
        self.assertEqual(ports(self.wrapper), wanted)
        for name in ports(self.engine):
            to = "" if name.startswith("tap_") else renamed.get(name, name)
            self.assertIn(f".{name}({to})", self.wrapper)

    def test_has_the_engines_parameters(self):
        declared = re.findall(r"parameter (?:int )?(\w+) = (\d+)", self.engine)
        self.assertEqual(re.findall(r"parameter (\w+) = (\d+)", self.wrapper), declared)
        self.assertEqual({n for n, _ in declared}, {p for p, _, _ in engine_params.PARAMETERS.values()})
        for name, _ in declared:
            self.assertIn(f".{name}({name})", self.wrapper)

    def test_elaborates_with_the_engine_of_every_board(self):
        for name in board_kit.load()["boards"]:
            found = board_kit.settings(board_kit.load(), name, "")
            words = found["parameters"].strip("{}").split()
            sources = [p for p in dry_run.tcl_list(found["sources"][1:-1]) if not p.endswith(".svh")]
            done = subprocess.run(
                ["iverilog", "-g2012", "-Wall", "-Wno-timescale", f"-I{ROOT / 'rtl'}", "-o", "/dev/null", "-s", "fr_zybo",
                 *(f"-Pfr_zybo.{n}={v}" for n, v in zip(words[::2], words[1::2])), *sources],
                capture_output=True, text=True, check=False, timeout=120)
            left = [line for line in done.stderr.splitlines() if "Case unique" not in line]
            self.assertEqual((done.returncode, left), (0, []), name)


class Scripts(unittest.TestCase):
    def test_every_script_is_complete(self):
        check = "foreach f $argv {set h [open $f]; if {![info complete [read $h]]} {puts $f}; close $h}"
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "complete.tcl"
            script.write_text(check, encoding="utf-8")
            files = sorted(map(str, ZYBO.glob("*.tcl")))
            self.assertGreater(len(files), 3)
            done = subprocess.run(["tclsh", script, *files], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, "")

    def given(self, board):
        return f"segment_range {board_kit.load()['boards'][board]['ddr_mib'] * 1024}K"

    def calls(self, board):
        code, calls, text, files = dry_run.run(board, given=self.given(board))
        self.assertEqual(code, 0, text)
        self.assertEqual(files, ["fragua.bit", "fragua.bit.bin"])
        return calls

    def settings_of(self, calls, target):
        found = {}
        for call in calls:
            if call[0] == "set_property" and call[-1] == target:
                words = dry_run.tcl_list(call[2]) if call[1] == "-dict" else call[1:-1]
                found.update(zip(words[::2], words[1::2]))
        return found

    def test_builds_what_the_configuration_says(self):
        kit = board_kit.load()
        for board, entry in kit["boards"].items():
            with self.subTest(board=board):
                calls = self.calls(board)
                engine = engine_params.load(ROOT / "configs" / "engines" / f"{entry['engine']}.yaml")
                self.assertEqual(self.settings_of(calls, "engine"), {
                    f"CONFIG.{p}": str(engine[key]) for key, (p, _, _) in engine_params.PARAMETERS.items()})
                self.assertEqual(self.settings_of(calls, "ps7"), {
                    "CONFIG.PCW_USE_M_AXI_GP0": "1", "CONFIG.PCW_USE_S_AXI_HP0": "1",
                    "CONFIG.PCW_S_AXI_HP0_DATA_WIDTH": "64", "CONFIG.PCW_EN_CLK0_PORT": "1",
                    "CONFIG.PCW_EN_RST0_PORT": "1", "CONFIG.PCW_USE_FABRIC_INTERRUPT": "1",
                    "CONFIG.PCW_IRQ_F2P_INTR": "1", "CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ": str(engine["clock_mhz"])})
                place = self.settings_of(calls, "segment:ps7/Data")
                self.assertEqual([int(place["offset"], 0), int(place["range"], 0)],
                                 [kit["registers"]["base"], kit["registers"]["bytes"]])
                self.assertEqual(self.settings_of(calls, "block:reg0"), {"range": str(kit["registers"]["bytes"])})
                for call in calls:
                    if call[0] == "create_project":
                        self.assertEqual(call[call.index("-part") + 1], entry["part"])
                files = next(c for c in calls if c[0] == "add_files")[-1]
                self.assertEqual({pathlib.Path(p).name for p in dry_run.tcl_list(files)},
                                 {p.name for g in ("*.sv", "*.svh", "zybo/*.v") for p in (ROOT / "rtl").glob(g)})

    def test_connects_pins_that_exist_and_all_that_must_be(self):
        calls = self.calls("zybo")
        pins = dict(PINS, engine={"aclk", "aresetn", "irq"})
        own = ports(read(ZYBO / "fr_zybo.v"))
        self.assertLessEqual(pins["engine"], set(own))
        cells = {c[-1] for c in calls if c[0] == "create_bd_cell"}
        self.assertEqual(cells, set(pins))
        nets = [c[1:] for c in calls if c[0] == "connect_bd_net"]
        for pair in nets:
            for end in pair:
                cell, pin = end.split("/")
                self.assertIn(pin, pins[cell], end)
        by_source = {}
        for source, to in nets:
            by_source.setdefault(source, set()).add(to)
        self.assertEqual(by_source, {
            "ps7/FCLK_CLK0": CLOCKS, "ps7/FCLK_RESET0_N": {"reset/ext_reset_in"}, "engine/irq": {"ps7/IRQ_F2P"},
            "reset/interconnect_aresetn": {"control/ARESETN", "memory/ARESETN"},
            "reset/peripheral_aresetn": RESETS - {"control/ARESETN", "memory/ARESETN"}})
        self.assertEqual({tuple(c[1:]) for c in calls if c[0] == "connect_bd_intf_net"}, {
            ("ps7/M_AXI_GP0", "control/S00_AXI"), ("control/M00_AXI", "engine/s_axi"),
            ("engine/m_axi", "memory/S00_AXI"), ("memory/M00_AXI", "ps7/S_AXI_HP0")})
        self.assertTrue(all(any(n.startswith(bus + "_") for n in own) for bus in ("s_axi", "m_axi")))

    def test_refuses_with_the_reason(self):
        enough = self.given("zybo")
        for given, message in (("version 2018.3", "2019.1 or later"), ("boards 0", "install Digilent's"),
                               ("clock 111.111115", "choose another clock_mhz"), ("slack -0.021", "too slow"),
                               ("progress 45%", "ended at 45%"), ("interfaces 0", "no interface 's_axi'"),
                               ("segment_range 256M", "the board has 512 MiB")):
            with self.subTest(given=given):
                code, _, text, files = dry_run.run("zybo", given=f"{enough} {given}")
                self.assertEqual(code, 2, text)
                self.assertIn(message, text)
                self.assertNotIn("fragua.bit.bin", files)
        self.assertIn("no board 'zedboard'", dry_run.run("zedboard")[2])
        self.assertIn("is made for xc7z020", dry_run.run("zybo", "zybo-z7-20-8x32")[2])
        self.assertIn("JOBS is 'many'", dry_run.run("zybo", "tiny", "many")[2])
        self.assertIn("is for part '7z020clg400'", dry_run.run("zybo", given=enough, bit_part="7z020clg400")[2])

    def test_the_stand_in_stops_at_a_command_vivado_lacks(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ZYBO, pathlib.Path(folder) / "rtl" / "zybo")
            (pathlib.Path(folder) / "tools").symlink_to(ROOT / "tools")
            design = pathlib.Path(folder) / "rtl" / "zybo" / "design.tcl"
            design.write_text(read(design).replace("validate_bd_design", "validate_design_bd"), encoding="utf-8")
            code, _, text, _ = dry_run.run("zybo", given=self.given("zybo"), build=design.with_name("build.tcl"))
        self.assertEqual(code, 2)
        self.assertIn("validate_design_bd", text)


class BitToBin(unittest.TestCase):
    def test_reverses_the_bytes_of_words(self):
        out = bit_to_bin.convert(dry_run.bit_file("7z010clg400"), "xc7z010clg400-1")
        self.assertEqual(out[-8:].hex(), "665599aa00000020")
        self.assertEqual(len(out), 56)

    def test_refuses_what_is_damaged(self):
        good = dry_run.bit_file("7z010clg400")
        for data, message in ((good[:-1], "ends at byte"), (good + b"x", "1 bytes behind"), (b"\0\0\0\2", "expected 0001"),
                              (good.replace(b"\xaa\x99\x55\x66", b"\xaa\x99\x55\x67"), "no sync word"),
                              (good.replace(b"b\0\x0c7z", b"x\0\x0c7z"), "expected field 'b'")):
            with self.subTest(message=message), self.assertRaisesRegex(bit_to_bin.BitError, message):
                bit_to_bin.convert(data)


if __name__ == "__main__":
    unittest.main()
