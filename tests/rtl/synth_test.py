# SPDX-License-Identifier: Apache-2.0
"""rtl/synth: the figures of small designs make sense, and wrong usage is told."""

import csv
import subprocess
import tempfile
import unittest
from pathlib import Path

SYNTH = Path(__file__).resolve().parents[2] / "rtl" / "synth"


def synth(*arguments):
    return subprocess.run([SYNTH, *arguments], capture_output=True, text=True, check=False)


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "figures.csv"
            cls.run_ = synth("--quick", "--csv", file)
            cls.rows = {}
            if file.exists():
                with file.open(encoding="utf-8", newline="") as opened:
                    for row in csv.DictReader(opened):
                        name = f"{row.pop('module')} {row.pop('parameters')}"
                        cls.rows[name] = {column: int(figure) for column, figure in row.items()}
        cls.small = cls.rows.get("tlb Ports=1 Entries=4 Ways=2")
        cls.large = cls.rows.get("tlb Ports=1 Entries=8 Ways=2")

    def test_the_command_succeeds_and_shows_no_progress_off_a_terminal(self):
        self.assertEqual(self.run_.returncode, 0, self.run_.stderr)
        self.assertEqual(self.run_.stderr, "")

    def test_the_table_has_a_line_for_each_design(self):
        lines = self.run_.stdout.splitlines()
        self.assertEqual(len(lines), 1 + len(self.rows))
        for line, (name, row) in zip(lines[1:], self.rows.items()):
            self.assertTrue(line.startswith(name), line)
            self.assertTrue(line.endswith(f"{row['cells']:>12}{row['depth']:>12}"), line)

    def test_cells_are_the_sum_of_their_kinds_and_of_their_types(self):
        for name, row in self.rows.items():
            kinds = ("flip_flops", "latches", "muxes", "xor", "and_or", "inverters")
            self.assertEqual(row["cells"], sum(row[k] for k in kinds), name)
            types = sum(figure for column, figure in row.items() if column.startswith("$_"))
            self.assertEqual(row["cells"], types, name)

    def test_there_are_gates_and_depth_but_no_latches(self):
        self.assertEqual(len(self.rows), 3)
        for name, row in self.rows.items():
            self.assertGreater(row["and_or"], 0, name)
            self.assertGreater(row["flip_flops"], 0, name)
            self.assertGreater(row["depth"], 10, name)
            self.assertEqual(row["latches"], 0, name)
            self.assertFalse([c for c in row if c.startswith("$_DLATCH_")], name)

    def test_entries_cost_their_bits_in_flip_flops_and_gates(self):
        # VPN, ASID, global, level and data of the four more entries, their valid bits, and for two
        # more sets the bit of the tree and the bit that says that it was set.
        entry = 27 + 16 + 1 + 2 + 64 + 1
        added = self.large["flip_flops"] - self.small["flip_flops"]
        self.assertGreaterEqual(added, 4 * entry)
        self.assertLessEqual(added, 4 * (entry + 2) + 2 * 2)
        self.assertGreater(self.large["cells"], self.small["cells"] + added)


class WrongUsage(unittest.TestCase):
    def assert_refused(self, status, words, *arguments):
        run = synth(*arguments)
        self.assertEqual(run.returncode, status, run.stderr)
        self.assertIn(words, run.stderr)
        self.assertEqual(run.stdout, "")

    def test_a_module_that_is_none(self):
        self.assert_refused(2, "mmu is no module: ptw", "mmu")

    def test_an_argument_that_is_no_parameter(self):
        self.assert_refused(2, "Entries is not allowed: NAME=VALUE", "tlb", "Entries")

    def test_a_parameter_that_the_module_has_not(self):
        self.assert_refused(1, "ptw Doors=4: there is no parameter Doors", "ptw", "Doors=4")

    def test_a_value_that_the_module_refuses(self):
        self.assert_refused(1, "Ways must divide Entries", "tlb", "Entries=9")

    def test_a_folder_that_is_not_there(self):
        self.assert_refused(2, "there is no folder", "--quick", "--csv", "/nowhere/figures.csv")


if __name__ == "__main__":
    unittest.main()
