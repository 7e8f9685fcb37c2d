# SPDX-License-Identifier: Apache-2.0
"""The kernel's own counters against what was observed from outside: they agree, path by path, but
for the faults that the kernel takes without a trap, which it counts by themselves."""

from support import ROOT, SystemTest

# The kernel's counters and the paths that they count, each fault in one line.
PATHS = (
    (("fault_anon_read", "fault_anon_write"), ("anon_read", "anon_write", "stack_growth")),
    (("fault_huge_read",), ("huge_anon_read",)),
    (("fault_huge_write",), ("huge_anon_write",)),
    (("fault_around", "fault_file_read"),
     ("read_fault", "read_fault_filemap", "read_fault_major", "shmem_read")),
    (("fault_cow",), ("cow", "cow_major")),
    (("fault_shared",), ("shared_write", "shared_write_major", "shared_write_mkwrite")),
    (("fault_swap_device",), ("swap_in_device",)),
    (("fault_swap_cache",), ("swap_in_cache",)),
    (("fault_wp_zero", "fault_wp_copy"),
     ("write_after_zero_page", "wp_copy", "wp_copy_anon", "huge_wp_split")),
    (("fault_wp_reuse",), ("wp_reuse", "wp_shared", "wp_shared_mkwrite")),
    (("fault_access",), ("access_flag", "huge_access_flag", "spurious")),
)


class Counts(SystemTest):
    def run_counted(self, *program, config=None, settings=()):
        run = self.run_program(*program, config=config,
                               settings=("firmware.vmstat=true", *settings))
        self.assertEqual(run.status, 0, run.err)
        kernel = {}
        for line in run.read("console.txt").decode().splitlines():
            words = line.split()
            if words[:1] == ["vmstat:"]:
                kernel[words[1]] = int(words[2])
        return kernel, run.stats["counts"]["whole_run"]

    def assert_agree(self, kernel, observed):
        ahead = kernel.get("fault_without_trap", 0)
        self.assertEqual(kernel["pgfault"] - ahead, observed["passes"])
        self.assertEqual(kernel["min_flt"] + kernel["maj_flt"] - ahead,
                         observed["minor"] + observed["major"])
        self.assertEqual(kernel["maj_flt"], observed["major"])
        left = ahead
        for items, paths in PATHS:
            counted = sum(kernel.get(item, 0) for item in items)
            seen = sum(observed["paths"].get(path, 0) for path in paths)
            self.assertGreaterEqual(counted, seen, items)
            left -= counted - seen
        self.assertEqual(left, 0)
        self.assertEqual(kernel.get("fault_stack", 0), observed["paths"].get("stack_growth", 0))

    def test_of_the_first_run(self):
        self.assert_agree(*self.run_counted(config=ROOT / "configs" / "first-run.yaml"))

    def test_of_processes_that_share_pages(self):
        self.assert_agree(*self.run_counted("/bin/forkserver"))

    def test_of_the_page_cache(self):
        kernel, observed = self.run_counted(
            "/bin/mapread", "--pages", "256", "--window", "1",
            settings=("firmware.fault_around_bytes=4096",))
        self.assert_agree(kernel, observed)
        self.assertGreater(observed["page_cache_hits"], 256)
        self.assertLessEqual(observed["page_cache_hits"], kernel["pagecache_hit"])
        self.assertLessEqual(kernel["pagecache_hit"],
                             observed["page_cache_hits"] + kernel["fault_without_trap"])

    def test_of_a_workload_that_swaps(self):
        kernel, observed = self.run_counted(
            "/bin/pressure", "--pages", "34000", "--rounds", "1",
            settings=("sim.fidelity=functional", "dram.size_bytes=128MiB",
                      "swap.size_bytes=192MiB"))
        self.assert_agree(kernel, observed)
        self.assertGreater(observed["paths"]["swap_in_device"], 0)

    def test_of_every_path(self):
        kernel, observed = self.run_counted(config=ROOT / "configs" / "fault-paths.yaml")
        self.assert_agree(kernel, observed)
        seen = observed["paths"]
        self.assertEqual(kernel["fault_bad_area"],
                         seen["sigsegv_maperr"] + seen["sigsegv_accerr"] + seen["kernel_fixup"])
        self.assertEqual(kernel["fault_sigbus"], seen["sigbus"])
        self.assertEqual(kernel["pagecache_miss"], observed["page_cache_misses"])
        # A read that failed counts for pgmajfault; its fault is an error, and no major one.
        self.assertEqual(kernel["pgmajfault"],
                         observed["page_cache_misses"] + seen["swap_in_device"])
