# SPDX-License-Identifier: Apache-2.0
"""The RTL takes the place of the C++ walker and L2 TLB, and nothing of a run's results tells."""

import shutil
import sqlite3

from support import ROOT, SystemTest

WALKER = "mmu.walker.engine=rtl"
L2_TLB = "mmu.l2_tlb.engine=rtl"
SMALL_TOUR = ("/bin/tour", "--pages", "16", "--file-pages", "64")


class RtlEngines(SystemTest):
    def results(self, config, settings, *program):
        """All that a run leaves but config.yaml, which names the engines."""
        run = self.run_program(*program, config=ROOT / "configs" / config, settings=settings)
        self.assertEqual(run.status, 0, run.err)
        with sqlite3.connect(run.folder / "faults.db") as database:
            faults = list(database.iterdump())
        return {"stats": run.read("stats.json"), "console": run.read("console.txt"),
                "latency": run.read("latency.csv"), "faults": faults,
                "config": [line for line in run.read("config.yaml").decode().splitlines()
                           if "engine: " not in line and not line.strip().startswith("name: ")]}

    def assert_same_results(self, config, *program, settings=(), choices=((WALKER, L2_TLB),)):
        expected = self.results(config, settings, *program)
        for engines in choices:
            with self.subTest(engines=engines):
                actual = self.results(config, [*settings, *engines], *program)
                self.assertEqual(expected.keys(), actual.keys())
                for name, value in expected.items():
                    self.assertEqual(value, actual[name], name)

    def test_first_run(self):
        self.assert_same_results("first-run.yaml",
                                 choices=((WALKER,), (L2_TLB,), (WALKER, L2_TLB)))

    def test_fault_paths(self):
        self.assert_same_results("fault-paths.yaml",
                                 choices=((WALKER,), (L2_TLB,), (WALKER, L2_TLB)))

    def test_another_machine(self):
        self.assert_same_results("first-run.yaml", *SMALL_TOUR, settings=(
            "mmu.format=sv57", "mmu.walker.count=2", "mmu.walker.decode_cycles=3",
            "mmu.walker.enters=l2", "mmu.walk_cache.level1.entries=0",
            "mmu.walk_cache.level2.entries=0", "mmu.l2_tlb.entries=96", "mmu.l2_tlb.ways=3",
            "mmu.l2_tlb.replacement=lru", "mmu.l2_tlb.latency_cycles=0",
            "cpu.svadu=true", "firmware.svadu=true"))


class BadUse(SystemTest):
    def failing(self, *settings):
        run = self.run_program(*SMALL_TOUR, config=ROOT / "configs" / "first-run.yaml",
                               settings=settings)
        self.assertNotEqual(run.status, 0)
        return run

    def sources(self, file, old, new):
        """A copy of the RTL with one change."""
        copy = self.folder / "rtl"
        copy.mkdir()
        for pattern in ("*.sv", "*.svh", "*.vlt"):
            for source in (ROOT / "rtl").glob(pattern):
                shutil.copy(source, copy)
        text = (copy / file).read_text()
        self.assertEqual(text.count(old), 1)
        (copy / file).write_text(text.replace(old, new))
        return f"sim.rtl_sources={copy}"

    def test_steps_without_a_cycle(self):
        run = self.failing(WALKER, "mmu.walker.issue_cycles=0")
        self.assertEqual(run.status, 2)
        self.assertIn("mmu.walker.issue_cycles: 0 is not allowed: 1 to 10000 with "
                      "mmu.walker.engine: rtl", run.err)

    def test_folder_without_sources(self):
        run = self.failing(WALKER, f"sim.rtl_sources={self.folder}")
        self.assertEqual(run.status, 2)
        self.assertIn(f"sim.rtl_sources: {self.folder} is not allowed: a folder with "
                      "faultline_pkg.sv", run.err)

    def test_sources_that_do_not_compile(self):
        run = self.failing(L2_TLB, self.sources("tlb.sv", "logic [63:0] random_q, random_d;",
                                                "logic [63:0] random_q, random_d, x = nothing;"))
        self.assertEqual(run.status, 4)
        self.assertRegex(run.err, r"the RTL tlb cannot be built: .*Error.*tlb\.sv:\d+.*nothing")
        self.assertRegex(run.err, r"all of it: .*\.log")

    def test_failed_assertion_ends_the_run(self):
        run = self.failing(WALKER, self.sources(
            "ptw.sv", "`FAULTLINE_ASSERT(StateIsNamed_A, ",
            "`FAULTLINE_ASSERT(StateIsNamed_A, state_q != faultline_pkg::StDecode && "))
        self.assertEqual(run.status, 4)
        self.assertRegex(run.err, r"the RTL walker, cycle \d+: .*ptw\.sv:\d+: Assertion failed in "
                                  r".*u_ptw\.StateIsNamed_A")

    def test_request_that_the_trace_does_not_show(self):
        run = self.failing(WALKER, self.sources(
            "ptw.sv", "assign mem_req_o = waiting && !granted_q;", "assign mem_req_o = waiting;"))
        self.assertEqual(run.status, 4)
        self.assertRegex(run.err, r"the RTL walker, cycle \d+: ")

    def test_walker_that_hangs(self):
        run = self.failing(WALKER, self.sources(
            "ptw.sv", "assign rsp_valid_o = state_q == faultline_pkg::StRespond && last;",
            "assign rsp_valid_o = 1'b0;"))
        self.assertEqual(run.status, 4)
        self.assertRegex(run.err, r"the RTL walker, cycle \d+: ")


class AheadOfTime(SystemTest):
    def test_rtl_command_prints_the_designs(self):
        first, second = self.call("rtl"), self.call("rtl")
        self.assertEqual((first.status, second.status), (0, 0), first.err)
        self.assertEqual(first.out, second.out)
        walker, tlb = first.out.splitlines()
        self.assertRegex(walker, r"/rtl/walker-[0-9a-f]{16}/design\.so$")
        self.assertRegex(tlb, r"/rtl/tlb-[0-9a-f]{16}/design\.so$")
        self.assertEqual(second.err, "")
