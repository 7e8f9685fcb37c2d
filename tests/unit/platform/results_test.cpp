// SPDX-License-Identifier: Apache-2.0
// Summaries, tables, stats.json and the database, from a log of a few made-up faults.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "platform/measure/paths.h"
#include "platform/results/fault_database.h"
#include "platform/results/fault_table.h"
#include "platform/results/run_folder.h"
#include "platform/results/stats_json.h"

namespace faultline {
namespace {

std::uint32_t path_index(std::string_view name) {
  std::uint32_t index = 0;
  while (fault_paths()[index].name != name) ++index;
  return index;
}

/// Adds a fault of two stages: `read` cycles in a walk read from L2, `zero` in zeroing.
void add_fault(FaultLog& log, std::string_view path, Cycles read, Cycles zero, bool in_roi = true) {
  FaultRecord fault;
  fault.address = VirtAddr{0xffffffff80000000};
  fault.pc = VirtAddr{0x10000};
  fault.access = AccessType::Store;
  fault.status = AbortStatus::Translation;
  fault.outcome = FaultOutcome::Resumed;
  fault.path = path_index(path);
  fault.start = 1000 * log.faults.size();
  fault.total = read + zero;
  fault.in_roi = in_roi;
  fault.first_slice = log.slices.size();
  fault.slice_count = 2;
  log.slices.push_back({Stage::WalkRead, 2, ServedBy::L2, 1, read});
  log.slices.push_back({.stage = Stage::Zero, .visits = 3, .cycles = zero});
  log.faults.push_back(fault);
}

RunResult example() {
  RunResult result;
  result.progress = {.instructions = 5000, .cycles = 9000};
  result.console = "hello\n";
  add_fault(result.faults, "anon_write", 20, 100);
  add_fault(result.faults, "anon_read", 5, 10);
  add_fault(result.faults, "anon_write", 40, 120);
  add_fault(result.faults, "anon_write", 1, 1, false);
  return result;
}

TEST(Percentiles, are_values_of_the_sample_by_nearest_rank) {
  std::vector<Cycles> sample(200);
  std::iota(sample.begin(), sample.end(), Cycles{1});
  EXPECT_EQ(nearest_rank(sample, 50), 100U);
  EXPECT_EQ(nearest_rank(sample, 95), 190U);
  EXPECT_EQ(nearest_rank(sample, 99), 198U);
  EXPECT_EQ(nearest_rank(sample, 100), 200U);
  EXPECT_EQ(nearest_rank(std::vector<Cycles>{7}, 1), 7U);
  EXPECT_EQ(nearest_rank(std::vector<Cycles>{3, 9}, 50), 3U);
  EXPECT_EQ(nearest_rank(std::vector<Cycles>{3, 9}, 51), 9U);
}

TEST(Summary, has_the_paths_of_the_region_with_stages_that_add_up) {
  const std::vector<PathSummary> paths = summarise(example().faults);
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(fault_paths()[paths[0].path].name, "anon_write");
  EXPECT_EQ(paths[0].count, 2U);
  EXPECT_EQ(paths[0].resumed, 2U);
  EXPECT_EQ(paths[0].cycles.min, 120U);
  EXPECT_EQ(paths[0].cycles.max, 160U);
  EXPECT_EQ(paths[0].cycles.sum, 280U);
  ASSERT_EQ(paths[0].stages.size(), 2U);
  EXPECT_EQ(paths[0].stages[0].cycles, 60U);
  EXPECT_EQ(paths[0].stages[1].cycles, 220U);
  EXPECT_EQ(paths[0].stages[1].visits, 6U);
}

TEST(Tables, show_cycles_nanoseconds_and_shares) {
  const std::vector<PathSummary> paths = summarise(example().faults);
  const std::string table = path_table(paths, {.frequency_mhz = 2000});
  EXPECT_NE(table.find("anon_write                   2 |     120     120     160     160     160 |"
                       "      60      60      80      80      80\n"),
            std::string::npos)
      << table;
  const std::string stages = stage_table(paths);
  EXPECT_NE(stages.find("walk_read L2 L2                       30.0  21.4%"), std::string::npos)
      << stages;
  EXPECT_NE(stages.find("zero                                 110.0  78.6%"), std::string::npos)
      << stages;
  EXPECT_EQ(path_table({}, {}), "no page faults\n");
}

TEST(Tables, stay_within_120_columns) {
  FaultLog log;
  for (const FaultPath& path : fault_paths()) {
    if (path.in_tables) add_fault(log, path.name, 123'456, 654'321);
  }
  const std::vector<PathSummary> paths = summarise(log);
  for (const std::string& table : {path_table(paths, {}), stage_table(paths)}) {
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
  }
}

TEST(Documentation, explains_every_stage_and_path) {
  std::ifstream stream(FAULTLINE_SOURCE_DIR "/docs/results.md");
  std::stringstream text;
  text << stream.rdbuf();
  const auto expect_row = [&text](const std::string& row) {
    EXPECT_NE(text.str().find(row), std::string::npos) << "docs/results.md has no row " << row;
  };
  for (std::size_t i = 0; i < kStageCount; ++i) {
    const StageInfo& info = stage_info(static_cast<Stage>(i));
    const std::string side = info.side == StageSide::Hardware ? "hardware" : "firmware";
    expect_row("| `" + std::string(info.name) + "` | " + side + " | " +
               std::string(info.description) + " |\n");
  }
  for (const FaultPath& path : fault_paths()) {
    expect_row("| `" + std::string(path.name) + "` | " + std::string(path.description) + " |\n");
  }
}

TEST(StatsJson, keeps_the_order_of_registration_and_nests_groups) {
  std::uint64_t hits = 3;
  std::uint64_t accesses = 4;
  StatGroup root("board");
  StatGroup& tlb = root.group("mmu").group("l1_dtlb");
  tlb.counter("hits", "accesses", "Found.", hits);
  tlb.counter("accesses", "accesses", "All.", accesses);
  tlb.derived("hit_rate", "ratio", "Hits of all.", [&] { return 0.75; });
  const nlohmann::ordered_json json = to_json(root);
  EXPECT_EQ(json.dump(),
            R"({"mmu":{"l1_dtlb":{"hits":{"value":3,"unit":"accesses","description":"Found."},)"
            R"("accesses":{"value":4,"unit":"accesses","description":"All."},)"
            R"("hit_rate":{"value":0.75,"unit":"ratio","description":"Hits of all."}}}})");
  EXPECT_EQ(statistic(json, "mmu.l1_dtlb.hits"), 3.0);
  EXPECT_EQ(statistic(json, "mmu.l1_dtlb.misses"), std::nullopt);
  EXPECT_EQ(statistic(json, "mmu.l1_dtlb"), std::nullopt);
}

TEST(StatsJson, document_holds_run_statistics_and_faults) {
  const RunResult result = example();
  const nlohmann::ordered_json json = stats_document(result, summarise(result.faults));
  EXPECT_EQ(json["run"]["outcome"], "exited");
  EXPECT_EQ(json["run"]["cycles"], 9000);
  EXPECT_EQ(json["run"]["covers"], "whole run");
  EXPECT_EQ(json["faults"]["anon_write"]["count"], 2);
  EXPECT_EQ(json["faults"]["anon_write"]["stages"][0]["served_by"], "L2");
  EXPECT_EQ(json["faults"]["anon_write"]["stages"][1]["stage"], "zero");
}

/// The first column of the first row of a query, as text.
std::string query(const std::filesystem::path& file, const char* sql) {
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), SQLITE_OK) << sql;
  std::string text;
  if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != nullptr) {
    text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return text;
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

class RunFolder : public ::testing::Test {
 protected:
  RunFolder() { prepare_run_folder(folder_); }
  ~RunFolder() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / "faultline_run_folder";
};

TEST_F(RunFolder, database_has_a_row_for_every_fault_and_stage) {
  const std::filesystem::path file = folder_ / "faults.db";
  write_fault_database(file, {}, example());
  EXPECT_EQ(query(file, "SELECT count(*) FROM fault"), "4");
  EXPECT_EQ(query(file, "SELECT count(*) FROM stage"), "8");
  EXPECT_EQ(query(file, "SELECT sum(total_cycles) FROM fault WHERE in_roi"), "295");
  EXPECT_EQ(query(file,
                  "SELECT count(*) FROM fault WHERE total_cycles <> "
                  "(SELECT sum(cycles) FROM stage WHERE fault_id = id)"),
            "0");
  EXPECT_EQ(query(file, "SELECT printf('%x', va) FROM fault WHERE id = 1"), "ffffffff80000000");
  EXPECT_EQ(query(file,
                  "SELECT group_concat(stage || ' ' || coalesce(level, '-') || ' ' || "
                  "coalesce(served_by, '-') || ' ' || visits || ' ' || cycles, '; ') "
                  "FROM stage WHERE fault_id = 3"),
            "walk_read 2 L2 1 40; zero - - 3 120");
  EXPECT_EQ(query(file, "SELECT value FROM run WHERE name = 'instructions'"), "5000");
  EXPECT_EQ(query(file, "SELECT side FROM stage_kind WHERE stage = 'zero'"), "firmware");
}

TEST_F(RunFolder, has_the_same_bytes_after_the_same_run) {
  const RunResult result = example();
  const std::vector<PathSummary> paths = summarise(result.faults);
  std::vector<std::string> first;
  for (int run = 0; run < 2; ++run) {
    write_run_folder(folder_, {}, result, paths);
    std::vector<std::string> bytes;
    for (const char* name : {"config.yaml", "stats.json", "faults.db", "console.txt"}) {
      bytes.push_back(bytes_of(folder_ / name));
      EXPECT_FALSE(bytes.back().empty()) << name;
    }
    if (run == 0) first = bytes;
    EXPECT_EQ(bytes, first);
  }
  EXPECT_EQ(first[3], "hello\n");
}

TEST_F(RunFolder, that_cannot_be_made_is_named) {
  std::ofstream(folder_ / "file") << "";
  try {
    prepare_run_folder(folder_ / "file");
    FAIL() << "no exception";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("file is not allowed"), std::string::npos);
  }
}

}  // namespace
}  // namespace faultline
