# SPDX-License-Identifier: Apache-2.0
"""Disks: what the command line says of them, and a driver without a kernel that uses one."""

import os
import subprocess

from support import SystemTest


class Driver(SystemTest):
    def test_requests_end_at_their_time_and_keep_their_data(self):
        for fidelity in ("cycle", "functional"):
            run = self.bare("disk", "--set", "swap.size_bytes=1MiB", "--set", f"sim.fidelity={fidelity}")
            self.assertEqual(run.status, 0, f"{fidelity}: {run.err}")

    def test_a_disk_that_is_not_configured_is_not_there(self):
        run = self.bare("disk")
        self.assertNotEqual(run.status, 0)
        self.assertIn("load access fault", run.err)

    def test_a_bad_page_fails_its_read(self):
        run = self.bare("disk", "--set", "swap={size_bytes: 1MiB, bad_pages: [1]}")
        self.assertEqual(run.status, 3, "page 1 is read back with an I/O error")

    def test_a_slower_profile_is_slower(self):
        run = self.bare("disk", "--set", "swap={size_bytes: 1MiB, profile: emmc}")
        self.assertEqual(run.status, 5)


class Images(SystemTest):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "source"
        self.source.mkdir()
        (self.source / "file").write_text("content\n")
        self.image = self.folder / "disk.img"

    def make(self, image):
        return self.bare("pass", "--set", f"disk.source={self.source}", "--set", f"disk.out={image}")

    def refused(self, *settings):
        arguments = [argument for setting in settings for argument in ("--set", setting)]
        run = self.bare("pass", *arguments)
        self.assertEqual(run.status, 2, run.err)
        return run.err

    def test_a_folder_becomes_a_clean_image_the_same_each_time(self):
        self.assertEqual(self.make(self.image).status, 0)
        self.assertEqual(self.make(self.folder / "again.img").status, 0)
        self.assertEqual(self.image.read_bytes(), (self.folder / "again.img").read_bytes())
        fsck = subprocess.run(["e2fsck", "-fn", self.image], capture_output=True, check=False)
        self.assertEqual(fsck.returncode, 0, fsck.stdout)

    def test_an_image_is_kept_at_a_limit_too(self):
        run = self.bare("spin", "--max-cycles", "1000", "--set", f"disk.source={self.source}",
                        "--set", f"disk.out={self.image}")
        self.assertEqual(run.status, 3)
        self.assertTrue(self.image.exists())

    def test_a_damaged_image_is_refused_with_its_place(self):
        self.make(self.image)
        with open(self.image, "r+b") as image:
            image.seek(1024 + 56)
            image.write(b"xx")
        self.assertIn("the magic number (byte 1080) is 0x7878", self.refused(f"disk.source={self.image}"))
        os.truncate(self.image, 100)
        self.assertIn("has 100 bytes", self.refused(f"disk.source={self.image}"))

    def test_the_source_is_never_written(self):
        self.make(self.image)
        self.assertIn("never changed", self.refused(f"disk.source={self.image}", f"disk.out={self.image}"))

    def test_what_does_not_exist_is_named(self):
        self.assertIn("disk.source: /no/where is not allowed", self.refused("disk.source=/no/where"))
        self.assertIn("disk file /nothing", self.refused(f"disk.source={self.source}",
                                                         "disk.bad_files=[/nothing]"))
        self.assertIn("without a disk", self.refused("disk.bad_sectors=[1]"))


class CommandLine(SystemTest):
    def test_a_result_needs_a_disk(self):
        run = self.call("run", "--disk-out", str(self.folder / "x.img"), "--", "/bin/tour")
        self.assertEqual(run.status, 2)
        self.assertIn("disk.out: is not allowed without a disk", run.err)
