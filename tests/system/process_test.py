# SPDX-License-Identifier: Apache-2.0
"""Processes, signals and threads: programs that check them from user mode pass on every kind of hart that
makes a difference to them, and on QEMU."""

import pathlib
import tempfile
import unittest

import qemu
from support import SystemTest

PROGRAMS = ("process", "signals", "threads")
CHECKED = "mmu.check=true"


class Processes(SystemTest):
    def assert_passes(self, *settings):
        for program in PROGRAMS:
            with self.subTest(program=program, settings=settings):
                run = self.run_program(f"/bin/{program}", settings=settings)
                self.assertEqual(run.status, 0, run.err)
                self.assertIn(f"{program}: ", run.read("console.txt").decode())
                self.assertIn("checks: passed", run.read("console.txt").decode())

    def test_without_timing(self):
        self.assert_passes("sim.fidelity=functional")

    def test_with_timing_and_every_translation_checked(self):
        self.assert_passes(CHECKED)

    def test_without_address_space_identifiers(self):
        self.assert_passes("cpu.asid_bits=0", CHECKED)

    def test_with_identifiers_that_run_out(self):
        self.assert_passes("cpu.asid_bits=1", CHECKED)

    def test_with_the_monitor_s_timer(self):
        self.assert_passes("cpu.sstc=false", "sim.fidelity=functional")


class OnQemu(unittest.TestCase):
    def test_all(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = pathlib.Path(folder) / "archive.cpio"
            qemu.write_archive(archive)
            for program in PROGRAMS:
                with self.subTest(program=program):
                    outcome = qemu.boot(archive, "svadu=on", [f"/bin/{program}"], memory="256M")
                    self.assertEqual(outcome.status, 0, outcome.console)
                    self.assertIn("checks: passed", outcome.console)


if __name__ == "__main__":
    unittest.main()
