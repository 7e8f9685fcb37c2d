# SPDX-License-Identifier: Apache-2.0
"""The same input gives the same results, bit for bit, whatever the host does to be fast."""

import sqlite3

from support import ROOT, SystemTest

PROGRAM = ("/bin/tour", "--pages", "16", "--file-pages", "64")
CONFIG = ROOT / "configs" / "first-run.yaml"


class Determinism(SystemTest):
    def tour(self, *settings):
        run = self.run_program(*PROGRAM, config=CONFIG, settings=settings)
        self.assertEqual(run.status, 0, run.err)
        return run

    def database(self, run):
        with sqlite3.connect(run.folder / "faults.db") as database:
            return list(database.iterdump())

    def assert_same_results(self, *settings):
        plain, changed = self.tour(), self.tour(*settings)
        self.assertEqual(plain.read("stats.json"), changed.read("stats.json"))
        self.assertEqual(plain.read("console.txt"), changed.read("console.txt"))
        self.assertEqual(self.database(plain), self.database(changed))

    def test_two_runs_are_equal(self):
        self.assert_same_results()

    def test_without_the_decode_cache(self):
        self.assert_same_results("sim.host.decode_cache=false")

    def test_without_host_pointers(self):
        self.assert_same_results("sim.host.direct_memory=false")

    def test_without_translation_hints(self):
        self.assert_same_results("sim.host.translation_hints=false")

    def test_without_any_of_them(self):
        self.assert_same_results("sim.host.decode_cache=false", "sim.host.direct_memory=false",
                                 "sim.host.translation_hints=false")
