// SPDX-License-Identifier: Apache-2.0
#include "platform/results/fault_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/measure/paths.h"
#include "platform/results/stats_json.h"

namespace faultline {

namespace {

constexpr std::size_t kNameColumn = 27;
constexpr std::size_t kGroupColumn = 8;

/// "anon_write", "anon_write cold".
std::string row_name(const PathSummary& path) {
  std::string name(fault_paths()[path.path].name);
  if (path.caches != CacheState::Unknown) name += fmt::format(" {}", to_string(path.caches));
  return name;
}

double mean(const PathSummary& path, Cycles sum) {
  return static_cast<double>(sum) / static_cast<double>(path.count);
}

/// The median as a multiple of `cheapest`.
double ratio(const PathSummary& path, Cycles cheapest) {
  return cheapest == 0 ? 0.0
                       : static_cast<double>(path.cycles.median) / static_cast<double>(cheapest);
}

using GroupSums = std::array<Cycles, kStageGroupCount>;

GroupSums group_sums(const PathSummary& path) {
  GroupSums sums{};
  for (const StageSlice& stage : path.stages) {
    sums[static_cast<std::size_t>(stage_info(stage.stage).group)] += stage.cycles;
  }
  return sums;
}

/// Row hits, closed rows and conflicts of all channels.
std::string dram_rows(const nlohmann::ordered_json& statistics) {
  double hits = 0;
  double closed = 0;
  double conflicts = 0;
  for (unsigned channel = 0;; ++channel) {
    const std::string group = fmt::format("dram.channel{}.", channel);
    const auto row_hits = statistic(statistics, group + "row_hits");
    if (!row_hits) break;
    hits += *row_hits;
    closed += statistic(statistics, group + "row_closed").value_or(0);
    conflicts += statistic(statistics, group + "row_conflicts").value_or(0);
  }
  const double all = std::max(hits + closed + conflicts, 1.0);
  return fmt::format("DRAM: {:.0f} row hits ({:.1f}%), {:.0f} closed rows, {:.0f} row conflicts\n",
                     hits, 100.0 * hits / all, closed, conflicts);
}

}  // namespace

std::string path_table(const std::vector<PathSummary>& paths, const CpuConfig& cpu) {
  if (paths.empty()) return "no page faults\n";
  const Cycles cheapest = cheapest_median(paths);
  std::string text =
      fmt::format("{:<{}}{:>8} |{:^40} |{:^24} |\n", "", kNameColumn, "", "cycles", "nanoseconds");
  text += fmt::format("{:<{}}{:>8} |{:>8}{:>8}{:>8}{:>8}{:>8} |{:>8}{:>8}{:>8} |{:>9}\n",
                      "fault path", kNameColumn, "count", "min", "median", "p95", "p99", "max",
                      "median", "p95", "max", "ratio");
  for (const PathSummary& path : paths) {
    const Distribution& d = path.cycles;
    text += fmt::format("{:<{}}{:>8} |", row_name(path), kNameColumn, path.count);
    for (const Cycles value : {d.min, d.median, d.p95, d.p99, d.max}) {
      text += fmt::format("{:>8}", value);
    }
    text += " |";
    for (const Cycles value : {d.median, d.p95, d.max}) {
      text += fmt::format("{:>8.0f}", static_cast<double>(value) * 1000.0 / cpu.frequency_mhz);
    }
    text += fmt::format(" |{:>9.2f}\n", ratio(path, cheapest));
  }
  return text;
}

std::string stage_table(const std::vector<PathSummary>& paths) {
  if (paths.empty()) return "";
  GroupSums all{};
  for (const PathSummary& path : paths) {
    const GroupSums sums = group_sums(path);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += sums[i];
  }
  std::string text = fmt::format("{:<{}}", "mean cycles of a fault", kNameColumn);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] != 0) {
      text += fmt::format("{:>{}}", group_name(static_cast<StageGroup>(i)), kGroupColumn);
    }
  }
  text += fmt::format("{:>{}}\n", "total", kGroupColumn + 1);
  for (const PathSummary& path : paths) {
    const GroupSums sums = group_sums(path);
    text += fmt::format("{:<{}}", row_name(path), kNameColumn);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i] == 0) continue;
      text += sums[i] == 0 ? fmt::format("{:>{}}", ".", kGroupColumn)
                           : fmt::format("{:>{}.0f}", mean(path, sums[i]), kGroupColumn);
    }
    text += fmt::format("{:>{}.0f}\n", mean(path, path.cycles.sum), kGroupColumn + 1);
  }
  return text;
}

std::string latency_csv(const std::vector<PathSummary>& paths) {
  const Cycles cheapest = cheapest_median(paths);
  std::string text = "fault_path,caches,count,minor,major,min,median,p95,p99,max,mean,ratio";
  for (std::size_t i = 0; i < kStageCount; ++i) {
    text += fmt::format(",{}", stage_info(static_cast<Stage>(i)).name);
  }
  text += '\n';
  for (const PathSummary& path : paths) {
    const Distribution& d = path.cycles;
    const bool known = path.caches != CacheState::Unknown;
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{:.3f},{:.3f}", fault_paths()[path.path].name,
                    known ? to_string(path.caches) : "", path.count, path.minor, path.major, d.min,
                    d.median, d.p95, d.p99, d.max, mean(path, d.sum), ratio(path, cheapest));
    std::array<Cycles, kStageCount> sums{};
    for (const StageSlice& stage : path.stages) {
      sums[static_cast<std::size_t>(stage.stage)] += stage.cycles;
    }
    for (const Cycles sum : sums) text += fmt::format(",{:.3f}", mean(path, sum));
    text += '\n';
  }
  return text;
}

std::string summary_text(const RunResult& result, const CpuConfig& cpu) {
  const auto at = [&result](std::string_view path) {
    return statistic(result.statistics, path).value_or(0.0);
  };
  const auto rate = [&at](const std::string& group) {
    const double lookups = at(group + ".lookups");
    return lookups == 0 ? std::string("unused")
                        : fmt::format("{:.2f}%", 100.0 * at(group + ".hits") / lookups);
  };
  const double cycles = at("hart0.cycles");
  const double instructions = at("hart0.instructions");
  std::string text =
      fmt::format("{}: {:.0f} instructions, {:.0f} cycles ({:.3f} ms at {} MHz), IPC {:.3f}\n",
                  coverage(result), instructions, cycles, cycles / (1000.0 * cpu.frequency_mhz),
                  cpu.frequency_mhz, cycles == 0 ? 0.0 : instructions / cycles);
  text +=
      fmt::format("TLB hits: L1 instruction {}, L1 data {}, L2 {}; {:.0f} walks of {:.1f} cycles\n",
                  rate("mmu.l1_itlb"), rate("mmu.l1_dtlb"), rate("mmu.l2_tlb"),
                  at("mmu.walker.walks"), at("mmu.walker.cycles_per_walk"));
  return text + dram_rows(result.statistics);
}

}  // namespace faultline
