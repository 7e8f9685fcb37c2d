// SPDX-License-Identifier: Apache-2.0
// Boots the guest's software on QEMU and compares its exit status and its console with what they
// must be. The programs check themselves: that the number of page faults is the one their accesses
// imply, above all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "platform/loader/archive.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr unsigned kKernelPanic = 255;

struct Outcome {
  int status;
  std::string console;
};

/// What a boot is made of, besides the images.
struct Boot {
  std::string options;
  std::string machine = "-m 512M";
};

std::vector<ArchiveEntry> rootfs_entries() {
  const fs::path root = fs::path(FAULTLINE_SW_DIR) / "rootfs";
  std::vector<ArchiveEntry> entries;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    if (!file.is_regular_file()) continue;
    const fs::path guest = fs::relative(file.path(), root);
    entries.push_back(
        {guest.string(), file.path(), guest.begin()->string() == "bin" ? 0755u : 0644u});
  }
  return entries;
}

class GuestTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { write_archive(make_initial_archive(rootfs_entries())); }
  static void TearDownTestSuite() { fs::remove(archive_path()); }

  static fs::path archive_path() {
    return fs::temp_directory_path() / ("faultline_guest_" + std::to_string(getpid()) + ".cpio");
  }
  static void write_archive(const std::vector<unsigned char>& bytes) {
    std::ofstream file(archive_path(), std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

  /// Runs QEMU with the archive; ends it after a minute.
  static Outcome run(const Boot& boot, const std::string& archive = archive_path()) {
    const std::string images = FAULTLINE_SW_DIR;
    const std::string command = "timeout 60 " QEMU_SYSTEM_RISCV64 " -M virt " + boot.machine +
                                " -display none -serial stdio -monitor none -bios " + images +
                                "/monitor.elf -kernel " + images + "/kernel.elf -initrd " +
                                archive + " -append '" + boot.options + "' </dev/null 2>/dev/null";
    Outcome outcome{-1, {}};
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return outcome;
    char text[4096];
    while (const std::size_t size = fread(text, 1, sizeof(text), pipe)) {
      outcome.console.append(text, size);
    }
    const int status = pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }

  static void expect(const Boot& boot, int status, const std::string& console) {
    const Outcome outcome = run(boot);
    EXPECT_EQ(outcome.status, status) << boot.options << '\n' << outcome.console;
    EXPECT_THAT(outcome.console, HasSubstr(console)) << boot.options;
  }
};

TEST_F(GuestTest, touching_a_page_once_is_one_fault) {
  expect({"init=/bin/touch"}, 0, "touch: 64 pages, 64 faults, 64 expected: passed");
  expect({"init=/bin/touch -- --pages 1000 --pattern random"}, 0, "1000 pages, 1000 faults");
  expect({"init=/bin/touch -- --pages 1000 --pattern reverse --access read"}, 0, "1000 faults");
}

TEST_F(GuestTest, reading_a_page_and_then_writing_it_is_two_faults) {
  expect({"init=/bin/touch -- --pages 1000 --pattern stride --access read-then-write"}, 0,
         "1000 pages, 2000 faults");
}

TEST_F(GuestTest, mapped_file_costs_one_fault_a_window_in_any_order) {
  expect({"init=/bin/mapread"}, 0, "mapread: 4096 pages, sum 0x7ff800, 256 faults");
  expect({"init=/bin/mapread -- --pattern reverse --pages 100"}, 0, "7 faults, 7 expected");
  expect({"init=/bin/mapread -- --pattern random"}, 0, "256 faults");
}

TEST_F(GuestTest, window_of_a_file_fault_is_a_boot_option) {
  expect({"init=/bin/mapread fault_around_bytes=4096 -- --window 1"}, 0, "4096 faults");
  expect({"init=/bin/mapread fault_around_bytes=2097152 -- --window 512"}, 0, "8 faults");
}

TEST_F(GuestTest, tour_takes_each_path_as_often_as_it_says) {
  expect({"init=/bin/tour"}, 0, "tour: passed");
  expect({"init=/bin/tour fault_around_bytes=4096"}, 0, "tour: passed");
  expect({"init=/bin/tour vmstat -- --pages 500"}, 0, "vmstat: fault_shared 501");
}

TEST_F(GuestTest, sort_and_hash_join_pass_their_own_checks) {
  expect({"init=/bin/sort"}, 0, "sort: 100000 keys");
  expect({"init=/bin/sort -- --algorithm merge --keys 1000001"}, 0, "passed");
  expect({"init=/bin/hashjoin"}, 0, "hashjoin: 50000 rows with 50000: 37500 matches");
}

TEST_F(GuestTest, bad_access_ends_the_program_with_its_signal) {
  constexpr int kSegv = 128 + 11;
  constexpr int kBus = 128 + 7;
  expect({"init=/bin/segv -- --kind null"}, kSegv, "segv[1]: segfault at 0x0 ip ");
  expect({"init=/bin/segv -- --kind readonly"}, kSegv, "error 15 (store, access not permitted)");
  expect({"init=/bin/segv -- --kind hole"}, kSegv, "error 13 (load, no mapping there)");
  expect({"init=/bin/segv -- --kind kernel"}, kSegv, "segfault at 0xffffffd800000000");
  expect({"init=/bin/segv -- --kind code"}, kSegv, "error 15 (store, access not permitted)");
  expect({"init=/bin/segv -- --kind data"}, kSegv, "error 12 (fetch, access not permitted)");
  expect({"init=/bin/segv -- --kind eof"}, kBus, "segv[1]: bus error at ");
}

TEST_F(GuestTest, out_of_memory_ends_the_program) {
  constexpr int kKill = 128 + 9;
  expect({"init=/bin/touch -- --pages 30000", "-m 128M"}, kKill,
         "Out of memory: Killed process 1 (touch)");
}

TEST_F(GuestTest, memory_may_be_larger_than_4_gib) {
  expect({"init=/bin/touch loglevel=7", "-m 6G"}, 0, "memory: 6144 MiB");
}

TEST_F(GuestTest, monitor_does_without_stimecmp) {
  expect({"init=/bin/touch", "-m 256M -cpu rv64,sstc=false"}, 0, "passed");
}

TEST_F(GuestTest, wrong_arguments_end_a_program_with_status_2) {
  expect({"init=/bin/touch -- --pages none"}, 2, "not a number: none");
  expect({"init=/bin/sort -- --help"}, 0, "usage: sort");
}

TEST_F(GuestTest, program_that_cannot_start_is_named) {
  constexpr int kCannotExecute = 126;
  expect({"init=/bin/none"}, kCannotExecute, "cannot run /bin/none: no such file");
  expect({"init=/data/pages"}, kCannotExecute, "cannot run /data/pages: not an executable file");
}

TEST_F(GuestTest, wrong_boot_option_is_named) {
  expect({"loglevel=high"}, kKernelPanic, "boot option loglevel=high: not a number");
  expect({"fault_around_bytes=5000"}, kKernelPanic, "fault_around_bytes=5000: not a power of two");
}

TEST_F(GuestTest, boot_is_silent_unless_asked) {
  EXPECT_THAT(run({"init=/bin/touch"}).console, Not(HasSubstr("memory:")));
  EXPECT_THAT(run({"init=/bin/touch loglevel=7"}).console, HasSubstr("memory: 512 MiB"));
}

TEST_F(GuestTest, archive_of_another_format_is_refused) {
  const Outcome outcome = run({"init=/bin/touch"}, std::string(FAULTLINE_SW_DIR) + "/kernel.elf");
  EXPECT_EQ(outcome.status, static_cast<int>(kKernelPanic));
  EXPECT_THAT(outcome.console, HasSubstr("no cpio archive of format newc"));
}

}  // namespace
}  // namespace faultline
