# SPDX-License-Identifier: Apache-2.0
"""Runs Faultline as a user does, and reads what it leaves."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

FAULTLINE = os.environ["FAULTLINE"]
GUESTS = pathlib.Path(os.environ["FAULTLINE_GUESTS"])
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Results:
    """One finished call: exit status, output, and the run folder if there is one."""

    def __init__(self, process, folder):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.folder = folder

    def read(self, name):
        return (self.folder / name).read_bytes()

    @property
    def stats(self):
        return json.loads(self.read("stats.json"))

    def query(self, sql, *arguments):
        """The rows of one statement on faults.db."""
        with sqlite3.connect(self.folder / "faults.db") as database:
            return database.execute(sql, arguments).fetchall()

    def path_counts(self):
        """Faults of the region of interest, by path."""
        return dict(self.query("SELECT path, count(*) FROM fault WHERE in_roi GROUP BY path"))


class SystemTest(unittest.TestCase):
    """A test with a folder of its own that goes away with it."""

    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self._runs = 0

    def call(self, *arguments, folder=None, timeout=300):
        process = subprocess.run([FAULTLINE, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, timeout=timeout, check=False)
        return Results(process, folder)

    def run_program(self, *program, config=None, settings=()):
        """`faultline run`, into a new folder."""
        self._runs += 1
        folder = self.folder / f"run{self._runs}"
        arguments = ["run"]
        if config:
            arguments.append(config)
        for setting in settings:
            arguments += ["--set", setting]
        arguments += ["--out", folder]
        if program:
            arguments += ["--", *program]
        return self.call(*arguments, folder=folder)

    def bare(self, guest, *arguments):
        return self.call("bare", GUESTS / f"{guest}.elf", *arguments)
