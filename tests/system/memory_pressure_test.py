# SPDX-License-Identifier: Apache-2.0
"""Memory that does not suffice, devices that fail, disks that are damaged: the guest goes on, or ends
with a clear word."""

import subprocess

from support import SystemTest

MIB = 1 << 20
MEMORY = 128 * MIB
TWICE_THE_MEMORY = str(2 * MEMORY // 4096)


class Pressure(SystemTest):
    def run_small(self, *program, memory=MEMORY, swap=0, more=()):
        return self.run_program(*program, settings=[
            "sim.fidelity=functional", "firmware.loglevel=5", "firmware.vmstat=true",
            f"dram.size_bytes={memory}", f"swap.size_bytes={swap}", *more])

    def counter(self, run, name):
        for line in run.read("console.txt").decode().splitlines():
            if line.startswith(f"vmstat: {name} "):
                return int(line.split()[-1])
        self.fail(f"no counter {name}")

    def test_a_working_set_twice_the_memory_completes(self):
        run = self.run_small("/bin/pressure", "--pages", TWICE_THE_MEMORY, swap=320 * MIB)
        self.assertEqual(run.status, 0, run.read("console.txt"))
        self.assertGreater(self.counter(run, "pswpout"), MEMORY // 4096)
        self.assertGreater(self.counter(run, "pswpin"), MEMORY // 4096)

    def test_without_swap_it_is_killed(self):
        run = self.run_small("/bin/pressure", "--pages", TWICE_THE_MEMORY)
        self.assertEqual(run.status, 128 + 9)
        self.assertIn("Out of memory: Killed process", run.read("console.txt").decode())

    def test_only_who_takes_too_much_is_killed(self):
        run = self.run_small("/bin/hog")
        self.assertEqual(run.status, 0, run.read("console.txt"))
        self.assertEqual(self.counter(run, "oom_kill"), 1)

    def test_who_takes_too_much_by_system_calls_is_killed_too(self):
        run = self.run_small("/bin/hog", "--by", "read")
        self.assertEqual(run.status, 0, run.read("console.txt"))
        self.assertEqual(self.counter(run, "oom_kill"), 1)

    def test_swap_that_is_full_is_out_of_memory_too(self):
        run = self.run_small("/bin/hog", swap=8 * MIB)
        self.assertEqual(run.status, 0, run.read("console.txt"))
        self.assertEqual(self.counter(run, "oom_kill"), 1)

    def test_a_swap_page_that_cannot_be_read_is_a_bus_error(self):
        pages = ", ".join(str(page) for page in range(1, 2048))
        run = self.run_small("/bin/pressure", "--pages", "40000", swap=256 * MIB,
                             more=[f"swap.bad_pages=[{pages}]"])
        self.assertEqual(run.status, 128 + 7, run.read("console.txt"))


class Disk(SystemTest):
    def search(self, *settings):
        return self.run_program("/bin/filesearch", settings=[
            "sim.fidelity=functional", "firmware.loglevel=5", *settings])

    def make_image(self):
        image = self.folder / "disk.img"
        run = self.search("disk.generate=[{path: /search.bin, size: 1MiB}]", f"disk.out={image}")
        self.assertEqual(run.status, 0, run.err)
        return image

    def test_a_file_that_cannot_be_read_is_a_bus_error(self):
        run = self.search("disk.generate=[{path: /search.bin, size: 1MiB}]",
                          "disk.bad_files=[/search.bin]")
        self.assertEqual(run.status, 128 + 7, run.read("console.txt"))
        self.assertIn("bus error", run.read("console.txt").decode())

    def test_the_disk_that_was_kept_is_in_order(self):
        run = self.run_program("/bin/filewrite", settings=[
            "disk.generate=[{path: /a, size: 4KiB}]", f"disk.out={self.folder / 'kept.img'}",
            "sim.fidelity=functional"])
        self.assertEqual(run.status, 0, run.read("console.txt"))
        check = subprocess.run(["/sbin/e2fsck", "-fn", self.folder / "kept.img"],
                               capture_output=True, text=True, check=False)
        self.assertEqual(check.returncode, 0, check.stdout)

    def test_an_image_without_a_file_system_is_refused_by_the_host(self):
        image = self.folder / "noise.img"
        image.write_bytes(bytes(range(256)) * 4096)
        run = self.search(f"disk.source={image}")
        self.assertEqual(run.status, 2)
        self.assertIn("noise.img", run.err)

    def test_a_damaged_directory_is_reported_by_the_guest(self):
        image = self.make_image()
        damaged = image.read_bytes().replace(b"search.bin", b"\0" * 10)
        image.write_bytes(damaged)
        run = self.search(f"disk.source={image}")
        self.assertNotEqual(run.status, 0)
        self.assertIn("/disk", run.read("console.txt").decode())
