#!/usr/bin/env python3
"""The machinery of the mutation campaign: it finds every place, changes one thing, sleeps, and judges strictly."""

import collections
import contextlib
import io
import pathlib
import signal
import tempfile
import unittest

import generate
import operators
import report
import suite
import verilog

SAMPLE = """// A block with one of everything.
module fr_sample #(
  parameter int Width = 8  // 3 + 4 is not run-time
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic [7:0] data_i,
  input  logic       valid_i,
  output logic [7:0] data_o
);
  localparam int Other = Width - 1;
  logic [7:0] count_q;
  logic [15:0] wide;
  if (Width > 4) begin : g_wide
    assign wide = {{8{data_i[7]}}, data_i} + 16'd5;
  end else begin : g_narrow
    assign wide = 16'($signed(data_i)) >>> 1;
  end
  function automatic logic [7:0] least(input logic [7:0] a, input logic [7:0] b);
    least = a < b ? a : b;
  endfunction
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else if (valid_i && !count_q[0]) begin
      for (int i = 0; i < 8; i++) count_q[i] <= wide[i] & data_i[i];
    end
  end
  fr_other #(.Size(Width + 1)) u_other (.clk_i, .rst_ni(rst_ni), .data_i(count_q - data_i), .data_o);
  initial if (Width < 2) $fatal(1, "too narrow");
endmodule
"""
OTHER = "module fr_other (\n  input  logic clk_i,\n  input  logic rst_ni,\n  input  logic [7:0] data_i,\n  output logic [7:0] data_o\n);\nendmodule\n"
RTL = generate.SOURCE / "rtl"


def SampleMutants():
    with tempfile.TemporaryDirectory() as folder:
        rtl = pathlib.Path(folder)
        (rtl / "fr_sample.sv").write_text(SAMPLE, encoding="utf-8")
        (rtl / "fr_other.sv").write_text(OTHER, encoding="utf-8")
        return generate.Candidates(rtl)["fr_sample"]


class Sites(unittest.TestCase):
    def setUp(self):
        self.sites = verilog.Sites(SAMPLE, verilog.InputPorts([SAMPLE, OTHER]))

    def test_finds_what_is_decided_at_run_time_and_nothing_else(self):
        found = [(s.kind, s.target or SAMPLE[s.start:s.end]) for s in self.sites]
        self.assertEqual(found, [
            ("assign", "wide"), ("assign", "wide"), ("blocking", "least"), ("condition", "!rst_ni"),
            ("nonblocking", "count_q"), ("condition", "valid_i && !count_q[0]"), ("nonblocking", "count_q[i]"),
            ("port", "rst_ni"), ("port", "data_i")])

    def test_knows_the_branch_of_a_reset(self):
        self.assertEqual([s.resets for s in self.sites if s.kind != "port"],
                         [False, False, False, True, True, False, False])

    def test_names_the_line_of_what_it_cannot_read(self):
        with self.assertRaisesRegex(SyntaxError, "line 2: found '€"):
            verilog.Tokens("module\n€")


class Operators(unittest.TestCase):
    def setUp(self):
        self.made = collections.defaultdict(list)
        for m in SampleMutants():
            self.made[m["operator"]].append(m["mutated"])

    def test_leave_a_replication_in_one_piece(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "fr_x.sv").write_text(
                "module fr_x (input logic a, output logic [7:0] y);\n  assign y = {Width - 6{a}};\nendmodule\n", encoding="utf-8")
            made = [(m["operator"], m["mutated"]) for m in generate.Candidates(pathlib.Path(folder))["fr_x"]]
        self.assertIn(("arithmetic", "y = {Width + 6{a}};"), made)
        self.assertNotIn("swap", [operator for operator, _ in made])

    def test_each_makes_its_mistake(self):
        for operator, text in (
                ("arithmetic", "wide = {{8{data_i[7]}}, data_i} - 16'd5;"),
                ("arithmetic", "count_q + data_i"),
                ("bound", "least = a <= b ? a : b;"),
                ("swap", "least = a < b ? (b) : (a);"),
                ("swap", "data_i - count_q"),
                ("constant", "wide = {{8{data_i[7]}}, data_i} + 16'd6;"),
                ("sign", "wide = {{8{1'b0}}, data_i} + 16'd5;"),
                ("sign", "wide = 16'((data_i)) >>> 1;"),
                ("shift", "wide = 16'($signed(data_i)) >> 1;"),
                ("logic", "valid_i || !count_q[0]"),
                ("negation", "valid_i && count_q[0]"),
                ("field", "valid_i && !count_q[(0) + 1]"),
                ("logic", "count_q[i] <= wide[i] | data_i[i];"),
                ("update", ""), ("reset", ""), ("reset", "1'b0"), ("reset", "1'b1"),
                ("reset", "count_q <= '1;"),
                ("enable", "1'b1"), ("event", "1'b0"),
                ("stuck", "(count_q - data_i) & ~(8'd1 << 7)")):
            self.assertIn(text, self.made[operator])

    def test_every_operator_has_its_line_in_the_report(self):
        self.assertEqual(set(self.made) | {"equality"}, set(operators.NAMES))

    def test_no_mutant_is_there_twice_or_is_the_original(self):
        seen = [(m["site"], m["mutated"]) for m in SampleMutants()]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertFalse([m for m in SampleMutants() if m["mutated"] == m["original"]])


