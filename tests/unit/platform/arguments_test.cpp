// SPDX-License-Identifier: Apache-2.0
// The command line: what is understood, and the exit statuses of what is not.

#include "platform/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "platform/cli/commands.h"
#include "platform/cli/exit_status.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  Command command;
  std::string out;
  std::string err;
};

Parsed parse(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Command command = parse_arguments(std::move(arguments), out, err);
  return {std::move(command), out.str(), err.str()};
}

TEST(Arguments, run_takes_config_settings_files_and_program) {
  const Parsed parsed =
      parse({"run", "machine.yaml", "--set", "a.b=1", "--set", "c=2", "--out", "dir", "--file",
             "./x=/bin/x", "--env", "A=1", "--env", "B=2", "--", "/bin/x", "--out", "5"});
  const auto& run = std::get<RunArguments>(parsed.command);
  EXPECT_EQ(run.config.file, "machine.yaml");
  EXPECT_THAT(run.config.settings, ElementsAre("a.b=1", "c=2"));
  EXPECT_EQ(run.out, "dir");
  EXPECT_THAT(run.files, ElementsAre(CopiedFile{.host = "./x", .guest = "/bin/x"}));
  EXPECT_THAT(run.env, ElementsAre("A=1", "B=2"));
  EXPECT_THAT(run.program, ElementsAre("/bin/x", "--out", "5"));
}

TEST(Arguments, run_needs_none) {
  const auto parsed = parse({"run"});
  const auto& run = std::get<RunArguments>(parsed.command);
  EXPECT_TRUE(run.config.file.empty());
  EXPECT_TRUE(run.program.empty());
}

TEST(Arguments, first_word_after_the_dashes_is_the_program_not_the_configuration) {
  const auto parsed = parse({"run", "--", "/bin/x"});
  const auto& run = std::get<RunArguments>(parsed.command);
  EXPECT_TRUE(run.config.file.empty());
  EXPECT_THAT(run.program, ElementsAre("/bin/x"));
}

TEST(Arguments, bare_takes_an_image_and_a_limit) {
  const auto parsed = parse({"bare", "test.elf", "--max-cycles", "1000"});
  const auto& bare = std::get<BareArguments>(parsed.command);
  EXPECT_EQ(bare.elf, "test.elf");
  EXPECT_EQ(bare.max_cycles, 1000U);
}

TEST(Arguments, cosim_takes_a_budget_and_designs) {
  const auto parsed = parse({"cosim", "--walks", "1000", "--designs", "sv39,sv57", "--seed", "7",
                             "--round", "3", "--waves"});
  const auto& cosim = std::get<CosimArguments>(parsed.command);
  EXPECT_EQ(cosim.walks, 1000U);
  EXPECT_EQ(cosim.seed, 7U);
  EXPECT_EQ(cosim.round, 3U);
  EXPECT_TRUE(cosim.waves);
  EXPECT_THAT(cosim.designs, ElementsAre("sv39", "sv57"));
}

TEST(Arguments, help_and_version_end_well) {
  const Parsed help = parse({"--help"});
  EXPECT_EQ(std::get<ExitNow>(help.command).status, kExitWell);
  EXPECT_THAT(help.out, HasSubstr("Exit status:"));
  const Parsed version = parse({"--version"});
  EXPECT_EQ(std::get<ExitNow>(version.command).status, kExitWell);
  EXPECT_THAT(version.out, HasSubstr("faultline"));
}

TEST(Arguments, help_of_run_lists_the_host_speed_options) {
  const Parsed help = parse({"run", "--help"});
  EXPECT_THAT(help.out, HasSubstr("sim.host.decode_cache"));
  EXPECT_THAT(help.out, HasSubstr("sim.host.direct_memory"));
  EXPECT_THAT(help.out, HasSubstr("sim.host.translation_hints"));
}

TEST(Arguments, wrong_usage_has_exit_status_2) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"walk"},
      {"run", "--nonsense"},
      {"run", "a.yaml", "b.yaml"},
      {"run", "--file", "/bin/x"},
      {"run", "--"},
      {"bare"},
      {"bare", "x.elf", "--max-cycles", "many"},
      {"config", "--", "/bin/x"},
      {"config", "--plain", "--markdown"},
      {"cosim", "--walks", "0"},
      {"cosim", "--unit", "cache"},
      {"cosim", "--waves"},
  };
  for (const auto& arguments : wrong) {
    const Parsed parsed = parse(arguments);
    ASSERT_TRUE(std::holds_alternative<ExitNow>(parsed.command))
        << ::testing::PrintToString(arguments);
    EXPECT_EQ(std::get<ExitNow>(parsed.command).status, kExitUsage);
    EXPECT_FALSE(parsed.err.empty());
  }
}

TEST(Execute, wrong_configuration_has_exit_status_2) {
  EXPECT_EQ(execute({"config", "--set", "mmu.l2_tlb.ways=3"}), kExitUsage);
  EXPECT_EQ(execute({"run", "--set", "no.such.key=3"}), kExitUsage);
  EXPECT_EQ(execute({"config", "/nowhere.yaml"}), kExitUsage);
}

TEST(Execute, image_that_is_none_has_exit_status_2) {
  const std::string file = ::testing::TempDir() + "no_image.elf";
  std::ofstream(file) << "not an ELF file";
  EXPECT_EQ(execute({"bare", file}), kExitUsage);
  EXPECT_EQ(execute({"bare", "/nowhere.elf"}), kExitUsage);
}

TEST(Execute, configuration_is_printed_with_exit_status_0) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(execute({"config", "--set", "cpu.frequency_mhz=1234"}), kExitWell);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("frequency_mhz: 1234"));
}

}  // namespace
}  // namespace faultline
