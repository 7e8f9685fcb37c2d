# SPDX-License-Identifier: Apache-2.0
"""Sv48 and Sv57: a bare-metal guest translates as on QEMU, whose hart has all three formats; what
knows Sv39 only runs on a machine that has more."""

import re

import qemu
from support import GUESTS, SystemTest

GUEST = "large_address_spaces"


def accesses(console):
    """The lines of the guest: kind, address, cause, value."""
    return re.findall(r"^([MLSF]) (\w{16}) (\w{16}) (\w{16})$", console, re.MULTILINE)


class AddressSpaces(SystemTest):
    @classmethod
    def setUpClass(cls):
        there = qemu.run_bare(GUESTS / f"{GUEST}.elf")
        cls.reference = accesses(there.console)

    def accesses(self, *settings):
        arguments = [word for setting in settings for word in ("--set", setting)]
        run = self.bare(GUEST, *arguments)
        self.assertEqual(run.status, 0, run.err)
        return accesses(run.out)

    def part_of(self, *modes):
        """What the reference shows of these modes; one that satp does not take is Bare."""
        lines, wanted = [], False
        for line in self.reference:
            if line[0] == "M":
                wanted = int(line[1], 16) in modes
                lines.append(line if wanted else (*line[:3], f"{0:016x}"))
            elif wanted:
                lines.append(line)
        return lines

    def test_the_reference_has_all_modes_and_every_kind_of_result(self):
        modes = [int(line[3], 16) for line in self.reference if line[0] == "M"]
        self.assertEqual(modes, [8, 9, 10])
        results = {(line[0], int(line[2], 16)) for line in self.reference}
        self.assertEqual(results, {("M", 0), ("L", 0), ("L", 13), ("S", 0), ("S", 15),
                                   ("F", 9), ("F", 12)})

    def test_an_sv57_machine_is_qemu_s_in_both_fidelities(self):
        for fidelity in ("cycle", "functional"):
            with self.subTest(fidelity=fidelity):
                self.assertEqual(self.accesses("mmu.format=sv57", f"sim.fidelity={fidelity}"),
                                 self.reference)

    def test_walk_caches_of_all_levels_change_nothing(self):
        levels = [f"mmu.walk_cache.level{level}.entries=4" for level in (1, 2, 3, 4)]
        self.assertEqual(self.accesses("mmu.format=sv57", *levels, "mmu.check=true"),
                         self.reference)

    def test_satp_takes_no_mode_beyond_the_format(self):
        self.assertEqual(self.accesses("mmu.format=sv48"), self.part_of(8, 9))
        self.assertEqual(self.accesses("mmu.format=sv39"), self.part_of(8))


class KernelOfSv39(SystemTest):
    def test_larger_formats_change_nothing_for_it(self):
        small, large = (
            self.run_program("/bin/touch", settings=[f"mmu.format={format}"])
            for format in ("sv39", "sv57"))
        self.assertEqual(large.status, 0, large.err)
        self.assertEqual(large.read("console.txt"), small.read("console.txt"))
        self.assertEqual(large.path_counts(), small.path_counts())
