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

TEST(Bootargs, set_the_programs_environment) {
  MachineConfig config;
  config.program.path = "/bin/sort";
  config.program.env = {"LANG=C", "TEXT=two words"};
  EXPECT_THAT(make_bootargs(config),
              testing::EndsWith("init=/bin/sort setenv=LANG=C setenv=\"TEXT=two words\""));
}

TEST(Bootargs, refuse_a_variable_without_name_or_value) {
  for (const char* variable : {"LANG", "=C"}) {
    MachineConfig config;
    config.program.env = {variable};
    EXPECT_THROW((void)make_bootargs(config), LoadError) << variable;
  }
}

TEST(ConsoleInput, is_the_file_and_then_its_end) {
  const std::string file = ::testing::TempDir() + "faultline_console_input";
  const std::string text(100'000, 'x');
  std::ofstream(file) << text;
  EXPECT_EQ(read_console_input(file), text + '\4');
  EXPECT_EQ(read_console_input(""), "\4");
  for (const std::string& other : {::testing::TempDir(), file + ".not_there"}) {
    EXPECT_THROW((void)read_console_input(other), LoadError) << other;
  }
  std::filesystem::remove(file);
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

class FindProgram : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "rootfs/bin");
    std::ofstream(folder_ / "rootfs/bin/sort") << "x";
    std::ofstream(folder_ / "mine") << "x";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  MachineConfig found(const std::string& program) const {
    MachineConfig config;
    config.program.path = program;
    find_program(config, folder_);
    return config;
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / "faultline_find_program";
};

TEST_F(FindProgram, a_bare_name_is_one_of_the_guests_programs) {
  EXPECT_EQ(found("sort").program.path, "/bin/sort");
  EXPECT_TRUE(found("sort").program.files.empty());
}

TEST_F(FindProgram, a_file_of_the_host_comes_into_the_archive) {
  const std::string mine = folder_ / "mine";
  const MachineConfig config = found(mine);
  EXPECT_EQ(config.program.path, "/bin/mine");
  EXPECT_THAT(config.program.files,
              testing::ElementsAre(CopiedFile{.host = mine, .guest = "/bin/mine"}));
}

TEST_F(FindProgram, what_is_nowhere_is_left_to_be_refused) {
  EXPECT_EQ(found("./nothing").program.path, "./nothing");
  EXPECT_NO_THROW((void)found(std::string(300, 'n') + "/" + std::string(300, 'n')));
  EXPECT_THROW((void)read_guest_software(found("./nothing"), folder_), LoadError);
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
        "program.path: /bin/srot is not allowed: a file of this host or of the guest's archive "
        "(/bin/sort, /data)");
  }
  std::filesystem::remove_all(built);
}

}  // namespace
}  // namespace faultline
