// SPDX-License-Identifier: Apache-2.0
#include "platform/results/fault_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

#include "platform/measure/paths.h"
#include "platform/results/stats_json.h"

namespace faultline {

namespace {

constexpr std::size_t kPathsPerBlock = 5;
constexpr std::size_t kStageColumn = 32;
constexpr std::size_t kPathColumn = 17;

std::string nanoseconds(Cycles cycles, const CpuConfig& cpu) {
  return fmt::format("{:.0f}", static_cast<double>(cycles) * 1000.0 / cpu.frequency_mhz);
}

std::array<Cycles, 5> figures(const Distribution& d) {
  return {d.min, d.median, d.p95, d.p99, d.max};
}

/// A row of the stage table: "walk_read level 2, DRAM row hit".
std::string row_name(const StageSlice& stage) {
  std::string name(stage_info(stage.stage).name);
  if (stage.level == StageSlice::kNoLevel) return name;
  return fmt::format("{} L{} {}", name, stage.level, to_string(stage.served_by));
}

/// Every kind of stage that occurs in some path, in order.
std::vector<StageSlice> rows_of(std::span<const PathSummary> paths) {
  std::vector<StageSlice> rows;
  for (const PathSummary& path : paths) {
    for (const StageSlice& stage : path.stages) {
      if (std::ranges::none_of(rows, [&](const StageSlice& r) { return r.same_kind(stage); })) {
        rows.push_back(stage);
      }
    }
  }
  std::ranges::sort(rows, [](const StageSlice& a, const StageSlice& b) {
    return std::tuple(a.stage, b.level, a.served_by) < std::tuple(b.stage, a.level, b.served_by);
  });
  return rows;
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

/// A path's name over its column of the stage table: the part up to its last _ that fits in one
/// line, the rest in the next.
std::pair<std::string_view, std::string_view> two_lines(std::string_view name) {
  if (name.size() < kPathColumn) return {"", name};
  const std::size_t cut = name.rfind('_', kPathColumn - 2) + 1;
  return {name.substr(0, cut), name.substr(cut)};
}

std::string cell(const PathSummary& path, Cycles cycles) {
  const double mean = static_cast<double>(cycles) / static_cast<double>(path.count);
  const double share = 100.0 * static_cast<double>(cycles) /
                       static_cast<double>(std::max<Cycles>(path.cycles.sum, 1));
  return fmt::format("{:9.1f} {:5.1f}%", mean, share);
}

std::string stage_block(std::span<const PathSummary> paths) {
  std::string upper = fmt::format("{:<{}}", "", kStageColumn);
  std::string lower = fmt::format("{:<{}}", "mean cycles of a fault, share", kStageColumn);
  for (const PathSummary& path : paths) {
    const auto [first, second] = two_lines(fault_paths()[path.path].name);
    upper += fmt::format("{:>{}}", first, kPathColumn);
    lower += fmt::format("{:>{}}", second, kPathColumn);
  }
  upper.erase(upper.find_last_not_of(' ') + 1);
  std::string text = upper.empty() ? "" : upper + '\n';
  text += lower + '\n';
  for (const StageSlice& row : rows_of(paths)) {
    text += fmt::format("{:<{}}", row_name(row), kStageColumn);
    for (const PathSummary& path : paths) {
      const auto stage =
          std::ranges::find_if(path.stages, [&](const StageSlice& s) { return s.same_kind(row); });
      text += fmt::format("{:>{}}", stage == path.stages.end() ? "." : cell(path, stage->cycles),
                          kPathColumn);
    }
    text += '\n';
  }
  text += fmt::format("{:<{}}", "total", kStageColumn);
  for (const PathSummary& path : paths)
    text += fmt::format("{:>{}}", cell(path, path.cycles.sum), kPathColumn);
  return text + '\n';
}

}  // namespace

std::string path_table(const std::vector<PathSummary>& paths, const CpuConfig& cpu) {
  if (paths.empty()) return "no page faults\n";
  std::string text =
      fmt::format("{:<22}{:>8} |{:>22}{:>20}{:>27}\n", "", "", "cycles", "|", "nanoseconds");
  text += fmt::format("{:<22}{:>8} |", "fault path", "count");
  for (const char* unit_end : {" |", "\n"}) {
    for (const char* name : {"min", "median", "p95", "p99", "max"}) {
      text += fmt::format("{:>8}", name);
    }
    text += unit_end;
  }
  for (const PathSummary& path : paths) {
    text += fmt::format("{:<22}{:>8} |", fault_paths()[path.path].name, path.count);
    for (const Cycles value : figures(path.cycles)) text += fmt::format("{:>8}", value);
    text += " |";
    for (const Cycles value : figures(path.cycles)) {
      text += fmt::format("{:>8}", nanoseconds(value, cpu));
    }
    text += '\n';
  }
  return text;
}

std::string stage_table(const std::vector<PathSummary>& paths) {
  std::string text;
  const std::span all(paths);
  for (std::size_t first = 0; first < all.size(); first += kPathsPerBlock) {
    if (first > 0) text += '\n';
    text += stage_block(all.subspan(first, std::min(kPathsPerBlock, all.size() - first)));
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
