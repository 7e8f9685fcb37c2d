// SPDX-License-Identifier: Apache-2.0
#include "models/dram/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

/// Minima of the standard in ns (JESD79-4B: speed bins 1600K, 2400T, 3200AA; AC timing with 1 KB
/// pages).
struct Standard {
  const char* preset;
  double aa, ras, rc, rrd_s, rrd_l, faw, ccd_l;
};

class PresetAgainstStandard : public ::testing::TestWithParam<Standard> {};

TEST_P(PresetAgainstStandard, has_the_nanoseconds_in_cycles) {
  const Standard& s = GetParam();
  const DramTiming t = *dram_timing(s.preset, 8);
  const double cycle_ns = 2'000.0 / t.data_rate_mtps;
  // The standard forgives rounding of its own numbers by 2.5 % of a cycle (rounding
  // algorithm, 12.4).
  const auto cycles = [&](double ns) {
    return static_cast<unsigned>(std::ceil(ns / cycle_ns - 0.025));
  };
  EXPECT_EQ(t.cl, cycles(s.aa));
  EXPECT_EQ(t.t_rcd, cycles(s.aa));
  EXPECT_EQ(t.t_rp, cycles(s.aa));
  EXPECT_EQ(t.t_ras, cycles(s.ras));
  EXPECT_EQ(t.t_rc, cycles(s.rc));
  EXPECT_EQ(t.t_rrd_s, std::max(4U, cycles(s.rrd_s)));
  EXPECT_EQ(t.t_rrd_l, std::max(4U, cycles(s.rrd_l)));
  EXPECT_EQ(t.t_faw, std::max(20U, cycles(s.faw)));
  EXPECT_EQ(t.t_ccd_s, 4U);
  EXPECT_EQ(t.t_ccd_l, std::max(5U, cycles(s.ccd_l)));
  EXPECT_EQ(t.t_wr, cycles(15));
  EXPECT_EQ(t.t_wtr_s, std::max(2U, cycles(2.5)));
  EXPECT_EQ(t.t_wtr_l, std::max(4U, cycles(7.5)));
  EXPECT_EQ(t.t_rtp, std::max(4U, cycles(7.5)));
  EXPECT_EQ(t.t_rfc, cycles(350));
  EXPECT_EQ(t.t_refi, cycles(7'800));
  EXPECT_TRUE(check(t).empty());
}

INSTANTIATE_TEST_SUITE_P(dram_timing, PresetAgainstStandard,
                         ::testing::Values(Standard{"DDR4-1600", 13.75, 35, 48.75, 5, 6, 25, 6.25},
                                           Standard{"DDR4-2400", 14.16, 32, 46.16, 3.3, 4.9, 21, 5},
                                           Standard{"DDR4-3200", 13.75, 32, 45.75, 2.5, 4.9, 21,
                                                    5}));

TEST(dram_timing, refresh_takes_longer_in_larger_devices) {
  EXPECT_EQ(dram_timing("DDR4-3200", 4)->t_rfc, 416U);   // 260 ns
  EXPECT_EQ(dram_timing("DDR4-3200", 8)->t_rfc, 560U);   // 350 ns
  EXPECT_EQ(dram_timing("DDR4-3200", 16)->t_rfc, 880U);  // 550 ns
  EXPECT_FALSE(dram_timing("DDR4-3200", 2));
  EXPECT_FALSE(dram_timing("DDR4-9999", 8));
}

struct Refused {
  const char* key;
  void (*spoil)(DramParams&);
};

class RefusedParams : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedParams, are_named_with_value_and_what_is_allowed) {
  DramParams params;
  ASSERT_TRUE(check(params).empty());
  GetParam().spoil(params);
  const std::vector<ParamProblem> problems = check(params);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].key, GetParam().key);
  EXPECT_FALSE(problems[0].value.empty());
  EXPECT_FALSE(problems[0].allowed.empty());
}

INSTANTIATE_TEST_SUITE_P(
    dram_params, RefusedParams,
    ::testing::Values(
        Refused{"base", [](DramParams& p) { p.base = PhysAddr{0x8000'0010}; }},
        Refused{"size_bytes", [](DramParams& p) { p.size_bytes = 0; }},
        Refused{"size_bytes", [](DramParams& p) { p.size_bytes = 12'345; }},
        Refused{"size_bytes",
                [](DramParams& p) { p.size_bytes = (std::uint64_t{8} << 30) + 4'096; }},
        Refused{"preset", [](DramParams& p) { p.preset = "DDR5-4800"; }},
        Refused{"density_gbit", [](DramParams& p) { p.density_gbit = 6; }},
        Refused{"channels", [](DramParams& p) { p.channels = 3; }},
        Refused{"channels", [](DramParams& p) { p.channels = 16; }},
        Refused{"ranks", [](DramParams& p) { p.ranks = 6; }},
        Refused{"address_order", [](DramParams& p) { p.address_order = "row-column"; }},
        Refused{"read_queue_depth", [](DramParams& p) { p.read_queue_depth = 0; }},
        Refused{"write_high_watermark", [](DramParams& p) { p.write_high_watermark = 65; }},
        Refused{"write_low_watermark", [](DramParams& p) { p.write_low_watermark = 48; }},
        Refused{"starvation_cap", [](DramParams& p) { p.starvation_cap = 0; }},
        Refused{"timing.t_rc", [](DramParams& p) {
                  p.timing = dram_timing("DDR4-2400", 8);
                  p.timing->t_rc = 55;
                }}));

TEST(dram_params, allow_64_gib_with_enough_ranks) {
  DramParams params;
  params.size_bytes = std::uint64_t{64} << 30;
  params.channels = 2;
  params.ranks = 4;
  EXPECT_TRUE(check(params).empty());
}

}  // namespace
}  // namespace faultline
