#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Parameters of which the RTL cannot be built are refused by name when it is elaborated."""

import pathlib
import subprocess
import unittest

LINT = pathlib.Path(__file__).resolve().parents[2] / "rtl" / "lint"

STEPS = ["Accept", "LookUp", "Issue", "Decode", "Update", "Respond"]
LEVELS = "Levels must be 3 (Sv39), 4 (Sv48) or 5 (Sv57)"
NO_SUCH_LEVEL = "a level that the format does not have can have no entries"

# Module, parameters, and what the message must say.
WRONG = [
    ("ptw", ["Levels=2"], LEVELS),
    ("ptw", ["Levels=6"], LEVELS),
    *[("ptw", [f"{step}Cycles=0"], "at least one cycle") for step in STEPS],
    *[("ptw", [f"{step}Cycles=10001"], "at most 10000 cycles") for step in STEPS],
    ("walk_cache", ["Levels=2"], "Levels must be 3 to 5"),
    ("walk_cache", ["Levels=6"], "Levels must be 3 to 5"),
    ("walk_cache", ["Levels=3", "Entries3=4"], NO_SUCH_LEVEL),
    ("walk_cache", ["Levels=4", "Entries4=4"], NO_SUCH_LEVEL),
    ("walk_cache", ["Ports=65", "Entries1=0", "Entries2=0"], "Ports must be 1 to 64"),
    ("walker", ["Levels=6"], LEVELS),
    ("walker", ["Count=0"], "[-1:0]"),  # by verilator: it has no vectors of no bits
    ("walker", ["Count=65", "WcEntries1=0", "WcEntries2=0"], "Count must be 1 to 64"),
    ("walker", ["QueueDepth=0"], "QueueDepth must be 1 to 1024"),
    ("walker", ["QueueDepth=1025"], "QueueDepth must be 1 to 1024"),
    ("walker", ["WcEntries3=4"], NO_SUCH_LEVEL),
    ("walker", ["LookUpCycles=0"], "at least one cycle"),
]
# The last that are still good.
GOOD = [
    ("ptw", ["Levels=5", *[f"{step}Cycles=10000" for step in STEPS]]),
    ("walk_cache", ["Levels=4", "Entries3=4", "Ways3=4", "Ports=3"]),
    ("walker", ["QueueDepth=1024"]),
]


def lint(module, parameters):
    return subprocess.run([LINT, module, *parameters], capture_output=True, text=True, check=False)


class Parameters(unittest.TestCase):
    def test_wrong_ones_are_refused_and_named(self):
        for module, parameters, message in WRONG:
            with self.subTest(module=module, parameters=parameters):
                run = lint(module, parameters)
                self.assertNotEqual(run.returncode, 0)
                self.assertIn(message, run.stderr)

    def test_limits_themselves_are_good(self):
        for module, parameters in GOOD:
            with self.subTest(module=module, parameters=parameters):
                run = lint(module, parameters)
                self.assertEqual(run.returncode, 0, run.stderr)


if __name__ == "__main__":
    unittest.main()
