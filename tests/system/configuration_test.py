# SPDX-License-Identifier: Apache-2.0
"""A wrong configuration ends with status 2 and says path, value and what is allowed."""

from support import GUESTS, SystemTest


class WrongValue(SystemTest):
    def assert_refused(self, setting, *words):
        run = self.run_program("/bin/touch", settings=[setting])
        self.assertEqual(run.status, 2, run.err)
        for word in words:
            self.assertIn(word, run.err)

    def test_an_unknown_key_suggests_a_known_one(self):
        self.assert_refused("mmu.l2_tlb.entrys=64", "mmu.l2_tlb.entrys", "mmu.l2_tlb.entries")

    def test_a_wrong_type_names_the_type(self):
        self.assert_refused("mmu.l2_tlb.entries=many", "mmu.l2_tlb.entries", "many", "integer")

    def test_three_ways_do_not_divide_64_entries(self):
        run = self.run_program("/bin/touch",
                               settings=["mmu.l2_tlb.entries=64", "mmu.l2_tlb.ways=3"])
        self.assertEqual(run.status, 2)
        self.assertIn("mmu.l2_tlb.ways", run.err)
        self.assertIn("3", run.err)

    def test_a_memory_smaller_than_the_guest_is_refused(self):
        self.assert_refused("dram.size_bytes=1MiB", "dram.size_bytes", "at least")

    def test_an_unknown_preset_lists_the_known_ones(self):
        self.assert_refused("dram.preset=DDR9-1", "DDR9-1", "DDR4-2400")

    def test_every_problem_is_reported_at_once(self):
        run = self.run_program("/bin/touch", settings=["mmu.nonsense=1", "cache.l1d.ways=x"])
        self.assertEqual(run.status, 2)
        self.assertIn("mmu.nonsense", run.err)
        self.assertIn("cache.l1d.ways", run.err)


    def test_a_folder_instead_of_a_configuration(self):
        self.assertEqual(self.call("run", self.folder).status, 2)

    def test_a_file_instead_of_the_results_folder(self):
        file = self.folder / "file"
        file.write_text("")
        run = self.call("run", "--out", file, "--", "/bin/touch")
        self.assertEqual(run.status, 2)
        self.assertIn("file", run.err)

    def test_a_kernel_in_the_monitor_s_place(self):
        self.assert_refused(f"firmware.kernel={GUESTS / 'pass.elf'}", "firmware.kernel",
                            "0x80200000")


class Resolved(SystemTest):
    def test_what_config_prints_can_be_fed_back(self):
        first = self.call("config", "--set", "mmu.l2_tlb.entries=2048")
        self.assertEqual(first.status, 0)
        file = self.folder / "machine.yaml"
        file.write_text(first.out)
        second = self.call("config", file)
        self.assertEqual(second.status, 0, second.err)
        self.assertEqual(first.out, second.out)

    def test_a_program_that_is_not_there_is_refused_with_a_list(self):
        run = self.run_program("/bin/nothing")
        self.assertEqual(run.status, 2)
        self.assertIn("/bin/nothing", run.err)
        self.assertIn("touch", run.err)
