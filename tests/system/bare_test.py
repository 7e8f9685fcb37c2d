# SPDX-License-Identifier: Apache-2.0
"""Bare-metal programs: their verdict is the exit status, and a wild guest ends with a report."""

from support import SystemTest


class Verdict(SystemTest):
    def test_tohost_1_is_success(self):
        self.assertEqual(self.bare("pass").status, 0)

    def test_the_finisher_s_code_is_the_status(self):
        self.assertEqual(self.bare("fail").status, 42)

    def test_no_failure_looks_like_success(self):
        self.assertEqual(self.bare("fail_with_large_status").status, 255)

    def test_event_counters_count_what_the_guest_caused(self):
        self.assertEqual(self.bare("counters").status, 0)

    def test_a_fetch_from_a_device_is_an_access_fault_in_both_fidelities(self):
        for fidelity in ("cycle", "functional"):
            run = self.bare("fetch_from_device", "--set", f"sim.fidelity={fidelity}")
            self.assertEqual(run.status, 0, fidelity)

    def test_both_consoles_reach_standard_output(self):
        run = self.bare("console")
        self.assertEqual(run.status, 0)
        self.assertIn("hi\nho\n", run.out)


class WildGuest(SystemTest):
    def assert_wild(self, run, *words):
        self.assertEqual(run.status, 3, run.err)
        for word in words:
            self.assertIn(word, run.err)

    def test_a_jump_into_nothing_is_reported_with_its_address(self):
        self.assert_wild(self.bare("jump_into_nothing"), "0x40000000", "instruction access fault")

    def test_a_handler_that_traps_itself_is_reported(self):
        self.assert_wild(self.bare("trap_loop"), "illegal instruction")

    def test_a_fault_that_repeats_forever_is_reported(self):
        self.assert_wild(self.bare("faulting_forever"), "load access fault", "0x40000000")

    def test_traps_that_never_return_are_reported(self):
        self.assert_wild(self.bare("trap_loop_that_counts"), "call from M mode")

    def test_a_limit_of_cycles_ends_a_loop(self):
        self.assert_wild(self.bare("spin", "--max-cycles", "100000"), "100000")
