// SPDX-License-Identifier: Apache-2.0
// What the guest is booted with: command line, made-up files, and what is said of a missing
// program.

#include "platform/cli/guest_software.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "platform/config/generated_file.h"

namespace faultline {
namespace {

TEST(Bootargs, carry_options_program_and_arguments) {
  MachineConfig config;
  config.program.path = "/bin/sort";
  config.program.args = {"100", "two words", ""};
  config.firmware.svadu = true;
  config.firmware.vmstat = true;
  EXPECT_EQ(make_bootargs(config),
            "loglevel=4 fault_around_bytes=65536 transparent_hugepage=madvise readahead=async "
            "svadu=on vmstat init=/bin/sort -- 100 \"two words\" \"\"");
}

TEST(Bootargs, refuse_what_they_cannot_quote) {
  MachineConfig config;
  config.program.args = {"a\"b"};
  EXPECT_THROW((void)make_bootargs(config), LoadError);
}

TEST(GeneratedFiles, have_the_same_bytes_for_the_same_seed) {
  const auto bytes = generate_bytes({.path = "/x", .size_bytes = 21, .seed = 0});
  ASSERT_EQ(bytes.size(), 21U);
  // The first output of SplitMix64 from state 0 is 0xe220a8397b1dcdaf.
  EXPECT_EQ(bytes[0], 0xaf);
  EXPECT_EQ(bytes[7], 0xe2);
  EXPECT_EQ(bytes, generate_bytes({.path = "/y", .size_bytes = 21, .seed = 0}));
  EXPECT_NE(bytes, generate_bytes({.path = "/x", .size_bytes = 21, .seed = 1}));
}

TEST(GuestSoftware, missing_program_is_refused_with_what_there_is) {
  const std::filesystem::path built =
      std::filesystem::path(::testing::TempDir()) / "faultline_guest_software";
  std::filesystem::create_directories(built / "rootfs/bin");
  std::ofstream(built / "rootfs/bin/sort") << "x";
  MachineConfig config;
  config.program.path = "/bin/srot";
  config.program.generate = {{.path = "/data", .size_bytes = 8, .seed = 1}};
  try {
    (void)read_guest_software(config, built);
    FAIL() << "no exception";
  } catch (const LoadError& e) {
    EXPECT_STREQ(
        e.what(),
        "program.path: /bin/srot is not allowed: a file of the guest's archive (/bin/sort, "
        "/data)");
  }
  std::filesystem::remove_all(built);
}

}  // namespace
}  // namespace faultline
