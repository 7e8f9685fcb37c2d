#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs random bare-metal programs on QEMU and on Faultline and compares what they print, line by line.

Exit status: 0 = no difference, 1 = a difference (the program is kept and named), 2 = a program could not be
built or QEMU did not run it to its end.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# Without the extensions that this hart does not have. README.md lists what the programs avoid besides.
QEMU_CPU = "rv64,h=false,zba=false,zbb=false,zbc=false,zbs=false"
COMPILE = ["-march=rv64gc", "-mabi=lp64d", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-Wl,--build-id=none",
           f"-Wa,-I{HERE}", "-T", str(HERE / "program.ld")]


class Unusable(Exception):
    """The test itself failed, before anything could be compared."""


def run(command, seconds):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
                          check=False)


def build(seed, folder, options):
    source, elf = folder / f"program{seed}.S", folder / f"program{seed}.elf"
    source.write_text(run([sys.executable, HERE / "generate.py", str(seed), "--blocks", str(options.blocks)],
                          60).stdout)
    verbose = ["-Wa,--defsym=VERBOSE=1"] if options.state else []
    result = run([options.compiler, *COMPILE, *verbose, source, "-o", elf], 60)
    if result.returncode != 0:
        raise Unusable(f"seed {seed}: {result.stderr}")
    return elf


def log_lines(output):
    """The program's own lines (runtime.S); a simulator may print others around them."""
    return [line for line in output.splitlines() if line[:2] in ("T ", "B ", " 0") or line == "E"]


def reference(elf, options):
    command = [options.qemu, "-M", "virt", "-cpu", QEMU_CPU, "-nographic", "-bios", elf]
    lines = log_lines(run(command, options.timeout).stdout)
    if not lines or lines[-1] != "E":
        raise Unusable(f"{elf.name}: did not end on QEMU")
    return lines


def candidate(elf, options):
    command = [options.faultline, "bare", elf]
    for setting in options.set:
        command += ["--set", setting]
    try:
        result = run(command, options.timeout)
    except subprocess.TimeoutExpired as error:
        return log_lines((error.stdout or b"").decode()), "timed out"
    return log_lines(result.stdout), f"exit status {result.returncode}\n{result.stderr}"


def first_difference(expected, got):
    for i, pair in enumerate(zip(expected, got)):
        if pair[0] != pair[1]:
            return i
    return None if len(expected) == len(got) else min(len(expected), len(got))


def describe_state(expected, got):
    """What differs between two lines of --state: the order is that of end_of_block in runtime.S."""
    names = ["mstatus", "fcsr", "sepc", "scause", "stval", "medeleg", "mideleg", "mie"]
    names += [f"f{n}" for n in range(32)] + [f"x{n}" for n in range(1, 32)]
    for i, (one, other) in enumerate(zip(expected.split(), got.split())):
        if one != other:
            name = names[i] if i < len(names) else f"page_user+{(i - len(names)) * 8:#x}"
            print(f"    {name}: qemu {one}, faultline {other}")


def compare(seed, folder, options):
    """True if both machines print the same."""
    elf = build(seed, folder, options)
    expected = reference(elf, options)
    got, how_it_ended = candidate(elf, options)
    at = first_difference(expected, got)
    if at is None:
        return True
    print(f"seed {seed}: line {at + 1} of {len(expected)} differs; program: {elf}")
    if options.state and at < len(got) and expected[at].startswith(" "):
        describe_state(expected[at], got[at])
        return False
    for line in expected[max(0, at - 3):at]:
        print(f"            {line}")
    print(f"  qemu      {expected[at] if at < len(expected) else '(end)'}")
    print(f"  faultline {got[at] if at < len(got) else '(end) ' + how_it_ended}")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faultline", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", default="riscv64-linux-gnu-gcc")
    parser.add_argument("--qemu", default="qemu-system-riscv64")
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--count", type=int, default=10, help="number of seeds")
    parser.add_argument("--blocks", type=int, default=60, help="blocks in a program")
    parser.add_argument("--set", action="append", default=[], help="setting for faultline: path=value")
    parser.add_argument("--state", action="store_true", help="compare and name all state, not only its digest")
    parser.add_argument("--timeout", type=int, default=60, help="seconds of each run")
    parser.add_argument("--folder", type=pathlib.Path, help="where the programs go (default: a new folder)")
    options = parser.parse_args()

    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="faultline-differential-"))
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(options.first, options.first + options.count)
    try:
        different = [seed for seed in seeds if not compare(seed, folder, options)]
    except (Unusable, subprocess.TimeoutExpired) as error:
        print(error)
        return 2
    print(f"{len(seeds)} programs (seeds {seeds[0]} to {seeds[-1]}): {len(different)} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
