# SPDX-License-Identifier: Apache-2.0
"""Faultline and QEMU, the functional reference, run the same images: what the guest prints, its exit
status and the kernel's event counters are equal."""

import pathlib
import shutil
import tempfile
import unittest

import qemu
from support import SystemTest

MIB = 1 << 20


def setUpModule():
    global FOLDER, ARCHIVE
    temporary = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(temporary.cleanup)
    FOLDER = pathlib.Path(temporary.name)
    ARCHIVE = FOLDER / "archive.cpio"
    qemu.write_archive(ARCHIVE)


class Equality(SystemTest):
    """What follows runs on both. QEMU 7.2 always sets A and D itself, so Faultline does too."""

    def disk(self, *files):
        """An image that Faultline makes, with a file of made-up bytes for each name and size."""
        image = self.folder / "disk.img"
        generate = ", ".join(f"{{path: {name}, size: {size}}}" for name, size in files)
        run = self.run_program("/bin/touch", settings=[
            "sim.fidelity=functional", f"disk.generate=[{generate}]", "disk.read_only=true",
            f"disk.out={image}"])
        self.assertEqual(run.status, 0, run.err)
        return image

    def assert_equal(self, *program, memory=256 * MIB, options=None, disk=None, swap=0):
        options = {"transparent_hugepage": "madvise", "fault_around_bytes": "65536"} | (
            options or {})
        settings = ["sim.fidelity=functional", f"dram.size_bytes={memory}", "firmware.vmstat=true",
                    "firmware.svadu=true", "firmware.readahead=sync", f"swap.size_bytes={swap}"]
        settings += [f"firmware.{key}={value}" for key, value in options.items()]
        disks = []
        if disk:
            settings.append(f"disk.source={disk}")
            disks.append(self.folder / "copy.img")
            shutil.copy(disk, disks[-1])
        if swap:
            disks.append(self.folder / "swap.img")
            qemu.write_swap(disks[-1], swap)
        here = self.run_program(*program, settings=settings)
        words = " ".join(f"{key}={value}" for key, value in options.items())
        there = qemu.boot(ARCHIVE, f"loglevel=4 vmstat readahead=sync {words}", program,
                          memory=f"{memory // MIB}M", disks=disks)
        console = here.read("console.txt").decode()
        self.assertIn("vmstat: pgfault ", console)
        self.assertEqual(console, there.console)
        self.assertEqual(here.status, there.status)
        return here.status


class Workloads(Equality):
    def assert_passes(self, *program, **machine):
        self.assertEqual(self.assert_equal(*program, **machine), 0)

    def test_tour(self):
        self.assert_passes("/bin/tour", "--pages", "16", "--file-pages", "256")

    def test_touch(self):
        self.assert_passes("/bin/touch", "--pages", "1000", "--pattern", "random")

    def test_touch_with_huge_pages_everywhere(self):
        self.assert_equal("/bin/touch", "--pages", "2048",
                          options={"transparent_hugepage": "always"})

    def test_mapread_without_fault_around(self):
        self.assert_passes("/bin/mapread", "--pages", "512", "--window", "1",
                           options={"fault_around_bytes": "4096"})

    def test_sort(self):
        self.assert_passes("/bin/sort", "--keys", "20000", "--algorithm", "merge")

    def test_hash_join(self):
        self.assert_passes("/bin/hashjoin", "--build", "10000")

    def test_btree(self):
        self.assert_passes("/bin/btree", "--keys", "10000")

    def test_breadth_first_search(self):
        self.assert_passes("/bin/bfs", "--scale", "11")
        self.assert_passes("/bin/bfs", "--scale", "11", "--graph", "uniform")

    def test_matrix_product(self):
        self.assert_passes("/bin/matmul", "--size", "48")
        self.assert_passes("/bin/matmul", "--size", "50", "--algorithm", "blocked")

    def test_stream(self):
        self.assert_passes("/bin/stream", "--elements", "20000")

    def test_random_access(self):
        self.assert_passes("/bin/gups", "--log2-words", "17", "--updates", "50000")
        self.assert_passes("/bin/gups", "--log2-words", "19", "--pages", "huge")

    def test_containers(self):
        self.assert_passes("/bin/containers", "--items", "2000")

    def test_write_barrier(self):
        self.assert_passes("/bin/barrier")

    def test_fork_server(self):
        self.assert_passes("/bin/forkserver", "--pages", "128")

    def test_file_search_from_a_cold_page_cache(self):
        disk = self.disk(("/search.bin", 3 * MIB + 12345))
        for hint in ("normal", "sequential", "random", "willneed"):
            self.assert_passes("/bin/filesearch", "--hint", hint, disk=disk)
        self.assert_passes("/bin/filesearch", "--pattern", "random", disk=disk)

    def test_file_written_and_mapped(self):
        self.assert_passes("/bin/filewrite", "--pages", "50", disk=self.disk(("/a", 4096)))

    def test_working_set_twice_the_memory(self):
        self.assert_passes("/bin/pressure", "--pages", "65536", "--rounds", "1",
                           memory=128 * MIB, swap=320 * MIB)
        self.assert_passes("/bin/pressure", "--pages", "40000", "--pattern", "random",
                           memory=128 * MIB, swap=320 * MIB)

    def test_out_of_memory(self):
        self.assert_passes("/bin/hog", memory=128 * MIB)

    def test_bad_access(self):
        for kind in ("null", "readonly", "hole", "kernel", "code", "data"):
            self.assertEqual(self.assert_equal("/bin/segv", "--kind", kind), 128 + 11)
        self.assertEqual(self.assert_equal("/bin/segv", "--kind", "eof"), 128 + 7)


class FaultPaths(Equality):
    def test_the_experiment(self):
        self.assertEqual(
            self.assert_equal("/bin/faultpaths", "--count", "8", "--huge-count", "2",
                              disk=self.disk(("/data.bin", 12 * MIB)), swap=16 * MIB), 0)

    def test_the_experiment_without_fault_around(self):
        self.assertEqual(
            self.assert_equal("/bin/faultpaths", "--disk", "none", "--swap", "off",
                              options={"fault_around_bytes": "4096"}), 0)
