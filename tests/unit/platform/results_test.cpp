// SPDX-License-Identifier: Apache-2.0
// Summaries, tables, stats.json and the database, from a log of a few made-up faults.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
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
void add_fault(FaultLog& log, std::string_view path, Cycles read, Cycles zero, bool in_roi = true,
               CacheState caches = CacheState::Unknown) {
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
  fault.caches = caches;
  fault.account = FaultAccount::Minor;
  fault.passes = 1;
  fault.pte = 0x200000d7;
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

/// Cold, warm and unknown caches; a fault that waited for a device; one that ended in a signal.
RunResult example_with_caches() {
  RunResult result;
  add_fault(result.faults, "anon_read", 5, 15, true, CacheState::Cold);
  add_fault(result.faults, "anon_read", 5, 5, true, CacheState::Warm);
  add_fault(result.faults, "anon_write", 5, 45, true, CacheState::Warm);
  add_fault(result.faults, "read_fault_major", 0, 100'000);
  FaultRecord& major = result.faults.faults.back();
  major.account = FaultAccount::Major;
  major.passes = 2;
  major.page_cache_misses = 1;
  add_fault(result.faults, "sigsegv_maperr", 1, 2, false);
  FaultRecord& error = result.faults.faults.back();
  error.account = FaultAccount::None;
  error.outcome = FaultOutcome::Abandoned;
  error.passes = 0;
  error.pte = 0;
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
  const std::vector<PathSummary> paths = summarise(example().faults, Grouping::Path);
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(fault_paths()[paths[1].path].name, "anon_write");
  EXPECT_EQ(paths[1].count, 2U);
  EXPECT_EQ(paths[1].minor, 2U);
  EXPECT_EQ(paths[1].resumed, 2U);
  EXPECT_EQ(paths[1].cycles.min, 120U);
  EXPECT_EQ(paths[1].cycles.max, 160U);
  EXPECT_EQ(paths[1].cycles.sum, 280U);
  ASSERT_EQ(paths[1].stages.size(), 2U);
  EXPECT_EQ(paths[1].stages[0].cycles, 60U);
  EXPECT_EQ(paths[1].stages[1].cycles, 220U);
  EXPECT_EQ(paths[1].stages[1].visits, 6U);
}

TEST(Summary, tells_cold_and_warm_caches_apart_if_asked) {
  const FaultLog log = example_with_caches().faults;
  const std::vector<PathSummary> apart = summarise(log, Grouping::PathAndCaches);
  ASSERT_EQ(apart.size(), 4U);
  EXPECT_EQ(apart[0].caches, CacheState::Cold);
  EXPECT_EQ(apart[0].cycles.sum, 20U);
  EXPECT_EQ(apart[1].caches, CacheState::Warm);
  EXPECT_EQ(apart[1].cycles.sum, 10U);
  const std::vector<PathSummary> together = summarise(log, Grouping::Path);
  ASSERT_EQ(together.size(), 3U);
  EXPECT_EQ(together[0].count, 2U);
  EXPECT_EQ(together[0].cycles.sum, 30U);
  EXPECT_EQ(cheapest_median(apart), 10U);
}

TEST(Summary, counts_what_the_kernel_counts) {
  const FaultLog log = example_with_caches().faults;
  const FaultCounts covered = count_faults(log, Coverage::Tables);
  EXPECT_EQ(covered.faults, 4U);
  EXPECT_EQ(covered.minor, 3U);
  EXPECT_EQ(covered.major, 1U);
  EXPECT_EQ(covered.passes, 5U);
  EXPECT_EQ(covered.page_cache_misses, 1U);
  EXPECT_EQ(covered.by_path[path_index("anon_read")], 2U);
  const FaultCounts all = count_faults(log, Coverage::WholeRun);
  EXPECT_EQ(all.faults, 5U);
  EXPECT_EQ(all.minor, 3U);
  EXPECT_EQ(all.by_path[path_index("sigsegv_maperr")], 1U);
}

TEST(Tables, show_cycles_nanoseconds_and_ratios) {
  const std::vector<PathSummary> paths =
      summarise(example_with_caches().faults, Grouping::PathAndCaches);
  const std::string table = path_table(paths, {.frequency_mhz = 2000});
  EXPECT_NE(table.find("\nanon_read cold                    1 |      20      20      20      20"
                       "      20 |      10      10      10 |     2.00\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("\nanon_read warm                    1 |"), std::string::npos) << table;
  EXPECT_NE(table.find("\nread_fault_major                  1 |"), std::string::npos) << table;
  EXPECT_NE(table.find(" 10000.00\n"), std::string::npos) << table;
  EXPECT_EQ(path_table({}, {}), "no page faults\n");
  EXPECT_EQ(stage_table({}), "");
}

TEST(Tables, have_a_column_for_each_group_of_stages_that_occurs) {
  const std::string table = stage_table(summarise(example().faults, Grouping::PathAndCaches));
  EXPECT_EQ(table,
            "mean cycles of a fault         walk    data    total\n"
            "anon_read                         5      10       15\n"
            "anon_write                       30     110      140\n");
}

TEST(Tables, fit_their_widths) {
  FaultLog log;
  for (const FaultPath& path : fault_paths()) {
    if (!path.in_tables) continue;
    add_fault(log, path.name, 123'456, 1'654'321, true, CacheState::Cold);
    for (std::size_t i = 0; i < kStageCount; ++i) {
      log.slices.push_back({.stage = static_cast<Stage>(i), .visits = 1, .cycles = 1000});
      ++log.faults.back().slice_count;
      log.faults.back().total += 1000;
    }
  }
  const std::vector<PathSummary> paths = summarise(log, Grouping::PathAndCaches);
  const auto expect_width = [](const std::string& table, std::size_t width) {
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), width) << line;
  };
  expect_width(path_table(paths, {}), 120);
  expect_width(stage_table(paths), 160);
}

TEST(Csv, has_every_stage_and_a_line_for_each_path) {
  const std::string csv =
      latency_csv(summarise(example_with_caches().faults, Grouping::PathAndCaches));
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  EXPECT_TRUE(
      line.starts_with("fault_path,caches,count,minor,major,min,median,p95,p99,max,mean,ratio,"
                       "l1_tlb,l2_tlb,walk_queue,walk_read,"));
  const auto columns = std::count(line.begin(), line.end(), ',');
  EXPECT_EQ(columns, 11 + static_cast<std::ptrdiff_t>(kStageCount));
  std::getline(lines, line);
  EXPECT_TRUE(
      line.starts_with("anon_read,cold,1,1,0,20,20,20,20,20,20.000,2.000,0.000,0.000,0.000,5.000,"))
      << line;
  EXPECT_EQ(std::count(line.begin(), line.end(), ','), columns);
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
    const std::string side = to_string(info.side);
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
  const nlohmann::ordered_json json = stats_document(result);
  EXPECT_EQ(json["run"]["outcome"], "exited");
  EXPECT_EQ(json["run"]["cycles"], 9000);
  EXPECT_EQ(json["run"]["covers"], "whole run");
  EXPECT_EQ(json["faults"]["anon_write"]["count"], 2);
  EXPECT_EQ(json["faults"]["anon_write"]["stages"][0]["served_by"], "L2");
  EXPECT_EQ(json["faults"]["anon_write"]["stages"][1]["stage"], "zero");
  EXPECT_EQ(json["counts"]["covered"]["faults"], 3);
  EXPECT_EQ(json["counts"]["whole_run"]["paths"]["anon_write"], 3);
}

TEST(StatsJson, document_tells_caches_apart) {
  const nlohmann::ordered_json json = stats_document(example_with_caches());
  EXPECT_EQ(json["faults"]["anon_read"]["count"], 2);
  EXPECT_EQ(json["faults"]["anon_read"]["caches"]["cold"]["cycles"]["sum"], 20);
  EXPECT_EQ(json["faults"]["anon_read"]["caches"]["warm"]["cycles"]["sum"], 10);
  EXPECT_FALSE(json["faults"]["read_fault_major"].contains("caches"));
  EXPECT_EQ(json["faults"]["read_fault_major"]["major"], 1);
  EXPECT_EQ(json["counts"]["covered"]["major"], 1);
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

TEST_F(RunFolder, database_says_how_each_fault_ended) {
  const std::filesystem::path file = folder_ / "faults.db";
  write_fault_database(file, {}, example_with_caches());
  EXPECT_EQ(query(file,
                  "SELECT group_concat(ifnull(caches, '-') || ' ' || ifnull(major, '-') || ' ' || "
                  "passes || ' ' || cache_misses || ' ' || CASE WHEN pte IS NULL THEN '-' ELSE "
                  "printf('%x', pte) END, '; ') "
                  "FROM fault"),
            "cold 0 1 0 200000d7; warm 0 1 0 200000d7; warm 0 1 0 200000d7; - 1 2 1 200000d7; "
            "- - 0 0 -");
  EXPECT_EQ(query(file, "SELECT side FROM stage_kind WHERE stage = 'wait'"), "waiting");
}

TEST_F(RunFolder, has_the_same_bytes_after_the_same_run) {
  const RunResult result = example();
  std::vector<std::string> first;
  for (int run = 0; run < 2; ++run) {
    write_run_folder(folder_, {}, result);
    std::vector<std::string> bytes;
    for (const char* name :
         {"config.yaml", "stats.json", "latency.csv", "faults.db", "console.txt"}) {
      bytes.push_back(bytes_of(folder_ / name));
      EXPECT_FALSE(bytes.back().empty()) << name;
    }
    if (run == 0) first = bytes;
    EXPECT_EQ(bytes, first);
  }
  EXPECT_EQ(first[4], "hello\n");
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
