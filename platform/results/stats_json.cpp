// SPDX-License-Identifier: Apache-2.0
#include "platform/results/stats_json.h"

#include <string>

#include "platform/measure/paths.h"

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

Json path_json(const PathSummary& path) {
  Json json;
  json["description"] = fault_paths()[path.path].description;
  json["count"] = path.count;
  json["resumed"] = path.resumed;
  json["cycles"] = {{"min", path.cycles.min}, {"median", path.cycles.median},
                    {"p95", path.cycles.p95}, {"p99", path.cycles.p99},
                    {"max", path.cycles.max}, {"sum", path.cycles.sum}};
  json["stages"] = Json::array();
  for (const StageSlice& stage : path.stages) {
    json["stages"].push_back(stage_json(stage, path.cycles.sum));
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

Json stats_document(const RunResult& result, const std::vector<PathSummary>& paths) {
  Json json;
  json["format"] = 1;
  json["run"] = {{"outcome", to_string(result.outcome.kind)},
                 {"status", result.outcome.status},
                 {"instructions", result.progress.instructions},
                 {"cycles", result.progress.cycles},
                 {"covers", coverage(result)}};
  json["statistics"] = result.statistics;
  Json& faults = json["faults"] = Json::object();
  for (const PathSummary& path : paths) {
    faults[std::string(fault_paths()[path.path].name)] = path_json(path);
  }
  return json;
}

}  // namespace faultline