class Choice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.candidates = generate.Candidates(RTL)

    def test_has_every_module_in_which_something_happens_in_proportion(self):
        chosen = generate.Choose(self.candidates, 1, 160)
        counts = collections.Counter(m["module"] for m in chosen)
        modules = {p.stem for p in RTL.glob("*.sv")} - {"fr_pkg"}
        self.assertEqual(set(counts), modules)
        places = {m: len({c["site"] for c in self.candidates[m]}) for m in modules}
        for m in modules:
            self.assertLessEqual(abs(counts[m] - 160 * places[m] / sum(places.values())), 1.0, m)

    def test_follows_from_the_seed(self):
        keys = [[m["key"] for m in generate.Choose(self.candidates, seed, 80)] for seed in (1, 1, 2)]
        self.assertEqual(keys[0], keys[1])
        self.assertLess(len(set(keys[0]) & set(keys[2])), 40)

    def test_has_every_operator(self):
        self.assertEqual({m["operator"] for m in generate.Choose(self.candidates, 1, 160)}, set(operators.NAMES))


class Weaving(unittest.TestCase):
    def test_plain_changes_one_place(self):
        inputs = verilog.InputPorts([SAMPLE, OTHER])
        for mutant in SampleMutants():
            text = generate.Weave(SAMPLE, inputs, [mutant], plain=True)
            site = verilog.Sites(SAMPLE, inputs)[mutant["site"]]
            self.assertEqual(text[:site.start], SAMPLE[:site.start])
            self.assertTrue(text.endswith(SAMPLE[site.end:]))
            self.assertNotEqual(text, SAMPLE)

    def test_a_mutant_sleeps_until_its_number_is_called(self):
        mutants = [{**m, "id": i + 1} for i, m in enumerate(SampleMutants())]
        text = generate.Weave(SAMPLE, verilog.InputPorts([SAMPLE, OTHER]), mutants, plain=False)
        for mutant in mutants:
            self.assertEqual(text.count(f"32'h{generate.ID_BASE + mutant['id']:08x}"), 1, mutant)
        # What is there without them is there still.
        for site in verilog.Sites(SAMPLE, verilog.InputPorts([SAMPLE, OTHER])):
            self.assertIn(SAMPLE[site.start:site.end].removeprefix("assign "), text)


class Verdicts(unittest.TestCase):
    program = suite.EVERYDAY[0]

    def Outcome(self, code, text):
        return suite.Classify(self.program, code, text, 1.0).outcome

    def test_only_a_test_that_says_why_kills(self):
        failed = "[ RUN      ] A.B\nx.cc:1: Failure\n[  FAILED  ] A.B (1 ms)\n"
        self.assertEqual(self.Outcome(0, ""), "passed")
        self.assertEqual(self.Outcome(1, failed), "comparison")
        self.assertEqual(self.Outcome(1, "bench: no end after 1000 cycles\n" + failed), "time-out")
        self.assertEqual(self.Outcome(-signal.SIGABRT, "[ RUN      ] A.B\n[1] %Error: fr_x.sv:7: Assertion failed in a.b\n"),
                         "assertion")
        self.assertEqual(self.Outcome(-signal.SIGSEGV, "[ RUN      ] A.B\n"), "crash")

    def test_a_limit_from_outside_decides_nothing(self):
        for number in (signal.SIGXCPU, signal.SIGKILL):
            verdict = suite.Classify(self.program, -number, "[ RUN      ] A.B\n", 1.0)
            self.assertEqual(verdict.outcome, "inconclusive")
            self.assertFalse(verdict.killed)

    def test_a_program_that_does_not_run_is_an_error(self):
        for code, text in ((2, "usage"), (127, "no such file"), (1, "nothing of a test"), (-signal.SIGSEGV, "")):
            with self.assertRaises(RuntimeError):
                self.Outcome(code, text)


