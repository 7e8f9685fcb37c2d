# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C ends a run in order."""

import shutil
import signal
import subprocess

from support import FAULTLINE, GUESTS, SystemTest


class Interrupt(SystemTest):
    def interrupted(self, *arguments, before=lambda: None):
        """Status and error output of an endless guest; `before` comes before Ctrl-C."""
        command = [FAULTLINE, "bare", str(GUESTS / "spin.elf"), *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            self.assertEqual(process.stdout.readline(), "on\n")
            before()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        return process.returncode, err

    def test_an_endless_guest_ends_at_ctrl_c_and_says_where_it_was(self):
        status, err = self.interrupted()
        self.assertEqual(status, 3, err)
        self.assertIn("pc 0x", err)

    def test_the_disk_is_kept_or_it_is_said_that_it_is_not(self):
        folder = self.folder / "kept"
        folder.mkdir()
        image = folder / "disk.img"
        arguments = ("--set", "disk.generate=[{path: /x, size: 4KiB}]", "--set", f"disk.out={image}")
        status, err = self.interrupted(*arguments)
        self.assertEqual(status, 3, err)
        self.assertTrue(image.exists())
        status, err = self.interrupted(*arguments, before=lambda: shutil.rmtree(folder))
        self.assertEqual(status, 4, err)
        self.assertIn("cannot be written (disk.out)", err)
        self.assertIn("pc 0x", err)
