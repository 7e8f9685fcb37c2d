# SPDX-License-Identifier: Apache-2.0
"""Mutations: read from their lists, checked against the sources, and made into something that runs.

A mutation replaces one piece of text in one source file by another. Of an RTL file the mutant is a
copy of rtl/ for `faultline cosim --rtl-sources`; of a C++ file it is a faultline of its own, for which
only the translation units that the file belongs to are compiled again.
"""

import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTS = pathlib.Path(__file__).resolve().parent
KEYS = {"file", "fault", "old", "new"}


class ListError(Exception):
    """The list does not fit the sources: a stale, double or unbuildable mutation."""


@dataclasses.dataclass(frozen=True)
class Mutation:
    """`old`, which occurs exactly once in `file`, becomes `new`; `fault` says what is wrong then."""

    name: str
    file: str
    fault: str
    old: str
    new: str

    @property
    def is_rtl(self):
        return self.file.startswith("rtl/")

    def problem(self):
        """Why the mutation cannot be applied; None if it can."""
        path = ROOT / self.file
        if not path.is_file():
            return f"{self.name}: no file {self.file}"
        found = path.read_text().count(self.old)
        if found != 1:
            return f"{self.name}: {self.file} has the text to replace {found} times, not once"
        if self.old == self.new:
            return f"{self.name}: changes nothing"
        return None

    def mutated(self):
        """The whole text of the file with the fault in it."""
        return (ROOT / self.file).read_text().replace(self.old, self.new)


def read_lists(folder=LISTS):
    """All mutations of the folder's *.toml, in order; raises ListError with everything that is wrong."""
    mutations, problems = [], []
    for path in sorted(folder.glob("*.toml")):
        for name, table in tomllib.loads(path.read_text()).items():
            if set(table) != KEYS:
                problems.append(f"{path.name}: {name} has not exactly the keys {sorted(KEYS)}")
                continue
            mutation = Mutation(name, **table)
            if any(name == other.name for other in mutations):
                problems.append(f"{path.name}: {name} is there twice")
            mutations.append(mutation)
            problems.append(mutation.problem())
    problems = [problem for problem in problems if problem]
    if problems:
        raise ListError("\n".join(problems))
    return mutations


def control(file):
    """A mutation that leaves `file` as it is: its mutant goes the same way and has to pass."""
    return Mutation(f"control_{pathlib.Path(file).stem}", file, "none: the sources as they are", "", "")


def run(command, **options):
    """Runs quietly; raises ListError with the output's end if it fails."""
    process = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False, **options)
    if process.returncode != 0:
        raise ListError("does not build:\n" + "\n".join(process.stdout.splitlines()[-15:]))
    return process.stdout


class Build:
    """A finished build of Faultline by Ninja, of which mutants are made.

    A faultline keeps the designs of the RTL that it builds beside itself: `copy` is one in `scratch`,
    for designs of mutants, which the build does not keep. `environment` has them compiled without
    optimisation: most run for some walks only.
    """

    def __init__(self, folder, scratch):
        self.folder = folder.resolve()
        self.faultline = self.folder / "faultline"
        if not self.faultline.is_file():
            raise ListError(f"no faultline in {folder}: build it first")
        self.copy = pathlib.Path(shutil.copy(self.faultline, scratch))
        compiler = scratch / "unoptimised"
        compiler.write_text(f'#!/bin/sh\nexec {os.environ.get("CXX", "g++")} "$@" -O0\n')
        compiler.chmod(0o755)
        self.environment = os.environ | {"CXX": str(compiler)}
        self._compile = {}  # object: its command
        for entry in json.loads((self.folder / "compile_commands.json").read_text()):
            command = shlex.split(entry["command"])
            self._compile[command[command.index("-o") + 1]] = entry
        self._link = run(["ninja", "-C", self.folder, "-t", "commands", "-s", "faultline"])
        self._users = self._dependencies(run(["ninja", "-C", self.folder, "-t", "deps"]))

    @staticmethod
    def _dependencies(listing):
        """From `ninja -t deps`: for each file, the objects that it is part of."""
        users, output = {}, None
        for line in listing.splitlines():
            if line.startswith(" "):
                users.setdefault(line.strip(), []).append(output)
            elif line:
                output = line.split(":")[0]
        return users

    def objects_of(self, file):
        """The objects of models/mmu that `file` is part of, and all their commands."""
        objects = [o for o in self._users.get(str(ROOT / file), []) if o.startswith("models/mmu/")]
        if not objects:
            raise ListError(f"{file} is part of no object of models/mmu")
        return objects

    def make(self, mutation, folder):
        """Compiles and links the mutant into `folder`; returns its executable."""
        overlay = folder / mutation.file
        overlay.parent.mkdir(parents=True)
        overlay.write_text(mutation.mutated())
        objects = []
        for output in self.objects_of(mutation.file):
            entry = self._compile[output]
            made = folder / pathlib.Path(output).name
            command = shlex.split(entry["command"])
            command[command.index("-o") + 1] = str(made)
            if entry["file"] == str(ROOT / mutation.file):
                command[command.index("-c") + 1] = str(overlay)
            run([*command, "-iquote", folder], cwd=self.folder)
            objects.append(made)
        executable = folder / "faultline"
        self._link_with(objects, executable)
        (folder / "rtl").symlink_to(self.folder / "rtl")  # the designs are those of the build
        return executable

    def _link_with(self, objects, executable):
        """Links faultline; what `objects` define is not taken from the libraries."""
        command = next(line for line in reversed(self._link.splitlines()) if " -o faultline " in line)
        made = " ".join(shlex.quote(str(o)) for o in objects)
        run(command.replace(" -o faultline ", f" -o {shlex.quote(str(executable))} {made} "),
            shell=True, cwd=self.folder)


def copy_rtl(mutation, folder):
    """A copy of rtl/ in `folder` with the fault in it; returns the copy."""
    copy = folder / "rtl"
    shutil.copytree(ROOT / "rtl", copy, ignore=shutil.ignore_patterns("formal"))
    (folder / mutation.file).write_text(mutation.mutated())
    return copy