class Reports(unittest.TestCase):
    def Make(self, lived, explained=(), inconclusive=(), seed=None, equivalent=False):
        mutants = [{"id": i, "module": "fr_x", "line": i, "operator": "stuck", "kind": "assign", "port": "",
                    "original": f"a = {i};", "mutated": "a = 1'b0;"} for i in range(1, 101)]
        results = {}
        for m in mutants:
            outcome = "inconclusive" if m["id"] in inconclusive else "passed" if m["id"] in lived else "comparison"
            results[m["id"]] = [suite.Verdict("stream_test", outcome, "", 0.1)]
        why = {("fr_x", "stuck", f"a = {i};", "a = 1'b0;"): report.Explanation(1, equivalent, "nobody looks at a")
               for i in explained}
        return report.Report(mutants, results, why, seed)

    def Complaints(self, *arguments, **options):
        return self.Make(*arguments, **options).Complaints(pathlib.Path("build"))

    def test_is_content_with_explained_survivors_up_to_the_limit(self):
        self.assertEqual(self.Complaints(range(1, 6), range(1, 6)), [])

    def test_counts_what_lived(self):
        text = self.Make(range(1, 6), range(1, 6)).Markdown()
        self.assertIn("| **all** | | 100 | 95 | 5 | 95 comparison |", text)
        self.assertIn("95 of 100 mutants in 1 modules killed (95.0 %)", text)

    def test_complains_of_too_few_killed(self):
        self.assertRegex(self.Complaints(range(1, 7), range(1, 7))[0], "killed 94.0 %.*expected at least 95 %")

    def test_counts_equivalent_mutants_apart(self):
        self.assertEqual(self.Complaints(range(1, 11), range(1, 11), equivalent=True, seed=2), [])
        self.assertRegex(self.Complaints(range(1, 11), range(1, 11), equivalent=True, seed=1)[0], "killed 90.0 % of the mutants,")
        self.assertRegex(self.Complaints(range(1, 17), range(1, 11), equivalent=True)[0], "killed 93.3 %")
        text = self.Make(range(1, 11), range(1, 11), equivalent=True).Markdown()
        self.assertIn("90 of 100 mutants in 1 modules killed (90.0 %)\nof the 90 that are not equivalent: 90 (100.0 %)", text)

    def test_complains_of_a_survivor_without_a_word(self):
        self.assertRegex(self.Complaints([7])[0], "not explained.*survivor 7 fr_x.sv:7 stuck")

    def test_complains_of_an_explanation_without_a_survivor(self):
        self.assertRegex(self.Complaints([], [8])[0], "explained .* but killed")
        self.assertEqual(self.Complaints([], [300]), [])
        self.assertRegex(self.Complaints([], [300], seed=1)[0], "explained .* but not made")
        self.assertEqual(self.Complaints([], [300], seed=2), [])  # another campaign makes it

    def test_complains_of_what_was_not_decided(self):
        self.assertRegex(self.Complaints([], [9], inconclusive=[9])[0], "mutant 9: stream_test decided nothing")

    def test_the_explanations_are_sentences(self):
        report.Explained()
        kept = report.EXPLANATIONS
        with tempfile.TemporaryDirectory() as folder:
            report.EXPLANATIONS = pathlib.Path(folder) / "s.yaml"
            try:
                for text, message in (("- {module: a}", "entry 1: found"), (
                        "- {module: a, operator: b, original: c, mutated: d, seed: 1, equivalent: true, why: equivalent}",
                        "expected a sentence"), (
                        "- {module: a, operator: b, original: c, mutated: d, seed: 1, equivalent: 1, why: a b c d e}",
                        "true or false")):
                    report.EXPLANATIONS.write_text(text, encoding="utf-8")
                    with self.assertRaisesRegex(SyntaxError, message):
                        report.Explained()
            finally:
                report.EXPLANATIONS = kept


class Usage(unittest.TestCase):
    def test_wrong_usage_is_2(self):
        import run
        for arguments in (["--count", "0"], ["--only", "1000"], ["--modules", "fr_none"]):
            with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()) as said:
                parser, parsed = run.Arguments(arguments)
                run.Select(parser, parsed)
            self.assertEqual(end.exception.code, 2)
            self.assertIn(arguments[0], said.getvalue())


if __name__ == "__main__":
    unittest.main()
