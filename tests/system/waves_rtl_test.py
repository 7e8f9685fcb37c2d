# SPDX-License-Identifier: Apache-2.0
"""The waves of the verilated walker are on the time axis of the others and show the same walks."""

from support import ROOT, SystemTest
from vcd import names_of_filter, read_fst, read_vcd, signals_of_save_file

STATE = "TOP.walker.gen_engine[0].u_ptw.trace_o.state"


class WavesOfTheWalker(SystemTest):
    def waves(self, engine, name):
        folder = self.folder / name
        run = self.call("run", "--waves-from", "fault:3", "--set", f"mmu.walker.engine={engine}", "--out", folder,
                        "--", "/bin/touch", "--pages", "8", folder=folder, timeout=900)
        self.assertEqual(run.status, 0, run.err)
        return run

    def setUp(self):
        super().setUp()
        self.run = self.waves("rtl", "rtl")
        self.system = read_vcd(self.run.folder / "waves.vcd")
        self.walker = read_fst(self.run.folder / "walker.fst")

    def test_states_are_those_of_the_record(self):
        shown = self.system.signals["board.mmu.walker0.state"]
        states = [(time, value) for time, value in self.walker.signals[STATE].changes()
                  if self.system.begin <= time < self.system.end]
        self.assertGreater(len(states), 10)
        for time, value in states:
            self.assertEqual(shown.at(time), value, time)
        busy = {time for time, value in shown.changes()[1:] if value != 0}
        self.assertEqual({time for time, value in states if value != 0}, busy)

    def test_walk_that_led_to_the_fault_is_there(self):
        [(start,)] = self.run.query("SELECT start_cycle FROM fault WHERE id = 3")
        self.assertLessEqual(self.walker.begin, start * 1000)
        request = self.walker.signals["TOP.walker.req_valid_i"]
        first = next(time for time, value in request.changes() if time > start * 1000 and value == 1)
        [(address,)] = self.run.query("SELECT va FROM fault WHERE id = 3")
        self.assertEqual(self.walker.signals["TOP.walker.req_i.addr"].at(first), address)

    def test_system_looks_the_same_with_either_engine(self):
        other = self.waves("cpp", "cpp")
        self.assertEqual(self.run.read("waves.vcd"), other.read("waves.vcd"))
        self.assertFalse((other.folder / "walker.fst").exists())

    def test_save_file_names_signals_and_values_that_are_there(self):
        for alias, path, filter_file in signals_of_save_file(ROOT / "waves" / "walker.gtkw"):
            self.assertIn(path, self.walker.signals, alias)
            if filter_file:
                names = names_of_filter(ROOT / filter_file)
                for time, value in self.walker.signals[path].changes():
                    self.assertIn(value, names, f"{path} at {time}")
