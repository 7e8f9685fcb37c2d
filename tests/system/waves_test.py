# SPDX-License-Identifier: Apache-2.0
"""Waves show what the results say, cost no result, and open in GTKWave with the save files of waves/."""

from support import ROOT, SystemTest
from vcd import names_of_filter, read_vcd, signals_of_save_file

PERIOD = 1000  # picoseconds, of the default machine's core
RESULTS = ("stats.json", "faults.db", "latency.csv", "console.txt")
TOUCH = ("/bin/touch", "--pages", "64")
SEGV = ("/bin/segv", "--kind", "null")


class WavesTest(SystemTest):
    def waves(self, *options, program=TOUCH, status=0):
        """A run with waves, and the waves; None if there are none."""
        self._runs += 1
        folder = self.folder / f"run{self._runs}"
        run = self.call("run", *options, "--out", folder, "--", *program, folder=folder)
        self.assertEqual(run.status, status, run.err)
        file = folder / "waves.vcd"
        return run, read_vcd(file) if file.exists() else None

    def fault(self, run, number):
        [row] = run.query("SELECT start_cycle, total_cycles, va, access, abort, pc, mode, asid, level FROM fault "
                          "WHERE id = ?", number)
        return dict(zip(("start", "total", "va", "access", "abort", "pc", "mode", "asid", "level"), row))

    def stage_cycles(self, vcd, number, end):
        """Cycles of each stage while the waves show that fault, up to the time `end`."""
        stage = vcd.signals["board.fault.stage"]
        cycles = {}
        for (begin, value), until in zip(stage.changes(), [*stage.times[1:], vcd.end]):
            until = min(until, end)
            if value == 0 or until <= begin or vcd.signals["board.fault.number"].at(begin) != number:
                continue
            name = vcd.names["board.fault.stage"][value]
            cycles[name] = cycles.get(name, 0) + (until - begin) // PERIOD
        return cycles


class WindowOfAFault(WavesTest):
    def setUp(self):
        super().setUp()
        self.run, self.vcd = self.waves("--waves-from", "fault:3", "--waves-for", "2000")
        self.row = self.fault(self.run, 3)
        self.signals = self.vcd.signals

    def test_begins_with_the_access_and_has_the_given_length(self):
        self.assertEqual(self.vcd.begin, self.row["start"] * PERIOD)
        self.assertEqual(self.vcd.end, (self.row["start"] + 2000) * PERIOD)
        for path, signal in self.signals.items():
            self.assertEqual(signal.times, sorted(set(signal.times)), path)
            self.assertGreaterEqual(signal.times[0], self.vcd.begin, path)
            self.assertLess(signal.times[-1], self.vcd.end, path)

    def test_abort_is_the_fault_of_the_database(self):
        status = self.signals["board.mmu.abort.status"]
        aborts = [(time, value) for time, value in status.changes() if value != 0]
        time, _ = aborts[0]
        self.assertEqual(self.vcd.named("board.mmu.abort.status", time), self.row["abort"].replace(" ", "_"))
        self.assertEqual(self.signals["board.mmu.abort.address"].at(time), self.row["va"])
        self.assertEqual(self.vcd.named("board.mmu.abort.access", time), self.row["access"])
        self.assertEqual(self.signals["board.mmu.abort.level"].at(time), self.row["level"])
        hardware = self.run.query("SELECT sum(cycles) FROM stage WHERE fault_id = 3 AND stage IN "
                                  "('l1_tlb', 'l2_tlb', 'walk_queue', 'walk_read', 'walk_update', 'walk_other')")
        self.assertEqual(time, (self.row["start"] + hardware[0][0]) * PERIOD)

    def test_trap_comes_when_the_database_says(self):
        before_handler = self.run.query(
            "SELECT sum(cycles) FROM stage WHERE fault_id = 3 AND seq <= "
            "(SELECT seq FROM stage WHERE fault_id = 3 AND stage = 'trap_entry')")[0][0]
        trap = (self.row["start"] + before_handler) * PERIOD
        self.assertEqual(self.vcd.named("board.hart0.privilege", trap - 1), self.row["mode"])
        self.assertEqual(self.vcd.named("board.hart0.privilege", trap), "S")
        self.assertEqual(self.signals["board.hart0.pc"].at(self.vcd.begin), self.row["pc"])
        self.assertEqual(self.signals["board.hart0.pc"].at(trap - 1), self.row["pc"])
        self.assertNotEqual(self.signals["board.hart0.pc"].at(trap), self.row["pc"])

    def test_pc_stays_in_the_code(self):
        for _, pc in self.signals["board.hart0.pc"].changes():
            self.assertEqual(pc % 2, 0)
            self.assertTrue(pc < 1 << 38 or pc >= 0xffffffff80000000, hex(pc))

    def test_every_signal_of_a_name_list_has_named_values_only(self):
        for path, names in self.vcd.names.items():
            for time, value in self.signals[path].changes():
                if value != "x":
                    self.assertIn(value, names, f"{path} at {time}")


