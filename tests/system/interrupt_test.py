# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C ends a run in order."""

import signal
import subprocess

from support import FAULTLINE, GUESTS, SystemTest


class Interrupt(SystemTest):
    def test_an_endless_guest_ends_at_ctrl_c_and_says_where_it_was(self):
        command = [FAULTLINE, "bare", str(GUESTS / "spin.elf")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            self.assertEqual(process.stdout.readline(), "on\n")
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn("pc 0x", err)
