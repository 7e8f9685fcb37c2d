# SPDX-License-Identifier: Apache-2.0
"""The faults of a program are exactly those that its pattern implies, and their stages add up."""

import subprocess

from support import ROOT, SystemTest

CONFIG = ROOT / "configs" / "first-run.yaml"


class FaultCounts(SystemTest):
    def counts(self, *program):
        self.run = self.run_program(*program, config=CONFIG)
        self.assertEqual(self.run.status, 0, self.run.err)
        return self.run.path_counts()

    def test_64_pages_written_once_are_64_faults(self):
        self.assertEqual(self.counts("/bin/touch", "--pages", "64"), {"anon_write": 64})

    def test_the_order_of_the_pages_does_not_matter(self):
        self.assertEqual(self.counts("/bin/touch", "--pages", "64", "--pattern", "random"),
                         {"anon_write": 64})

    def test_pages_that_are_read_get_the_zero_page(self):
        self.assertEqual(self.counts("/bin/touch", "--pages", "64", "--access", "read"),
                         {"anon_read": 64})

    def test_a_page_read_and_then_written_faults_twice(self):
        self.assertEqual(self.counts("/bin/touch", "--pages", "64", "--access", "read-then-write"),
                         {"anon_read": 64, "write_after_zero_page": 64})

    def test_4096_file_pages_in_order_are_256_faults_with_a_window_of_16(self):
        self.assertEqual(self.counts("/bin/mapread", "--pages", "4096"), {"read_fault": 256})


class StandardInput(SystemTest):
    def test_a_program_finds_the_given_file_and_then_its_end(self):
        source = self.folder / "cat.cpp"
        source.write_text("#include <unistd.h>\nint main() { char c; long n = 0;\n"
                          "while (read(0, &c, 1) == 1) { write(1, &c, 1); ++n; }\n"
                          "return static_cast<int>(n); }\n")
        program = self.folder / "cat"
        subprocess.run(["riscv64-linux-gnu-g++", "-O1", "-static", "-o", program, source],
                       check=True)
        text = self.folder / "text"
        text.write_text("one\ntwo\n")
        run = self.call("run", "--file", f"{program}=/bin/cat", "--stdin", text,
                        "--out", self.folder / "out", "--", "/bin/cat")
        self.assertEqual(run.status, 8, run.err)
        self.assertEqual((self.folder / "out" / "console.txt").read_text(), "one\ntwo\n")


class Tour(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = cls("first_run")
        cls.shared.setUp()
        cls.addClassCleanup(cls.shared.doCleanups)
        cls.tour = cls.shared.run_program(config=CONFIG)

    def first_run(self):
        """The run that the tests of this class look at."""

    def test_every_path_has_the_count_that_was_provoked(self):
        self.assertEqual(self.tour.status, 0, self.tour.err)
        counts = self.tour.path_counts()
        self.assertEqual(counts["anon_read"], 64)
        self.assertEqual(counts["write_after_zero_page"], 64)
        self.assertEqual(counts["read_fault"], 256)

    def test_the_stages_of_every_fault_add_up_to_its_total(self):
        wrong = self.tour.query(
            "SELECT id, total_cycles, (SELECT sum(cycles) FROM stage WHERE fault_id = id) AS parts "
            "FROM fault WHERE parts != total_cycles OR parts IS NULL")
        self.assertEqual(wrong, [])

    def test_every_fault_of_the_region_resumed(self):
        self.assertEqual(self.tour.query("SELECT DISTINCT outcome FROM fault WHERE in_roi"),
                         [("resumed",)])

    def test_lookups_are_hits_and_misses(self):
        mmu = self.tour.stats["statistics"]["mmu"]
        for name in ("l1_itlb", "l1_dtlb", "l2_tlb"):
            tlb = mmu[name]
            self.assertEqual(tlb["lookups"]["value"],
                             tlb["hits"]["value"] + tlb["misses"]["value"], name)
