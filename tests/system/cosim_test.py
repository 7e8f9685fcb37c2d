# SPDX-License-Identifier: Apache-2.0
"""The co-simulation of the C++ models with the RTL, as a user runs it."""

import json
import re
import shutil

from support import ROOT, SystemTest

VERDICT = re.compile(r"^verdict: (\w+), design (\S+), (\d+) walks$", re.MULTILINE)


class Cosim(SystemTest):
    def cosim(self, *arguments):
        return self.call("cosim", *arguments, timeout=1800)

    def verdict(self, run):
        found = VERDICT.search(run.out.splitlines()[-1])
        self.assertTrue(found, run.out)
        return found.groups()

    def broken_rtl(self, file, old, new):
        """A copy of the RTL with one line changed."""
        folder = self.folder / "rtl"
        shutil.copytree(ROOT / "rtl", folder)
        text = (folder / file).read_text()
        self.assertEqual(text.count(old), 1, f"{old} in {file}")
        (folder / file).write_text(text.replace(old, new))
        return folder


class Standard(Cosim):
    def test_the_standard_budget_finds_no_difference_and_covers_all(self):
        run = self.cosim("--seed", 1, "--out", self.folder)
        self.assertEqual(run.status, 0, run.out + run.err)
        what, design, walks = self.verdict(run)
        self.assertEqual((what, design), ("none", "all"))
        self.assertGreaterEqual(int(walks), 200_000)
        result = json.loads((self.folder / "cosim.json").read_text())
        tables = {table["name"]: table for table in result["coverage"]}
        for name in ("outcome", "fences", "arcs", "rights", "moments", "tlb_hits"):
            self.assertGreater(tables[name]["reachable"], 0)
        for table in tables.values():
            self.assertEqual(table["reached"], table["reachable"], table["name"])
            for bin_ in table["bins"]:
                self.assertTrue(bin_["reach"] == "reachable" or bin_["reason"], bin_)

    def test_equal_seeds_compare_the_same(self):
        def outcome(seed):
            folder = self.folder / str(seed)
            run = self.cosim("--designs", "sv39", "--walks", 2000, "--seed", seed, "--out", folder)
            self.assertEqual(run.status, 0, run.out + run.err)
            return json.loads((folder / "cosim.json").read_text())["coverage"]
        self.assertEqual(outcome(5), outcome(5))
        self.assertNotEqual(outcome(5), outcome(6))


class Differs(Cosim):
    def test_a_broken_walker_is_shown_with_records_tables_and_waves(self):
        sources = self.broken_rtl("ptw.sv", "readable || (req_q.mxr && executable)", "readable")
        run = self.cosim("--rtl-sources", sources, "--seed", 3, "--out", self.folder)
        self.assertEqual(run.status, 1, run.out + run.err)
        self.assertEqual(self.verdict(run)[:2], ("record", "sv39"))
        self.assertRegex(run.out, r"design sv39, seed 3, round \d+: walk \d+ of initiator \d+")
        self.assertRegex(run.out, r"status +none +permission +<--")
        self.assertRegex(run.out, r"\n  2 +0x[0-9a-f]+ +0x")  # the root's entry
        again = re.search(r"^  faultline (cosim .*--seed 3 .*--round (\d+) --waves)$", run.out, re.MULTILINE)
        waves = re.search(r"^waves: (.*)$", run.out, re.MULTILINE)
        self.assertGreater((self.folder / waves[1]).stat().st_size, 1000)

        alone = self.call(*again[1].split(), "--out", self.folder / "again", timeout=1800)
        self.assertEqual(alone.status, 1)
        self.assertIn(f"round {again[2]}: walk", alone.out)
        self.assertEqual(re.search("design sv39, seed.*", run.out)[0],
                         re.search("design sv39, seed.*", alone.out)[0])

    def test_a_walker_that_takes_a_cycle_too_long(self):
        sources = self.broken_rtl("ptw.sv", "timer_d = TimerWidth'(DecodeCycles - 1);",
                                  "timer_d = TimerWidth'(DecodeCycles);")
        run = self.cosim("--rtl-sources", sources, "--no-waves")
        self.assertEqual(run.status, 1, run.out + run.err)
        self.assertEqual(self.verdict(run)[:2], ("cycle", "sv39"))
        self.assertNotIn("waves:", run.out)


class Usage(Cosim):
    def test_wrong_usage_ends_with_status_2(self):
        for arguments in (["--walks", "0"], ["--walks", "many"], ["--unit", "cache"],
                          ["--designs", "sv40"], ["--waves"], ["--nonsense"],
                          ["--set", "mmu.walker.accept_cycles=0"],
                          ["--out", "/dev/null/x"]):
            run = self.cosim(*arguments)
            self.assertEqual(run.status, 2, arguments)
            self.assertTrue(run.err, arguments)

    def test_designs_are_listed(self):
        run = self.cosim("--list-designs")
        self.assertEqual(run.status, 0, run.err)
        self.assertIn("sv57", run.out)
        self.assertNotIn("sv57", self.cosim("--list-designs", "--unit", "l2_tlb").out)
        own = self.cosim("--list-designs", "--set", "mmu.l2_tlb.entries=0")
        self.assertEqual(own.out.split()[:2], ["walker", "walker"])

    def test_an_unknown_design_names_the_known_ones(self):
        self.assertIn("sv57", self.cosim("--designs", "sv40").err)
