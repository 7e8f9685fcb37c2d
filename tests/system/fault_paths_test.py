# SPDX-License-Identifier: Apache-2.0
"""The experiment of all fault paths: as many faults of each as were provoked, every page-table entry
as Linux leaves it, and costs in the order that the work of each path implies."""

import collections
import statistics

from support import ROOT, SystemTest

CONFIG = ROOT / "configs" / "fault-paths.yaml"

# The low ten bits of the entries that a path leaves (RISC-V: V 1, R 2, W 4, X 8, U 10, G 20, A 40,
# D 80; 100 is Linux's mark of an entry without a page of its own), from Linux 6.1.
READ_ONLY = 0x53
WRITTEN = 0xd7
PTES = {
    "anon_read": {0x153},
    "anon_write": {WRITTEN},
    "write_after_zero_page": {WRITTEN},
    "stack_growth": {WRITTEN},
    "huge_anon_read": {READ_ONLY},
    "huge_anon_write": {WRITTEN},
    "huge_wp_split": {WRITTEN},
    "huge_wp_reuse": {WRITTEN},
    "huge_access_flag": {0xd3},              # a child's: dirty, but its parent's too
    "read_fault": {READ_ONLY},
    "read_fault_filemap": {READ_ONLY},
    "read_fault_major": {READ_ONLY},
    "wp_copy": {WRITTEN},
    "cow": {WRITTEN},
    "cow_major": {WRITTEN},
    "shared_write": {WRITTEN},
    "shared_write_major": {WRITTEN},
    "shared_write_mkwrite": {WRITTEN},
    "shmem_read": {0x57},                    # writable, and clean
    "wp_shared_mkwrite": {WRITTEN},
    "wp_copy_anon": {WRITTEN},
    "wp_reuse": {WRITTEN},
    "access_flag": {WRITTEN, 0xd3},          # D of shared memory; A in a child
    "swap_in_device": {READ_ONLY, WRITTEN},  # half of them loads, half of them stores
    "swap_in_cache": {READ_ONLY, WRITTEN},
    "sigsegv_maperr": {None},                # no entry was used
    "sigsegv_accerr": {None},
    "sigbus": {None},
    "kernel_fixup": {None},
}


def provoked(console):
    """What /bin/faultpaths says it provoked: faults by path and state of the caches."""
    faults = collections.Counter()
    for line in console.splitlines():
        words = line.split()
        if len(words) == 4 and words[1] in ("warm", "cold"):
            faults[words[0], words[1]] += int(words[2])
    return +faults


class Experiment:
    """The tests of one run. Its settings are those of the classes below."""

    settings = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shared = cls("run_experiment")
        shared.setUp()
        cls.addClassCleanup(shared.doCleanups)
        cls.run_of_all = shared.run_program(config=CONFIG,
                                            settings=("firmware.vmstat=true", *cls.settings))
        cls.console = cls.run_of_all.read("console.txt").decode()

    def run_experiment(self):
        """The run that the tests of this class look at."""

    def query(self, sql, *arguments):
        return self.run_of_all.query(sql, *arguments)

    def test_the_kernel_counts_what_was_provoked(self):
        self.assertEqual(self.run_of_all.status, 0, self.console)
        self.assertIn("faultpaths: passed", self.console)

    def test_the_observer_counts_what_was_provoked(self):
        found = self.query("SELECT path, caches, count(*) FROM fault "
                           "WHERE caches IN ('warm', 'cold') GROUP BY path, caches")
        self.assertEqual({(path, caches): count for path, caches, count in found},
                         dict(provoked(self.console)))

    def test_every_entry_is_linux_s(self):
        found = collections.defaultdict(set)
        for path, pte in self.query("SELECT DISTINCT path, pte & 0x3ff FROM fault "
                                    "WHERE caches IN ('warm', 'cold')"):
            found[path].add(pte)
        self.assertEqual(found, {path: PTES[path] for path in found})

    def test_the_stages_of_every_fault_add_up(self):
        self.assertEqual(self.query(
            "SELECT id FROM fault WHERE total_cycles != "
            "(SELECT sum(cycles) FROM stage WHERE fault_id = id)"), [])

    def median(self, path, caches="warm"):
        cycles = self.query("SELECT total_cycles FROM fault WHERE path = ? AND caches = ?", path,
                            caches)
        return statistics.median_low(row[0] for row in cycles)

    def assert_ascending(self, *paths):
        medians = [self.median(path) for path in paths]
        self.assertEqual(medians, sorted(medians), dict(zip(paths, medians)))

    def test_costs_are_in_the_order_of_the_work(self):
        self.assert_ascending("anon_read", "wp_reuse", "anon_write", "write_after_zero_page",
                              "wp_copy_anon")
        self.assert_ascending("anon_write", "cow")

    def median_besides_zeroing(self, path):
        return statistics.median_low(row[0] for row in self.query(
            "SELECT sum(cycles) FROM fault JOIN stage ON fault_id = id "
            "WHERE path = ? AND caches = 'warm' AND stage != 'zero' GROUP BY id", path))

    def test_a_huge_page_costs_less_than_its_small_ones(self):
        self.assertLess(self.median("huge_anon_write"), 512 * self.median("anon_write"))
        # Zeroing is the same work, and here more than the L2 holds; all the rest is done once.
        self.assertLess(self.median_besides_zeroing("huge_anon_write"),
                        512 * self.median_besides_zeroing("anon_write") / 20)

    def test_cold_caches_cost_more(self):
        for path in ("anon_read", "anon_write", "wp_reuse", "read_fault", "sigsegv_maperr"):
            self.assertLess(self.median(path, "warm"), self.median(path, "cold"), path)


class Svade(Experiment, SystemTest):
    """The default: the kernel sets A and D, upon faults."""

    def test_setting_a_bit_is_the_cheapest_fault(self):
        self.assert_ascending("access_flag", "anon_read")


class Svadu(Experiment, SystemTest):
    """The walker sets A and D."""

    settings = ("firmware.svadu=true",)

    def test_no_fault_only_sets_a_bit(self):
        self.assertEqual(self.query("SELECT count(*) FROM fault "
                                    "WHERE path IN ('access_flag', 'huge_access_flag')"), [(0,)])
