# SPDX-License-Identifier: Apache-2.0
"""The guest's files on QEMU: the system calls as a program sees them, on the root in memory and on an
ext2 disk of e2fsprogs, which finds the disk in order afterwards; and disks that are not in order."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import qemu

TOOLS = os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
BLOCKS = 4096


def setUpModule():
    global FOLDER, ARCHIVE
    temporary = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(temporary.cleanup)
    FOLDER = pathlib.Path(temporary.name)
    ARCHIVE = FOLDER / "archive.cpio"
    qemu.write_archive(ARCHIVE)


class FileSystem(unittest.TestCase):
    """One disk of 16 MiB for each test."""

    maxDiff = None

    def setUp(self):
        self.image = FOLDER / "disk.img"
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-b", "4096", "-O",
                        "none,filetype,sparse_super,large_file", self.image, str(BLOCKS)],
                       env=TOOLS, check=True, capture_output=True)
        self.addCleanup(self.image.unlink)

    def boot(self, *program, options="", memory="256M"):
        return qemu.boot(ARCHIVE, f"loglevel=5 {options}", program, memory=memory,
                         disks=[self.image])

    def check_disk(self):
        check = subprocess.run(["e2fsck", "-fn", self.image], env=TOOLS, capture_output=True,
                               text=True, check=False)
        self.assertEqual(check.returncode, 0, check.stdout)

    def change(self, offset, content):
        with open(self.image, "r+b") as image:
            image.seek(offset)
            image.write(content)

    def test_calls_on_files_in_memory(self):
        outcome = self.boot("/bin/filecalls")
        self.assertRegex(outcome.console, r"^filecalls: \d+ checks: passed\n$")
        self.assertEqual(outcome.status, 0)

    def test_calls_on_files_of_the_disk_leave_it_in_order(self):
        outcome = self.boot("/bin/filecalls", "--dir", "/disk", "--full", "yes")
        self.assertRegex(outcome.console, r"^filecalls: \d+ checks: passed\n$")
        self.assertEqual(outcome.status, 0)
        self.check_disk()

    def test_little_memory_and_a_disk_that_is_written(self):
        outcome = self.boot("/bin/filewrite", "--pages", "2500", memory="80M")
        self.assertEqual(outcome.status, 0, outcome.console)
        self.check_disk()

    def test_disk_of_another_block_size_is_refused(self):
        self.change(1024 + 24, b"\1")  # s_log_block_size
        outcome = self.boot("/bin/touch")
        self.assertIn("EXT2-fs error (vda): cannot mount: only blocks of 4096 bytes are supported",
                      outcome.console)
        self.assertEqual(outcome.status, 0)

    def test_corrupt_directory_is_an_error_of_the_call(self):
        dump = subprocess.run(["debugfs", "-R", "blocks /", self.image], env=TOOLS,
                              capture_output=True, text=True, check=True)
        self.change(int(dump.stdout.split()[0]) * 4096 + 4, b"\0\0")  # rec_len of the first entry
        outcome = self.boot("/bin/filecalls", "--dir", "/disk")
        self.assertIn("EXT2-fs error (vda): bad entry in directory 2: rec_len is smaller than minimal",
                      outcome.console)
        self.assertEqual(outcome.status, 1)


if __name__ == "__main__":
    unittest.main()
