"""What synth_test.py and the timing tool accept and refuse, on figures made up."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "rtl"))
sys.path.insert(0, str(ROOT / "tools"))

import synth_test  # noqa: E402
import timing  # noqa: E402

BASE = {"lut": 1000, "ff": 2000, "dsp48e1": 20, "ramb18_equivalents": 40, "latches": 0}


class Area(unittest.TestCase):
    def complaints(self, engine="other", **changed):
        return synth_test.compare(engine, {**BASE, **changed}, {engine: BASE})

    def test_growth_up_to_five_percent_passes(self):
        self.assertEqual(self.complaints(), [])
        self.assertEqual(self.complaints(lut=1050, ff=2100, dsp48e1=21, ramb18_equivalents=42), [])
        self.assertEqual(self.complaints(lut=1), [])

    def test_growth_beyond_fails_for_each_resource(self):
        for resource, value in (("lut", 1051), ("ff", 2101), ("dsp48e1", 22), ("ramb18_equivalents", 43)):
            with self.subTest(resource):
                (complaint,) = self.complaints(**{resource: value})
                self.assertIn(f"{resource} has grown from {BASE[resource]} to {value}", complaint)

    def test_budgets_hold_whatever_the_baseline_says(self):
        total = {"lut": 12001, "ff": 2000, "dsp48e1": 81, "ramb18_equivalents": 113, "latches": 1}
        complaints = synth_test.compare("zybo-z7-10", total, {"zybo-z7-10": total})
        self.assertEqual(len(complaints), 4)

    def test_an_engine_without_baseline_fails(self):
        (complaint,) = synth_test.compare("new", BASE, {})
        self.assertIn("--update", complaint)

    def test_every_engine_has_a_baseline(self):
        baseline = synth_test.yaml.safe_load(synth_test.BASELINE.read_text(encoding="utf-8"))
        engines = {path.stem for path in (ROOT / "configs" / "engines").glob("*.yaml")}
        self.assertEqual(engines, set(baseline))


class Timing(unittest.TestCase):
    LOG = r"""
Latest arrival time in '$paramod$12ab\fr_array' is 3311:
    3311 $auto$x (FDRE.D)
Latest arrival time in '$paramod\fr_skid\Width=s32'010' is 834:
     834 a (FDRE.D)
Latest arrival time in 'fr_bursts' is 3857:
    3857 $auto$ff.cc:266:slice$433 (FDRE.D)
           $auto$alumacc.cc:495:replace_alu$137.Y [5]
    3002 $flatten\u_reader.$lt$fr_axi_reader.sv:62$266.genblk1.slice[1].genblk1.carry4 (CARRY4.S->O)
           $abc$291285$aiger291284$69433
    2454 u_pool.u_line.mem.0.0 (RAMB36E1.CLKBWRCLK->DOBDO)
           \left_q [3]
       0   \clk_i (<primary input>)

Arrival histogram:
Latest arrival time in '$paramod$99\fr_array' is 3000:
"""

    def test_reads_the_worst_path_of_every_module(self):
        self.assertEqual(timing.worst_paths(self.LOG), {
            "fr_array": (3311, "FDRE.D"), "fr_skid": (834, "FDRE.D"),
            "fr_bursts": (3857, "left_q [3] -> u_pool.u_line.mem.0.0 -> fr_axi_reader.sv:62 -> FDRE.D")})

    def test_reads_nothing_from_nothing(self):
        self.assertEqual(timing.worst_paths("Executing STA pass\n"), {})


if __name__ == "__main__":
    unittest.main()
