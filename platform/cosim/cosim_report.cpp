// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/cosim_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace faultline {

namespace {

/// Tables of which people want to see each bin.
constexpr std::array<std::string_view, 5> kInFull = {"outcome", "fences", "arcs", "walk_caches",
                                                     "refusals"};

double rate(std::uint64_t walks, double seconds) {
  return seconds > 0 ? static_cast<double>(walks) / seconds : 0;
}

std::string cell(const CoverTable::Bin& bin) {
  if (bin.hits != 0) return std::to_string(bin.hits);
  return bin.reach.kind == Reach::Kind::Reachable ? "MISSING" : ".";
}

std::size_t widest(const CoverTable::Names& names) {
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  return width;
}

std::string full_table(const CoverTable& table) {
  const std::size_t names = widest(table.rows());
  std::string text = fmt::format("\n{}: {}\n{:<{}}", table.name(), table.question(), "", names);
  for (const std::string& column : table.columns()) {
    text += fmt::format("  {:>{}}", column, std::max<std::size_t>(column.size(), 7));
  }
  text += '\n';
  for (std::size_t row = 0; row < table.rows().size(); ++row) {
    text += fmt::format("{:<{}}", table.rows()[row], names);
    for (std::size_t column = 0; column < table.columns().size(); ++column) {
      text += fmt::format("  {:>{}}", cell(table.bin(row, column)),
                          std::max<std::size_t>(table.columns()[column].size(), 7));
    }
    text += '\n';
  }
  return text;
}

const char* to_string(CosimUnit unit) {
  return unit == CosimUnit::Walker ? "walker" : "l2_tlb";
}

const char* to_string(Reach::Kind kind) {
  switch (kind) {
    case Reach::Kind::Reachable:
      return "reachable";
    case Reach::Kind::Never:
      return "never";
    case Reach::Kind::Unlikely:
      break;
  }
  return "unlikely";
}

nlohmann::ordered_json bin_json(const CoverTable& table, std::size_t row, std::size_t column) {
  const CoverTable::Bin& bin = table.bin(row, column);
  nlohmann::ordered_json json = {{"row", table.rows()[row]},
                                 {"column", table.columns()[column]},
                                 {"hits", bin.hits},
                                 {"reach", to_string(bin.reach.kind)}};
  if (bin.reach.kind != Reach::Kind::Reachable) json["reason"] = bin.reach.reason;
  return json;
}

}  // namespace

std::string designs_table(const CosimResult& result) {
  std::string text = fmt::format("{:<12} {:>8} {:>10} {:>12} {:>9} {:>11}  {}\n", "design",
                                 "rounds", "walks", "cycles", "seconds", "walks/s", "what");
  for (const CosimResult::Part& part : result.parts) {
    text += fmt::format("{:<12} {:>8} {:>10} {:>12} {:>9.2f} {:>11.0f}  {}\n", part.design.name,
                        part.rounds, part.walks, part.cycles, part.seconds,
                        rate(part.walks, part.seconds), part.design.description);
  }
  return text;
}

std::string designs_list(const std::vector<CosimDesign>& designs) {
  std::string text;
  for (const CosimDesign& design : designs) {
    text +=
        fmt::format("{:<12} {:<7} {}\n", design.name, to_string(design.unit), design.description);
  }
  return text;
}

std::string coverage_text(const std::vector<const CoverTable*>& tables) {
  std::string text = fmt::format("{:<16} {:>7} {:>9}  {:<42} {}\n", "coverage", "reached",
                                 "reachable", "seldomest bin", "what is counted");
  for (const CoverTable* table : tables) {
    const CoverTable::Least least = table->least();
    text += fmt::format("{:<16} {:>7} {:>9}  {:<42} {}\n", table->name(), table->reached(),
                        table->reachable(), fmt::format("{}: {}", least.name, least.hits),
                        table->question());
  }
  for (const CoverTable* table : tables) {
    if (std::ranges::find(kInFull, table->name()) != kInFull.end()) text += full_table(*table);
  }
  for (const CoverTable* table : tables) {
    for (const std::string& bin : table->missing()) {
      text += fmt::format("never reached: {}: {}\n", table->name(), bin);
    }
    for (const std::string& bin : table->impossible()) {
      text += fmt::format("reached, against its rule: {}: {}\n", table->name(), bin);
    }
  }
  return text;
}

nlohmann::ordered_json coverage_json(const std::vector<const CoverTable*>& tables) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const CoverTable* table : tables) {
    nlohmann::ordered_json bins = nlohmann::ordered_json::array();
    for (std::size_t row = 0; row < table->rows().size(); ++row) {
      for (std::size_t column = 0; column < table->columns().size(); ++column) {
        bins.push_back(bin_json(*table, row, column));
      }
    }
    json.push_back({{"name", table->name()},
                    {"question", table->question()},
                    {"reachable", table->reachable()},
                    {"reached", table->reached()},
                    {"bins", std::move(bins)}});
  }
  return json;
}

nlohmann::ordered_json cosim_json(std::uint64_t seed, const CosimResult& result,
                                  const std::vector<const CoverTable*>& tables) {
  nlohmann::ordered_json designs = nlohmann::ordered_json::array();
  for (const CosimResult::Part& part : result.parts) {
    designs.push_back({{"design", part.design.name},
                       {"unit", to_string(part.design.unit)},
                       {"rounds", part.rounds},
                       {"walks", part.walks},
                       {"cycles", part.cycles},
                       {"seconds", part.seconds}});
  }
  nlohmann::ordered_json json = {{"seed", seed}, {"designs", std::move(designs)}};
  if (result.failure) {
    json["difference"] = {{"design", result.parts.back().design.name},
                          {"round", result.failure->round},
                          {"kind", to_string(result.failure->difference.kind)},
                          {"summary", result.failure->difference.summary},
                          {"details", result.failure->difference.details}};
  }
  json["coverage"] = coverage_json(tables);
  return json;
}

}  // namespace faultline
