// SPDX-License-Identifier: Apache-2.0
#include "platform/results/stats_json.h"

#include <string>

#include "platform/measure/paths.h"
#include "platform/results/fault_summary.h"

namespace faultline {

namespace {

using Json = nlohmann::ordered_json;

Json stage_json(const StageSlice& stage, Cycles total) {
  Json json;
  json["stage"] = stage_info(stage.stage).name;
  if (stage.level != StageSlice::kNoLevel) {
    json["level"] = stage.level;
    json["served_by"] = to_string(stage.served_by);
  }
  json["visits"] = stage.visits;
  json["cycles"] = stage.cycles;
  json["share"] = total == 0 ? 0.0 : static_cast<double>(stage.cycles) / static_cast<double>(total);
  return json;
}

/// The figures of one summary.
void put_figures(Json& json, const PathSummary& path) {
  json["count"] = path.count;
  json["minor"] = path.minor;
  json["major"] = path.major;
  json["resumed"] = path.resumed;
  json["cycles"] = {{"min", path.cycles.min}, {"median", path.cycles.median},
                    {"p95", path.cycles.p95}, {"p99", path.cycles.p99},
                    {"max", path.cycles.max}, {"sum", path.cycles.sum}};
  json["stages"] = Json::array();
  for (const StageSlice& stage : path.stages) {
    json["stages"].push_back(stage_json(stage, path.cycles.sum));
  }
}

/// All paths; cold and warm caches apart where the guest told them apart.
Json faults_json(const FaultLog& log) {
  Json faults = Json::object();
  for (const PathSummary& path : summarise(log, Grouping::Path)) {
    const FaultPath& kind = fault_paths()[path.path];
    Json& json = faults[std::string(kind.name)];
    json["description"] = kind.description;
    put_figures(json, path);
  }
  for (const PathSummary& path : summarise(log, Grouping::PathAndCaches)) {
    if (path.caches == CacheState::Unknown) continue;
    Json& json = faults[std::string(fault_paths()[path.path].name)];
    put_figures(json["caches"][to_string(path.caches)], path);
  }
  return faults;
}

Json counts_json(const FaultCounts& counts) {
  Json json{{"faults", counts.faults},
            {"minor", counts.minor},
            {"major", counts.major},
            {"passes", counts.passes},
            {"page_cache_hits", counts.page_cache_hits},
            {"page_cache_misses", counts.page_cache_misses}};
  Json& paths = json["paths"] = Json::object();
  for (std::size_t i = 0; i < counts.by_path.size(); ++i) {
    if (counts.by_path[i] != 0) paths[std::string(fault_paths()[i].name)] = counts.by_path[i];
  }
  return json;
}

}  // namespace

const char* coverage(const RunResult& result) {
  if (result.region_marked) return "region of interest";
  return result.warmed_up ? "after the warm-up" : "whole run";
}

const char* to_string(RunOutcome::Kind kind) {
  switch (kind) {
    case RunOutcome::Kind::Exited:
      return "exited";
    case RunOutcome::Kind::Limit:
      return "limit";
    case RunOutcome::Kind::Wild:
      return "wild";
  }
  return "?";
}

Json to_json(const StatGroup& group) {
  Json json = Json::object();
  for (const StatGroup::Counter& c : group.counters()) {
    json[c.name] = {{"value", *c.value}, {"unit", c.unit}, {"description", c.description}};
  }
  for (const StatGroup::Derived& d : group.derived()) {
    json[d.name] = {{"value", d.value()}, {"unit", d.unit}, {"description", d.description}};
  }
  for (const auto& child : group.groups()) json[child->name()] = to_json(*child);
  return json;
}

std::optional<double> statistic(const Json& statistics, std::string_view path) {
  const Json* at = &statistics;
  while (true) {
    const std::size_t dot = path.find('.');
    const auto child = at->find(std::string(path.substr(0, dot)));
    if (child == at->end()) return std::nullopt;
    at = &*child;
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  const auto value = at->find("value");
  if (value == at->end() || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

Json stats_document(const RunResult& result) {
  Json json;
  json["format"] = 2;
  json["run"] = {{"outcome", to_string(result.outcome.kind)},
                 {"status", result.outcome.status},
                 {"instructions", result.progress.instructions},
                 {"cycles", result.progress.cycles},
                 {"covers", coverage(result)}};
  json["statistics"] = result.statistics;
  json["counts"] = {{"covered", counts_json(count_faults(result.faults, Coverage::Tables))},
                    {"whole_run", counts_json(count_faults(result.faults, Coverage::WholeRun))}};
  json["faults"] = faults_json(result.faults);
  return json;
}

}  // namespace faultline
