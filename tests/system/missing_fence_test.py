# SPDX-License-Identifier: Apache-2.0
"""The check of translations: it finds the fence that a kernel left out, and nothing in the one
that has it."""

import pathlib
import re

from support import FAULTLINE, ROOT, SystemTest

WITHOUT_FENCE = pathlib.Path(FAULTLINE).parent / "sw" / "tests" / "kernel_missing_fence.elf"
PTE_W = 0x4


class MissingFence(SystemTest):
    def run_checked(self, *program, settings=(), config=None):
        return self.run_program(*program, config=config, settings=("mmu.check=true", *settings))

    def test_a_fork_without_its_fence_is_found(self):
        run = self.run_checked("/bin/forkserver", settings=(f"firmware.kernel={WITHOUT_FENCE}",))
        self.assertEqual(run.status, 3, run.err)
        found = re.search(r"stale translation: store at (0x[0-9a-f]+) by the instruction at "
                          r"(0x[0-9a-f]+), ASID \d+: the page is no longer writable\n"
                          r"  used: +PTE (0x[0-9a-f]+) .*\n"
                          r"  in memory: +PTE (0x[0-9a-f]+) ", run.err)
        self.assertIsNotNone(found, run.err)
        used, current = (int(found[i], 16) for i in (3, 4))
        self.assertEqual(used & ~current, PTE_W)
        self.assertEqual(run.stats["run"]["outcome"], "wild")

    def test_the_kernel_with_the_fence_passes(self):
        run = self.run_checked("/bin/forkserver")
        self.assertEqual(run.status, 0, run.err)
        mmu = run.stats["statistics"]["mmu"]
        self.assertGreater(mmu["checked"]["value"], 100_000)
        self.assertEqual(mmu["stale"]["value"], 0)

    def test_the_check_changes_no_figure(self):
        checked = self.run_checked(config=ROOT / "configs" / "first-run.yaml")
        plain = self.run_program(config=ROOT / "configs" / "first-run.yaml")
        self.assertEqual(checked.status, 0, checked.err)
        self.assertEqual(checked.read("latency.csv"), plain.read("latency.csv"))
        self.assertEqual(checked.stats["run"], plain.stats["run"])
