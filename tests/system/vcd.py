# SPDX-License-Identifier: Apache-2.0
"""Reads a value change dump: what each signal was at each time."""

import bisect
import re
import subprocess


class Signal:
    def __init__(self, bits):
        self.bits = bits
        self.times = []
        self.values = []  # int, "x" or "z"

    def at(self, time):
        """The value in force at a time; "x" before the first."""
        index = bisect.bisect_right(self.times, time) - 1
        return self.values[index] if index >= 0 else "x"

    def changes(self):
        return list(zip(self.times, self.values))


class Vcd:
    """signals by path ("board.hart0.pc"), the first and the last time, and the names of values as the file's
    comments give them."""

    def __init__(self, lines):
        self.signals = {}
        self.names = {}
        self.begin = self.end = None
        self._by_id = {}
        self._scopes = []
        self._in_header = True
        for line in lines:
            self._read(line.strip())

    def _read(self, line):
        if line.startswith("$"):
            self._declare(line)
        elif self._in_header:
            return  # the rest of a comment
        elif line.startswith("#"):
            self.end = int(line[1:])
            if self.begin is None:
                self.begin = self.end
        elif line.startswith("b"):
            digits, identifier = line[1:].split()
            self._change(identifier, digits if digits in "xz" else int(digits, 2))
        elif line:
            self._change(line[1:], line[0] if line[0] in "xz" else int(line[0]))

    def _change(self, identifier, value):
        for signal in self._by_id[identifier]:
            signal.times.append(self.end)
            signal.values.append(value)

    def _declare(self, line):
        words = line.split()
        if words[0] == "$enddefinitions":
            self._in_header = False
        elif words[0] == "$scope":
            self._scopes.append(words[2])
        elif words[0] == "$upscope":
            self._scopes.pop()
        elif words[0] == "$var":
            signal = Signal(int(words[2]))
            self.signals[".".join([*self._scopes, words[4]])] = signal
            self._by_id.setdefault(words[3], []).append(signal)
        elif match := re.fullmatch(r"\$comment values of (\S+): (.*) \$end", line):
            self.names[match[1]] = {int(value): name for value, name in
                                    (pair.split("=") for pair in match[2].split())}

    def named(self, path, time):
        """The name of a signal's value at a time."""
        return self.names[path][self.signals[path].at(time)]


def read_vcd(file):
    with open(file, encoding="ascii") as lines:
        return Vcd(lines)


def read_fst(file):
    """The same of an FST, by GTKWave's converter."""
    text = subprocess.run(["fst2vcd", file], check=True, capture_output=True, text=True).stdout
    return Vcd(text.splitlines())


def signals_of_save_file(file):
    """Name on the screen, path and filter file (or None) of each signal in a save file of GTKWave."""
    filter_file = None
    for line in file.read_text().splitlines():
        if line.startswith("^1 "):
            filter_file = line[3:]
        elif match := re.fullmatch(r"\+\{(.*)\} (\S+?)(\[\d+:0\])?", line):
            yield match[1], match[2], filter_file
            filter_file = None


def names_of_filter(file):
    return {int(value, 16): name for value, name in (line.split() for line in file.read_text().splitlines())}
