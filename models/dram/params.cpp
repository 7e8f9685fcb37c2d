// SPDX-License-Identifier: Apache-2.0
#include "models/dram/params.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

#include "models/dram/address_map.h"

namespace faultline {

namespace {

constexpr unsigned kMaxChannels = 8;
constexpr unsigned kMaxRanks = 8;

void check_memory(const DramParams& p, std::vector<ParamProblem>& problems) {
  if (p.base.value % kPageBytes != 0) {
    problems.push_back({"base", fmt::format("{:#x}", p.base.value), "a multiple of 4096"});
  }
  if (p.size_bytes == 0 || p.size_bytes % kPageBytes != 0 || p.size_bytes > p.capacity_bytes()) {
    problems.push_back(
        {"size_bytes", fmt::format("{} bytes", p.size_bytes),
         fmt::format("a multiple of 4096, at most {} GiB ({} channels x {} ranks x {} GiB a rank)",
                     p.capacity_bytes() >> 30, p.channels, p.ranks, p.density_gbit)});
  }
}

void check_devices(const DramParams& p, std::vector<ParamProblem>& problems) {
  const auto power_of_two = [&](const char* key, unsigned value, unsigned maximum) {
    if (std::has_single_bit(value) && value <= maximum) return;
    problems.push_back(
        {key, std::to_string(value), fmt::format("a power of two, 1 to {}", maximum)});
  };
  power_of_two("channels", p.channels, kMaxChannels);
  power_of_two("ranks", p.ranks, kMaxRanks);
  if (p.density_gbit != 4 && p.density_gbit != 8 && p.density_gbit != 16) {
    problems.push_back({"density_gbit", std::to_string(p.density_gbit), "4, 8 or 16"});
  } else if (!p.timing && !dram_timing(p.preset, p.density_gbit)) {
    problems.push_back(
        {"preset", p.preset, fmt::format("one of {}", fmt::join(dram_presets(), ", "))});
  }
  if (p.timing) {
    const std::vector<ParamProblem> timing = check(*p.timing);
    problems.insert(problems.end(), timing.begin(), timing.end());
  }
  if (!AddressMap::parse(p.address_order)) {
    problems.push_back({"address_order", p.address_order,
                        "row, rank, bank, bankgroup, column and channel, each once, joined by -"});
  }
}

void check_policies(const DramParams& p, std::vector<ParamProblem>& problems) {
  const auto in_range = [&](const char* key, unsigned value, unsigned minimum, unsigned maximum) {
    if (value >= minimum && value <= maximum) return;
    problems.push_back({key, std::to_string(value), fmt::format("{} to {}", minimum, maximum)});
  };
  in_range("read_queue_depth", p.read_queue_depth, 1, 1024);
  in_range("write_queue_depth", p.write_queue_depth, 1, 1024);
  in_range("write_high_watermark", p.write_high_watermark, 1, p.write_queue_depth);
  in_range("write_low_watermark", p.write_low_watermark, 0,
           p.write_high_watermark > 0 ? p.write_high_watermark - 1 : 0);
  in_range("starvation_cap", p.starvation_cap, 1, 1'000'000);
}

}  // namespace

std::vector<ParamProblem> check(const DramParams& params) {
  std::vector<ParamProblem> problems;
  check_devices(params, problems);
  check_memory(params, problems);
  check_policies(params, problems);
  return problems;
}

DramTiming timing_of(const DramParams& params) {
  return params.timing ? *params.timing : dram_timing(params.preset, params.density_gbit).value();
}

}  // namespace faultline
