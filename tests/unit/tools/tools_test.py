"""The tools refuse what they should, each mistake by name, and write what they should."""

import copy
import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))

import engine_params  # noqa: E402
from regmap import emit_cpp, emit_sv, spec  # noqa: E402


class RegisterSource(unittest.TestCase):
    def setUp(self):
        self.source = yaml.safe_load((ROOT / "configs" / "registers.yaml").read_text(encoding="utf-8"))

    def load(self, source):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "registers.yaml"
            path.write_text(yaml.safe_dump(source, sort_keys=False), encoding="utf-8")
            return spec.load(path)

    def entry(self, source, group, name):
        return next(e for e in source[group] if e["name"] == name)

    def refused(self, message, change):
        source = copy.deepcopy(self.source)
        change(source)
        with self.assertRaisesRegex(spec.SpecError, message):
            self.load(source)

    def test_refuses_overlapping_command_fields(self):
        def change(s):
            self.entry({"f": self.entry(s, "commands", "LOAD")["fields"]}, "f", "RUNS")["at"] = "2:38:23"
        self.refused("LOAD.RUNS overlaps RUN_WORDS at bit 151", change)

    def test_refuses_a_field_over_the_header(self):
        def change(s):
            self.entry(s, "commands", "SIGNAL")["fields"][0]["at"] = "0:31:0"
        self.refused("SIGNAL.VALUE overlaps OPCODE", change)

    def test_refuses_a_field_beyond_its_word(self):
        def change(s):
            self.entry(s, "commands", "SIGNAL")["fields"][0]["at"] = "1:64:32"
        self.refused("bits beyond the end", change)

    def test_refuses_overlapping_register_fields(self):
        def change(s):
            self.entry(s, "registers", "CONTROL")["fields"][1]["bits"] = "0"
        self.refused("CONTROL.SOFT_RESET overlaps ENABLE", change)

    def test_refuses_two_registers_at_one_offset(self):
        self.refused("HEAD repeats 44", lambda s: self.entry(s, "registers", "HEAD").update(offset=0x2C))

    def test_refuses_unaligned_offsets(self):
        self.refused("not a multiple of 4", lambda s: self.entry(s, "registers", "HEAD").update(offset=0x31))

    def test_refuses_unknown_keys(self):
        self.refused("unknown key 'rest'", lambda s: self.entry(s, "registers", "TAIL").update(rest=0))

    def test_refuses_a_writable_register_without_reset(self):
        self.refused("states its reset value", lambda s: self.entry(s, "registers", "TAIL").pop("reset"))

    def test_refuses_two_commands_with_one_opcode(self):
        self.refused("STORE repeats 16", lambda s: self.entry(s, "commands", "STORE").update(opcode=0x10))

    def test_hash_follows_meaning_not_prose(self):
        plain = self.load(self.source).abi_hash
        prose = copy.deepcopy(self.source)
        self.entry(prose, "registers", "TAIL")["doc"] = "other words"
        self.assertEqual(self.load(prose).abi_hash, plain)
        moved = copy.deepcopy(self.source)
        self.entry(moved, "errors", "WATCHDOG")["value"] = 70
        self.assertNotEqual(self.load(moved).abi_hash, plain)

    def test_both_languages_get_the_same_numbers(self):
        loaded = self.load(self.source)
        verilog, cpp = emit_sv.emit(loaded), emit_cpp.emit(loaded)
        self.assertIn("localparam int COMPUTE_ZP_IN_LSB = 320;", verilog)
        self.assertIn('kZpIn{"ZP_IN", 5, 0, 8, true}', cpp)
        self.assertIn(f"ABI_HASH = 32'h{loaded.abi_hash:08X};", verilog)
        self.assertIn(f"kAbiHashValue = 0x{loaded.abi_hash:08X};", cpp)

    def test_check_finds_an_edited_output(self):
        command = [sys.executable, str(ROOT / "tools" / "gen_registers.py")]
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("rtl", "docs", "driver/include/fragua/driver"):
                (root / name).mkdir(parents=True)
            self.assertEqual(subprocess.run([*command, "--root", folder], check=False).returncode, 0)
            check = [*command, "--root", folder, "--check"]
            self.assertEqual(subprocess.run(check, check=False, capture_output=True).returncode, 0)
            package = root / "rtl" / "fr_pkg.sv"
            package.write_text(package.read_text(encoding="utf-8").replace("12'h034", "12'h038"), encoding="utf-8")
            done = subprocess.run(check, check=False, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("fr_pkg.sv does not match", done.stdout)


class EngineConfigurations(unittest.TestCase):
    def refused(self, message, change):
        document = yaml.safe_load((ROOT / "configs" / "engines" / "zybo-z7-10.yaml").read_text(encoding="utf-8"))
        change(document)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "zybo-z7-10.yaml"
            path.write_text(yaml.safe_dump(document), encoding="utf-8")
            with self.assertRaisesRegex(engine_params.ConfigError, message):
                engine_params.load(path)

    def test_every_named_engine_is_valid(self):
        names = sorted((ROOT / "configs" / "engines").glob("*.yaml"))
        self.assertTrue(names)
        for path in names:
            with self.subTest(path.name):
                engine_params.load(path)

    def test_one_engine_is_the_default(self):
        folder = ROOT / "configs" / "engines"
        self.assertEqual(engine_params.load(folder / "zybo-z7-10.yaml")["engines"], 1)
        self.assertEqual(engine_params.load(folder / "zybo-z7-20.yaml")["engines"], 3)

    def test_refuses_unknown_keys(self):
        self.refused("unknown key 'lane'", lambda d: d.update(lane=8))
        self.refused("unknown key 'array.pq'", lambda d: d["array"].update(pq=8))

    def test_refuses_missing_keys(self):
        self.refused("'lanes' is missing", lambda d: d.pop("lanes"))

    def test_refuses_values_out_of_range(self):
        self.refused("array.pc is 3; expected one of 2, 4, 8", lambda d: d["array"].update(pc=3))
        self.refused("acc_bits is 33; expected 20..32", lambda d: d.update(acc_bits=33))
        self.refused("weight_words is 500; expected a power of two", lambda d: d.update(weight_words=500))
        self.refused("lanes is True", lambda d: d.update(lanes=True))
        self.refused("lanes is '8'", lambda d: d.update(lanes="8"))
        self.refused("engines is 5; expected 1..4", lambda d: d.update(engines=5))
        self.refused("engines is 0", lambda d: d.update(engines=0))

    def test_refuses_a_name_unlike_the_file(self):
        self.refused("expected 'zybo-z7-10'", lambda d: d.update(name="other"))

    def test_verilator_arguments(self):
        done = subprocess.run([sys.executable, str(ROOT / "tools" / "engine_params.py"), "zybo-z7-10", "--format", "verilator"],
                              check=True, capture_output=True, text=True)
        self.assertIn("-GPc=8 -GPk=16 -GLanes=8 -GAccBits=25", done.stdout)


if __name__ == "__main__":
    unittest.main()
