# SPDX-License-Identifier: Apache-2.0
"""A file that is no RV64 executable ends with status 2 and a message that names it."""

from support import GUESTS, SystemTest


class BrokenElf(SystemTest):
    def setUp(self):
        super().setUp()
        self.image = bytearray((GUESTS / "pass.elf").read_bytes())

    def assert_refused(self, image, *words):
        file = self.folder / "broken.elf"
        file.write_bytes(image)
        run = self.call("bare", file)
        self.assertEqual(run.status, 2, run.err)
        for word in ("broken.elf", *words):
            self.assertIn(word, run.err)

    def test_a_text_file(self):
        self.assert_refused(b"#!/bin/sh\n", "ELF")

    def test_a_truncated_file(self):
        self.assert_refused(self.image[:100])

    def test_a_segment_beyond_the_end_of_the_file(self):
        self.assert_refused(self.image[:0x1000])

    def test_a_big_endian_file(self):
        self.image[5] = 2
        self.assert_refused(self.image, "endian")

    def test_a_32_bit_file(self):
        self.image[4] = 1
        self.assert_refused(self.image, "32")

    def test_another_machine(self):
        self.image[18:20] = (62).to_bytes(2, "little")
        self.assert_refused(self.image)

    def test_a_file_that_is_not_there(self):
        run = self.call("bare", self.folder / "nothing.elf")
        self.assertEqual(run.status, 2)
        self.assertIn("nothing.elf", run.err)

    def program_header(self, index):
        start = int.from_bytes(self.image[32:40], "little")
        return start + 56 * index

    def loadable_headers(self):
        count = int.from_bytes(self.image[56:58], "little")
        starts = [self.program_header(i) for i in range(count)]
        return [s for s in starts if int.from_bytes(self.image[s:s + 4], "little") == 1]

    def test_a_segment_outside_memory(self):
        header = self.loadable_headers()[0]
        self.image[header + 24:header + 32] = (0x4000_0000).to_bytes(8, "little")
        self.assert_refused(self.image, "0x40000000")

    def test_overlapping_segments(self):
        first, second = self.loadable_headers()[:2]
        self.image[second + 24:second + 32] = self.image[first + 24:first + 32]
        self.assert_refused(self.image, "overlap")
