// SPDX-License-Identifier: Apache-2.0
// Configuration: what is read, what is refused and with which words, what is printed.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "platform/config/load.h"
#include "platform/config/print.h"

namespace faultline {
namespace {

/// Reads one YAML text and settings as load_config() does.
LoadedConfig load(const std::string& yaml, const std::vector<std::string>& settings = {}) {
  const std::string file = ::testing::TempDir() + "config_test.yaml";
  std::ofstream(file) << yaml;
  LoadedConfig loaded = load_config(file, settings);
  for (ConfigProblem& problem : loaded.problems) {
    if (problem.file == file) problem.file = "test.yaml";
  }
  return loaded;
}

TEST(Config, default_machine_passes_every_check) {
  const LoadedConfig loaded = load_config("", {});
  EXPECT_TRUE(loaded.config.has_value());
  EXPECT_TRUE(loaded.problems.empty());
}

TEST(Config, file_and_settings_override_defaults_in_that_order) {
  const LoadedConfig loaded =
      load("mmu:\n  l2_tlb: {entries: 512, ways: 4}\ndram:\n  size_bytes: 256MiB\n",
           {"mmu.l2_tlb.ways=8", "cpu.frequency_mhz=0x4b0"});
  ASSERT_TRUE(loaded.config.has_value());
  EXPECT_EQ(loaded.config->mmu.l2_tlb.entries, 512U);
  EXPECT_EQ(loaded.config->mmu.l2_tlb.ways, 8U);
  EXPECT_EQ(loaded.config->memory.dram.size_bytes, std::uint64_t{256} << 20);
  EXPECT_EQ(loaded.config->cpu.frequency_mhz, 1200U);
}

TEST(Config, setting_takes_lists_and_groups) {
  const LoadedConfig loaded =
      load("", {"program.args=[a, 'b c']", "mmu.l1_dtlb={entries: 16, ways: 4}",
                "program.generate=[{path: /data, size: 16KiB}]"});
  ASSERT_TRUE(loaded.config.has_value());
  EXPECT_EQ(loaded.config->program.args, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(loaded.config->mmu.l1_dtlb.entries, 16U);
  const GeneratedFile file{.path = "/data", .size_bytes = 16384, .seed = 1};
  EXPECT_EQ(loaded.config->program.generate, std::vector<GeneratedFile>{file});
}

/// One wrong configuration and what is said about it.
struct WrongConfig {
  const char* name;
  const char* yaml;
  std::vector<std::string> settings;
  const char* message;
};

void PrintTo(const WrongConfig& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongConfigs : public ::testing::TestWithParam<WrongConfig> {};

TEST_P(WrongConfigs, are_refused_with_place_value_and_what_is_allowed) {
  const LoadedConfig loaded = load(GetParam().yaml, GetParam().settings);
  EXPECT_FALSE(loaded.config.has_value());
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(to_string(loaded.problems[0]), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Config, WrongConfigs,
    ::testing::Values(
        WrongConfig{"unknown_key",
                    "mmu:\n  l1_dtlb:\n    entires: 3\n",
                    {},
                    "test.yaml:3: mmu.l1_dtlb.entires: there is no such key; did you mean "
                    "mmu.l1_dtlb.entries?"},
        WrongConfig{"unknown_group",
                    "chace:\n  l2: {ways: 4}\n",
                    {},
                    "test.yaml:1: chace: there is no such key; did you mean cache?"},
        WrongConfig{
            "key_in_the_wrong_group",
            "page_policy: open\n",
            {},
            "test.yaml:1: page_policy: there is no such key; did you mean dram.page_policy?"},
        WrongConfig{"far_from_every_key",
                    "zzzzzz: 1\n",
                    {},
                    "test.yaml:1: zzzzzz: there is no such key; `faultline config` lists them all"},
        WrongConfig{
            "wrong_type",
            "mmu:\n  l1_dtlb:\n    entries: many\n",
            {},
            "test.yaml:3: mmu.l1_dtlb.entries: many is not allowed: an integer from 1 to 65536"},
        WrongConfig{
            "fraction",
            "cpu:\n  frequency_mhz: 1.5\n",
            {},
            "test.yaml:2: cpu.frequency_mhz: 1.5 is not allowed: an integer from 1 to 10000"},
        WrongConfig{
            "negative",
            "cpu:\n  frequency_mhz: -1\n",
            {},
            "test.yaml:2: cpu.frequency_mhz: -1 is not allowed: an integer from 1 to 10000"},
        WrongConfig{
            "list_for_a_number",
            "cpu:\n  frequency_mhz: [1, 2]\n",
            {},
            "test.yaml:2: cpu.frequency_mhz: [1, 2] is not allowed: an integer from 1 to 10000"},
        WrongConfig{
            "no_value",
            "cpu:\n  frequency_mhz:\n",
            {},
            "test.yaml:2: cpu.frequency_mhz: nothing is not allowed: an integer from 1 to 10000"},
        WrongConfig{"out_of_range",
                    "",
                    {"cpu.frequency_mhz=0"},
                    "--set: cpu.frequency_mhz: 0 is not allowed: an integer from 1 to 10000"},
        WrongConfig{
            "no_such_choice",
            "",
            {"mmu.l2_tlb.replacement=mru"},
            "--set: mmu.l2_tlb.replacement: mru is not allowed: lru, tree-plru, fifo or random"},
        WrongConfig{
            "no_such_preset",
            "",
            {"dram.preset=DDR5-4800"},
            "--set: dram.preset: DDR5-4800 is not allowed: DDR4-1600, DDR4-2400 or DDR4-3200"},
        WrongConfig{
            "size_with_a_wrong_suffix",
            "",
            {"cache.l2.size_bytes=1MB"},
            "--set: cache.l2.size_bytes: 1MB is not allowed: a size from 64 to 1GiB, with the "
            "suffix KiB, MiB, GiB or none"},
        WrongConfig{"not_a_boolean",
                    "",
                    {"sim.host.decode_cache=yes"},
                    "--set: sim.host.decode_cache: yes is not allowed: true or false"},
        WrongConfig{"group_as_a_value",
                    "mmu: fast\n",
                    {},
                    "test.yaml:1: mmu: fast is not allowed: a group of keys"},
        WrongConfig{"setting_without_a_value",
                    "",
                    {"mmu.l2_tlb.ways"},
                    "--set: mmu.l2_tlb.ways is not allowed: path=value"},
        WrongConfig{
            "key_given_twice",
            "cpu:\n  frequency_mhz: 1\n  frequency_mhz: 2\n",
            {},
            "test.yaml:3: cpu.frequency_mhz: 2 is not allowed: once; it stands in line 2 too"},
        WrongConfig{
            "generated_file_without_a_size",
            "",
            {"program.generate=[{path: /data}]"},
            "--set: program.generate: [{path: /data}] is not allowed: a list of {path: text, "
            "size: size, seed: integer}; seed may be left out"},
        WrongConfig{
            "three_ways_in_64_entries",
            "mmu:\n  l2_tlb:\n    entries: 64\n    ways: 3\n",
            {},
            "test.yaml:4: mmu.l2_tlb.ways: 3 is not allowed: a divisor of entries (64) whose "
            "quotient is a power of two, or 0 for fully associative"},
        WrongConfig{"odd_branch_history",
                    "",
                    {"cpu.bht_entries=100"},
                    "--set: cpu.bht_entries: 100 is not allowed: a power of two, up to 1048576"},
        WrongConfig{"bus_of_three_bytes",
                    "",
                    {"bus.width_bytes=3"},
                    "--set: bus.width_bytes: 3 is not allowed: a power of two, 1 to 64"},
        WrongConfig{"fault_around_of_no_power_of_two",
                    "",
                    {"firmware.fault_around_bytes=12KiB"},
                    "--set: firmware.fault_around_bytes: 12KiB is not allowed: a power of two"},
        WrongConfig{"swap_of_half_a_page",
                    "swap:\n  size_bytes: 100000\n",
                    {},
                    "test.yaml:2: swap.size_bytes: 100000 is not allowed: 0, or a multiple of 4KiB "
                    "from 40KiB"},
        WrongConfig{"bad_header_of_swap",
                    "",
                    {"swap={size_bytes: 1MiB, bad_pages: [0]}"},
                    "--set: swap.bad_pages: 0 is not allowed: pages of the swap area, behind its "
                    "header (page 0)"},
        WrongConfig{"disk_profile_of_no_disk",
                    "",
                    {"disk.profile=tape"},
                    "--set: disk.profile: tape is not allowed: nvme, emmc or ideal"},
        WrongConfig{"dma_of_odd_bursts",
                    "",
                    {"disk.dma_burst_bytes=100"},
                    "--set: disk.dma_burst_bytes: 100 is not allowed: a power of two"},
        WrongConfig{"sectors_that_are_no_numbers",
                    "",
                    {"disk.bad_sectors=[a]"},
                    "--set: disk.bad_sectors: [a] is not allowed: a list of integers: [0, 8]"},
        WrongConfig{"svadu_on_a_hart_without",
                    "",
                    {"firmware.svadu=true", "cpu.svadu=false"},
                    "--set: firmware.svadu: true is not allowed: false while cpu.svadu is false"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Config, broken_yaml_is_refused_with_its_line) {
  const LoadedConfig loaded = load("mmu:\n  l1_dtlb: [1, 2\n");
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].file, "test.yaml");
  EXPECT_GT(loaded.problems[0].line, 1);
}

TEST(Config, two_documents_in_one_file_are_refused) {
  const LoadedConfig loaded = load("cpu:\n  frequency_mhz: 500\n---\nsim:\n  name: x\n");
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(to_string(loaded.problems[0]),
            "test.yaml: a text of 2 documents is not allowed: one document, without a line --- "
            "between keys");
  EXPECT_TRUE(load("---\ncpu:\n  frequency_mhz: 500\n").config.has_value());
}

TEST(Config, disk_figures_go_over_the_profile) {
  const LoadedConfig loaded = load(
      "disk: {profile: emmc, read_latency_ns: 9000}\nswap: {size_bytes: 8MiB, queue_depth: 4}\n");
  ASSERT_TRUE(loaded.config.has_value());
  const DiskTimingParams& disk = loaded.config->disk.speed.timing;
  EXPECT_EQ(disk.read_latency_ns, 9000U);
  EXPECT_EQ(disk.write_latency_ns, find_disk_profile("emmc")->timing.write_latency_ns);
  EXPECT_EQ(loaded.config->swap.speed.timing.queue_depth, 4U);
  EXPECT_EQ(loaded.config->swap.speed.timing.read_bandwidth_mb_s, 3500U);
}

TEST(Config, missing_file_is_refused_with_its_name) {
  const LoadedConfig loaded = load_config("/nowhere/machine.yaml", {});
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(to_string(loaded.problems[0]), "/nowhere/machine.yaml: cannot be read as a file");
}

TEST(Config, all_problems_are_reported_at_once) {
  const LoadedConfig loaded =
      load("cpu:\n  frequency_mhz: 0\nbus:\n  with: 3\n", {"dram.channels=16"});
  ASSERT_EQ(loaded.problems.size(), 3U);
  EXPECT_EQ(loaded.problems[0].path, "bus.with");
  EXPECT_EQ(loaded.problems[1].path, "cpu.frequency_mhz");
  EXPECT_EQ(loaded.problems[2].path, "dram.channels");
}

TEST(Config, problem_of_a_default_points_to_the_key_of_its_group_that_was_given) {
  const LoadedConfig loaded = load("mmu:\n  l2_tlb:\n    entries: 100\n");
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].path, "mmu.l2_tlb.ways");
  EXPECT_EQ(loaded.problems[0].line, 3);
}

TEST(Config, dram_timing_keys_replace_single_values_of_the_preset) {
  const LoadedConfig loaded = load("", {"dram.timing.t_rfc=500"});
  ASSERT_TRUE(loaded.config.has_value());
  DramTiming expected = *dram_timing(loaded.config->memory.dram.preset, 8);
  expected.t_rfc = 500;
  EXPECT_EQ(loaded.config->memory.dram.timing, expected);
}

TEST(Config, problems_across_keys_name_keys_of_the_schema) {
  const ConfigSchema schema = machine_schema();
  const std::vector<std::string> impossible = {"cache.l2.ways=7",
                                               "cache.l1d.size_bytes=100",
                                               "dram.size_bytes=64GiB",
                                               "dram.timing.t_ras=1",
                                               "dram.address_order=row-column",
                                               "dram.channels=3",
                                               "mmu.walk_cache.level1.ways=3",
                                               "dram.write_low_watermark=60",
                                               "dram.density_gbit=5"};
  for (const std::string& setting : impossible) {
    const LoadedConfig loaded = load_config("", {setting});
    EXPECT_FALSE(loaded.problems.empty()) << setting;
    for (const ConfigProblem& problem : loaded.problems) {
      EXPECT_NE(schema.find(problem.path), nullptr) << to_string(problem);
    }
  }
}

TEST(Config, satp_takes_the_page_table_format_and_the_smaller_ones) {
  using Modes = std::vector<SatpMode>;
  const auto modes = [](const std::string& format) {
    return load_config("", {"mmu.format=" + format}).config.value().cpu.hart.csr.satp_modes;
  };
  EXPECT_EQ(modes("sv39"), (Modes{SatpMode::Bare, SatpMode::Sv39}));
  EXPECT_EQ(modes("sv48"), (Modes{SatpMode::Bare, SatpMode::Sv39, SatpMode::Sv48}));
  EXPECT_EQ(modes("sv57"), (Modes{SatpMode::Bare, SatpMode::Sv39, SatpMode::Sv48, SatpMode::Sv57}));
}

TEST(Config, warmup_by_marker_runs_functionally_without_end) {
  const LoadedConfig loaded = load("", {"sim.warmup.marker=true"});
  ASSERT_TRUE(loaded.config.has_value());
  EXPECT_EQ(loaded.config->cpu.hart.warmup_instructions, ~std::uint64_t{0});
}

TEST(Config, printed_configuration_reads_back_as_itself) {
  const LoadedConfig first = load(
      "",
      {"mmu.l2_tlb.replacement=random", "dram.size_bytes=3GiB", "dram.timing.t_rcd=20",
       "program.args=[\"a b\", '#', \"true\", \"\"]", "program.files=[{host: ./x, guest: /bin/x}]",
       "program.generate=[{path: /data, size: 1MiB, seed: 7}]", "sim.fidelity=functional"});
  ASSERT_TRUE(first.config.has_value());
  const ConfigSchema schema = machine_schema();
  for (const Comments comments : {Comments::None, Comments::EveryKey}) {
    const std::string text = to_yaml(schema, *first.config, comments);
    const LoadedConfig second = load(text);
    ASSERT_TRUE(second.config.has_value());
    EXPECT_EQ(to_yaml(schema, *second.config, comments), text);
    EXPECT_EQ(second.config->program.args, first.config->program.args);
    EXPECT_EQ(second.config->memory.dram.timing, first.config->memory.dram.timing);
  }
}

TEST(Config, every_key_has_a_place_of_its_own_and_a_description) {
  const ConfigSchema schema = machine_schema();
  std::vector<std::string> paths;
  for (const ConfigKey& key : schema.keys()) {
    EXPECT_FALSE(key.description.empty()) << key.path;
    EXPECT_FALSE(key.allowed.empty()) << key.path;
    EXPECT_EQ(schema.find(key.path), &key);
    paths.push_back(key.path);
    // What is written as the default reads back.
    MachineConfig config;
    EXPECT_TRUE(key.read(config, key.write(config))) << key.path;
  }
  std::ranges::sort(paths);
  EXPECT_EQ(std::ranges::adjacent_find(paths), paths.end());
}

TEST(Config, reference_in_the_documentation_is_that_of_the_schema) {
  std::ifstream stream(FAULTLINE_SOURCE_DIR "/docs/configuration.md");
  std::stringstream text;
  text << stream.rdbuf();
  EXPECT_NE(text.str().find(to_markdown(machine_schema())), std::string::npos)
      << "docs/configuration.md: replace its tables by the output of `faultline config --markdown`";
}

TEST(Config, shipped_machines_load) {
  for (const char* name : {"default.yaml", "first-run.yaml"}) {
    const LoadedConfig loaded =
        load_config(std::string(FAULTLINE_SOURCE_DIR "/configs/") + name, {});
    for (const ConfigProblem& problem : loaded.problems) ADD_FAILURE() << to_string(problem);
  }
}

TEST(Config, default_machine_in_configs_is_the_built_in_one) {
  const ConfigSchema schema = machine_schema();
  const LoadedConfig loaded = load_config(FAULTLINE_SOURCE_DIR "/configs/default.yaml", {});
  ASSERT_TRUE(loaded.config.has_value());
  EXPECT_EQ(to_yaml(schema, *loaded.config, Comments::None),
            to_yaml(schema, MachineConfig{}, Comments::None));
}

TEST(Sizes, are_written_in_their_largest_whole_unit) {
  EXPECT_EQ(format_size(0), "0");
  EXPECT_EQ(format_size(1536), "1536");
  EXPECT_EQ(format_size(24 << 10), "24KiB");
  EXPECT_EQ(format_size(std::uint64_t{64} << 30), "64GiB");
  EXPECT_EQ(parse_size("1 GiB"), std::uint64_t{1} << 30);
  EXPECT_EQ(parse_size("17000000TiB"), std::nullopt);
  EXPECT_EQ(parse_integer("12x"), std::nullopt);
  EXPECT_EQ(parse_integer("010"), 10U);
}

}  // namespace
}  // namespace faultline
