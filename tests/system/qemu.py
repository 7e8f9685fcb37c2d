# SPDX-License-Identifier: Apache-2.0
"""QEMU's `virt` machine, with the same guest software, archive and disks as Faultline."""

import dataclasses
import os
import pathlib
import struct
import subprocess

QEMU = os.environ.get("QEMU_SYSTEM_RISCV64")
SOFTWARE = pathlib.Path(os.environ["FAULTLINE"]).parent / "sw"
PAGE = 4096


@dataclasses.dataclass
class Outcome:
    """How a boot ended."""
    status: int
    console: str


def cpio_entry(number, name, mode, content):
    """One member of an archive of format newc."""
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + path
    return header + bytes(-len(header) % 4) + content + bytes(-len(content) % 4)


def write_archive(file):
    """The initial archive that Faultline makes: all of rootfs, in the order of the paths."""
    root = SOFTWARE / "rootfs"
    directory, executable, readable = 0o040755, 0o100755, 0o100644
    members = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir():
            members.append((name, directory, b""))
        else:
            mode = executable if name.startswith("bin/") else readable
            members.append((name, mode, path.read_bytes()))
    members.append(("TRAILER!!!", 0, b""))
    file.write_bytes(b"".join(cpio_entry(number, *member)
                              for number, member in enumerate(members, 1)))


def write_swap(file, size):
    """An empty swap area, as mkswap makes it."""
    header = bytearray(PAGE)
    struct.pack_into("<III", header, 1024, 1, size // PAGE - 1, 0)
    header[-10:] = b"SWAPSPACE2"
    with open(file, "wb") as image:
        image.write(header)
        image.truncate(size)


def run_bare(elf, timeout=60):
    """Runs a bare-metal guest until it ends the machine through the finisher."""
    process = subprocess.run(
        [QEMU, "-M", "virt", "-display", "none", "-serial", "stdio", "-monitor", "none",
         "-no-reboot", "-bios", str(elf)],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
    return Outcome(process.returncode, process.stdout.decode(errors="replace"))


def boot(archive, options, program, *, memory, disks=(), timeout=120):
    """Runs a program until the machine ends."""
    quoted = " ".join(f'"{word}"' if " " in word or not word else word for word in program[1:])
    command = [
        QEMU, "-M", "virt", "-m", memory, "-display", "none",
        "-serial", "stdio", "-monitor", "none", "-no-reboot",
        "-global", "virtio-mmio.force-legacy=false",
        "-bios", SOFTWARE / "monitor.elf", "-kernel", SOFTWARE / "kernel.elf",
        "-initrd", archive, "-append", f"{options} init={program[0]} -- {quoted}"
    ]
    for number, disk in enumerate(disks):
        command += ["-drive", f"file={disk},format=raw,if=none,id=d{number}",
                    "-device", f"virtio-blk-device,drive=d{number}"]
    process = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=timeout, check=False)
    return Outcome(process.returncode, process.stdout.decode(errors="replace"))
