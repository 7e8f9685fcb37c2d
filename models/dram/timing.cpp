// SPDX-License-Identifier: Apache-2.0
#include "models/dram/timing.h"

#include <fmt/format.h>

#include <algorithm>

namespace faultline {

namespace {

// JESD79-4B, chapter 10 (speed bins) and chapter 12 (AC timing, 1 KB page), rounded up to cycles
// as 12.4 (rounding algorithms) asks. Minima in ns, at the clock of the grade:
//
//            bin   tAA,tRCD,tRP   tRAS   tRC     tRRD_S    tRRD_L    tFAW       tCCD_L
// 1600       K     13.75          35     48.75   4CK/5     4CK/6     20CK/25    5CK/6.25
// 2400       T     14.16          32     46.16   4CK/3.3   4CK/4.9   20CK/21    5CK/5
// 3200       AA    13.75          32     45.75   4CK/2.5   4CK/4.9   20CK/21    5CK/5
// all: tCCD_S 4CK, tWR 15, tWTR_S 2CK/2.5, tWTR_L 4CK/7.5, tRTP 4CK/7.5; "a/b" is the greater of
// the two. Micron's data sheet of MT40A1G8 calls these grades -125, -083 and -062E.
//
// tRFC depends on the density and is filled in below. tREFI is 7.8 us. tRTRS: two cycles, an
// assumption (the standard has no rank-to-rank number; it asks that preambles and postambles do not
// overlap).
constexpr std::array kPresets = {
    std::pair{"DDR4-1600", DramTiming{.data_rate_mtps = 1600,
                                      .cl = 11,
                                      .cwl = 9,
                                      .t_rcd = 11,
                                      .t_rp = 11,
                                      .t_ras = 28,
                                      .t_rc = 39,
                                      .t_rrd_s = 4,
                                      .t_rrd_l = 5,
                                      .t_faw = 20,
                                      .t_ccd_s = 4,
                                      .t_ccd_l = 5,
                                      .t_wr = 12,
                                      .t_wtr_s = 2,
                                      .t_wtr_l = 6,
                                      .t_rtp = 6,
                                      .t_rfc = 0,
                                      .t_refi = 6240,
                                      .t_rtrs = 2}},
    std::pair{"DDR4-2400", DramTiming{.data_rate_mtps = 2400,
                                      .cl = 17,
                                      .cwl = 12,
                                      .t_rcd = 17,
                                      .t_rp = 17,
                                      .t_ras = 39,
                                      .t_rc = 56,
                                      .t_rrd_s = 4,
                                      .t_rrd_l = 6,
                                      .t_faw = 26,
                                      .t_ccd_s = 4,
                                      .t_ccd_l = 6,
                                      .t_wr = 18,
                                      .t_wtr_s = 3,
                                      .t_wtr_l = 9,
                                      .t_rtp = 9,
                                      .t_rfc = 0,
                                      .t_refi = 9360,
                                      .t_rtrs = 2}},
    std::pair{"DDR4-3200", DramTiming{.data_rate_mtps = 3200,
                                      .cl = 22,
                                      .cwl = 16,
                                      .t_rcd = 22,
                                      .t_rp = 22,
                                      .t_ras = 52,
                                      .t_rc = 74,
                                      .t_rrd_s = 4,
                                      .t_rrd_l = 8,
                                      .t_faw = 34,
                                      .t_ccd_s = 4,
                                      .t_ccd_l = 8,
                                      .t_wr = 24,
                                      .t_wtr_s = 4,
                                      .t_wtr_l = 12,
                                      .t_rtp = 12,
                                      .t_rfc = 0,
                                      .t_refi = 12480,
                                      .t_rtrs = 2}},
};

/// tRFC1 in ns by density (JESD79-4B, 4.26, refresh parameters); 0: no such device here.
constexpr unsigned refresh_cycle_ns(unsigned density_gbit) {
  switch (density_gbit) {
    case 4:
      return 260;
    case 8:
      return 350;
    case 16:
      return 550;
    default:
      return 0;
  }
}

/// Collects what is wrong with a timing.
class TimingCheck {
 public:
  explicit TimingCheck(std::vector<ParamProblem>& problems) : problems_(problems) {}

  void at_least(const char* key, unsigned value, unsigned minimum, const std::string& why) {
    if (value >= minimum) return;
    problems_.push_back(
        {key, std::to_string(value), fmt::format("at least {} ({})", minimum, why)});
  }

 private:
  std::vector<ParamProblem>& problems_;
};

}  // namespace

const std::vector<std::string>& dram_presets() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& [name, timing] : kPresets) names.emplace_back(name);
    return names;
  }();
  return kNames;
}

std::optional<DramTiming> dram_timing(std::string_view preset, unsigned density_gbit) {
  const auto found = std::find_if(kPresets.begin(), kPresets.end(),
                                  [&](const auto& p) { return preset == p.first; });
  const unsigned rfc_ns = refresh_cycle_ns(density_gbit);
  if (found == kPresets.end() || rfc_ns == 0) return std::nullopt;
  DramTiming timing = found->second;
  // ns times MHz of the clock is thousandths of a cycle.
  timing.t_rfc = (rfc_ns * (timing.data_rate_mtps / 2) + 999) / 1000;
  return timing;
}

std::vector<ParamProblem> check(const DramTiming& t) {
  std::vector<ParamProblem> problems;
  TimingCheck check(problems);
  check.at_least("timing.data_rate_mtps", t.data_rate_mtps, 2, "the clock has half of it");
  check.at_least("timing.cwl", t.cwl, 1, "a clock cycle");
  check.at_least("timing.cl", t.cl, t.cwl, "cwl");
  check.at_least("timing.t_rcd", t.t_rcd, 1, "a clock cycle");
  check.at_least("timing.t_rp", t.t_rp, 1, "a clock cycle");
  check.at_least("timing.t_ras", t.t_ras, t.t_rcd, "t_rcd");
  check.at_least("timing.t_rc", t.t_rc, t.t_ras + t.t_rp, "t_ras + t_rp");
  check.at_least("timing.t_rrd_s", t.t_rrd_s, 1, "a clock cycle");
  check.at_least("timing.t_rrd_l", t.t_rrd_l, t.t_rrd_s, "t_rrd_s");
  check.at_least("timing.t_faw", t.t_faw, 4 * t.t_rrd_s, "4 x t_rrd_s");
  check.at_least("timing.t_ccd_s", t.t_ccd_s, kBurstCycles, "the length of a burst");
  check.at_least("timing.t_ccd_l", t.t_ccd_l, t.t_ccd_s, "t_ccd_s");
  check.at_least("timing.t_wr", t.t_wr, 1, "a clock cycle");
  check.at_least("timing.t_wtr_s", t.t_wtr_s, 1, "a clock cycle");
  check.at_least("timing.t_wtr_l", t.t_wtr_l, t.t_wtr_s, "t_wtr_s");
  check.at_least("timing.t_rtp", t.t_rtp, 1, "a clock cycle");
  check.at_least("timing.t_rfc", t.t_rfc, t.t_rp, "t_rp");
  // Between two refreshes there must be room to close the rows and to do some work.
  check.at_least("timing.t_refi", t.t_refi, 2 * (t.t_rfc + t.t_rc), "2 x (t_rfc + t_rc)");
  return problems;
}

}  // namespace faultline