class WholeFault(WavesTest):
    def test_stages_add_up_to_those_of_the_database(self):
        run, vcd = self.waves("--waves-from", "fault:5")
        row = self.fault(run, 5)
        end = row["start"] + row["total"]
        self.assertEqual(vcd.end, (end + 100) * PERIOD)
        database = dict(run.query("SELECT stage, sum(cycles) FROM stage WHERE fault_id = 5 GROUP BY stage"))
        self.assertEqual(self.stage_cycles(vcd, 5, end * PERIOD), database)

    def test_walk_engine_is_busy_as_long_as_the_walk(self):
        run, vcd = self.waves("--waves-from", "fault:5")
        states = vcd.signals["board.mmu.walker0.state"].changes()
        begin = next(time for time, value in states if value != 0)
        end = next(time for time, value in states if time > begin and value == 0)
        walk = run.query("SELECT sum(cycles) FROM stage WHERE fault_id = 5 AND stage IN "
                         "('walk_read', 'walk_update', 'walk_other')")[0][0]
        self.assertEqual((end - begin) // PERIOD, walk)
        self.assertEqual(vcd.signals["board.mmu.walk_request.valid"].at(begin), 1)

    def test_first_timed_fault_is_the_default(self):
        run, vcd = self.waves("--waves")
        [(number, start)] = run.query("SELECT id, start_cycle FROM fault WHERE timed ORDER BY id LIMIT 1")
        self.assertEqual(vcd.begin, start * PERIOD)
        self.assertEqual(vcd.signals["board.fault.number"].at(vcd.begin), number)


class DramCommands(WavesTest):
    """/bin/segv marks no region, so the statistics cover all that was timed."""

    def setUp(self):
        super().setUp()
        short = self.waves("--waves-for", "1", program=SEGV, status=139)[0]
        begin = short.query("SELECT min(start_cycle) FROM fault WHERE timed")[0][0] - 200000
        self.run, self.vcd = self.waves("--waves-from", f"cycle:{begin}", "--waves-for", "5000000",
                                        program=SEGV, status=139)

    def counts(self, scope):
        names = self.vcd.names[f"{scope}.command"]
        counts = {}
        for _, value in self.vcd.signals[f"{scope}.command"].changes():
            counts[names[value]] = counts.get(names[value], 0) + 1
        return counts

    def test_are_those_that_were_counted(self):
        counts = self.counts("board.dram.channel0")
        channel = self.run.stats["statistics"]["dram"]["channel0"]
        self.assertEqual(counts["RD"], channel["reads"]["value"])
        self.assertEqual(counts["ACT"], channel["activates"]["value"])
        self.assertEqual(counts.get("WR", 0), channel["writes"]["value"])

    def test_go_to_the_banks(self):
        channel = self.counts("board.dram.channel0")
        banks = [self.counts(f"board.dram.channel0.rank0.bank{i}") for i in range(16)]
        for command in ("ACT", "RD", "WR"):  # never in two cycles running, as precharges may be
            self.assertEqual(sum(bank.get(command, 0) for bank in banks), channel.get(command, 0), command)
        for bank in banks:
            self.assertEqual(bank["REF"], channel["REF"])

    def test_read_from_the_row_that_is_open(self):
        names = self.vcd.names["board.dram.channel0.command"]
        for time, value in self.vcd.signals["board.dram.channel0.command"].changes():
            if names[value] not in ("RD", "WR"):
                continue
            bank = self.vcd.signals["board.dram.channel0.bank"].at(time)
            self.assertEqual(self.vcd.signals[f"board.dram.channel0.rank0.bank{bank}.row"].at(time),
                             self.vcd.signals["board.dram.channel0.row"].at(time), time)


class OtherWindows(WavesTest):
    def test_cycle_is_where_it_was_asked_for(self):
        start = self.waves("--waves-for", "1")[1].begin // PERIOD
        _, vcd = self.waves("--waves-from", f"cycle:{start}", "--waves-for", "300")
        self.assertEqual((vcd.begin, vcd.end), (start * PERIOD, (start + 300) * PERIOD))
        self.assertIsInstance(vcd.signals["board.hart0.pc"].at(vcd.begin), int)

    def test_cycle_and_fault_show_the_same(self):
        _, by_fault = self.waves("--waves-from", "fault:4", "--waves-for", "1500")
        _, by_cycle = self.waves("--waves-from", f"cycle:{by_fault.begin // PERIOD}", "--waves-for", "1500")
        self.assertEqual(by_fault.signals.keys(), by_cycle.signals.keys())
        for path, signal in by_fault.signals.items():
            other = by_cycle.signals[path]
            for time, value in signal.changes()[1:]:  # the first is what came before
                self.assertEqual(other.at(time), value, f"{path} at {time}")
            for time, value in other.changes()[1:]:
                self.assertEqual(signal.at(time), value, f"{path} at {time}")

    def test_instruction_begins_at_a_boundary(self):
        run, vcd = self.waves("--waves-from", "instruction:1000", "--waves-for", "40")
        self.assertEqual((vcd.begin, vcd.end), (1000 * PERIOD, 1040 * PERIOD))  # functional: one a cycle
        self.assertEqual(len(vcd.signals["board.hart0.pc"].times), 40)
        self.assertIn("waves of cycles 1000 to 1040", run.err)


class Promises(WavesTest):
    def test_results_are_the_same_with_and_without(self):
        plain = self.run_program(*TOUCH)
        for options in (("--waves-from", "fault:3", "--waves-for", "2000"), ("--waves-from", "fault:40"),
                        ("--waves-for", "10000000")):  # the last: all that is timed
            run, _ = self.waves(*options)
            for name in RESULTS:
                self.assertEqual(run.read(name), plain.read(name), f"{name} with {options}")

    def test_waves_are_the_same_every_time(self):
        first, second = (self.waves("--waves-from", "fault:7")[0] for _ in range(2))
        self.assertEqual(first.read("waves.vcd"), second.read("waves.vcd"))

    def test_there_are_none_unless_asked_for_and_old_ones_go(self):
        run, _ = self.waves("--waves")
        again = self.call("run", "--out", run.folder, "--", *TOUCH, folder=run.folder)
        self.assertEqual(again.status, 0, again.err)
        self.assertFalse((run.folder / "waves.vcd").exists())

    def test_place_that_is_not_reached_is_reported(self):
        for place, words in (("fault:300", "fault 300 was not reached: the run had"),
                             ("cycle:900000000", "cycle 900000000 was not reached: the run ended in cycle"),
                             ("instruction:900000000", "instruction 900000000 was not reached")):
            run, vcd = self.waves("--waves-from", place)
            self.assertIsNone(vcd)
            self.assertIn(words, run.err)

    def test_end_of_the_run_in_the_window_is_reported(self):
        run, vcd = self.waves("--waves-from", "fault:20", "--waves-for", "10000000")
        self.assertEqual(vcd.end, run.stats["run"]["cycles"] * PERIOD)
        self.assertIn("the run ended first", run.err)

    def test_what_cannot_be_is_refused(self):
        for options, words in ((("--waves-from", "fault:0"), "first-fault, fault:N (from 1), cycle:N or instruction:N"),
                               (("--waves-from", "soon"), "soon is not allowed"),
                               (("--waves-for", "0"), "--waves-for"),
                               (("--waves-for", "many"), "--waves-for"),
                               (("--set", "sim.waves.from=fault:-1"), "sim.waves.from: fault:-1 is not allowed"),
                               (("--set", "sim.waves.cycles=10000001"), "sim.waves.cycles")):
            run = self.call("run", *options, "--out", self.folder / "refused", "--", *TOUCH)
            self.assertEqual(run.status, 2, options)
            self.assertIn(words, run.err + run.out)
            self.assertFalse((self.folder / "refused").exists())


class BareProgram(SystemTest):
    def test_has_waves_too(self):
        folder = self.folder / "bare"
        run = self.bare("spin", "--max-cycles", "3000", "--waves-from", "cycle:1000", "--waves-for", "500",
                        "--out", folder)
        self.assertEqual(run.status, 3)
        vcd = read_vcd(folder / "waves.vcd")
        self.assertEqual((vcd.begin, vcd.end), (1000 * PERIOD, 1500 * PERIOD))
        self.assertEqual(vcd.named("board.hart0.privilege", vcd.begin), "M")
        self.assertTrue(0x80000000 <= vcd.signals["board.hart0.pc"].at(vcd.begin) < 0x80001000)


class SaveFile(WavesTest):
    def test_names_signals_that_are_there_and_filters_that_fit(self):
        _, vcd = self.waves("--waves-for", "1000")
        for alias, path, filter_file in signals_of_save_file(ROOT / "waves" / "system.gtkw"):
            self.assertIn(path, vcd.signals, alias)
            self.assertEqual(filter_file is not None, path in vcd.names, path)
            if filter_file:
                self.assertEqual(names_of_filter(ROOT / filter_file), vcd.names[path], path)

    def test_shows_every_signal(self):
        _, vcd = self.waves("--waves-for", "1000")
        shown = {path for _, path, _ in signals_of_save_file(ROOT / "waves" / "system.gtkw")}
        self.assertEqual(shown, set(vcd.signals))
