// SPDX-License-Identifier: Apache-2.0
// The judge itself: for each rule, the tightest legal sequence passes, and the same with its last
// command one cycle earlier is called by the rule's name.

#include "tests/unit/dram/protocol_checker.h"

#include <gtest/gtest.h>

namespace faultline::test {
namespace {

using enum DramCommand;

struct Step {
  DramCycles cycle;
  DramCommand command;
  unsigned bank = 0;  // group * 4 + bank
  std::uint32_t row = 0;
  unsigned rank = 0;
};

struct Sequence {
  const char* rule;
  std::vector<Step> steps;  // the last one at its earliest legal cycle
};

// DDR4-2400: CL 17, CWL 12, tRCD 17, tRP 17, tRAS 39, tRC 56, tRRD_S 4, tRRD_L 6, tFAW 26, tCCD_S
// 4, tCCD_L 6, tWR 18, tWTR_S 3, tWTR_L 9, tRTP 9, tRFC 420, tREFI 9360, tRTRS 2.
const std::vector<Sequence>& sequences() {
  static const std::vector<Sequence> kSequences = {
      {"tRCD", {{100, Activate}, {117, Read}}},
      {"tRCD", {{100, Activate}, {117, Write}}},
      {"tRAS", {{100, Activate}, {139, Precharge}}},
      {"tRC", {{100, Activate}, {117, ReadAutoPrecharge}, {156, Activate}}},
      {"tRP", {{100, Activate}, {150, Precharge}, {167, Activate}}},
      {"tRP", {{100, Activate}, {150, PrechargeAll}, {167, Activate, 0}}},
      {"tRTP", {{100, Activate}, {140, Read}, {149, Precharge}}},
      // 12 + 4 + 18
      {"tWR", {{100, Activate}, {140, Write}, {174, Precharge}}},
      // the internal precharge comes 34 after the write, the activate 17 after that
      {"tRP", {{100, Activate}, {140, WriteAutoPrecharge}, {191, Activate}}},
      {"tRP", {{100, Activate}, {140, ReadAutoPrecharge}, {166, Activate}}},
      {"tRRD_L", {{100, Activate, 0}, {106, Activate, 1}}},
      {"tRRD_S", {{100, Activate, 0}, {104, Activate, 4}}},
      {"tFAW",
       {{100, Activate, 0},
        {104, Activate, 4},
        {108, Activate, 8},
        {112, Activate, 12},
        {126, Activate, 1}}},
      {"tCCD_L", {{100, Activate}, {120, Read}, {126, Read}}},
      {"tCCD_L", {{100, Activate}, {120, Write}, {126, Write}}},
      {"tCCD_S", {{100, Activate, 0}, {104, Activate, 4}, {130, Read, 0}, {134, Read, 4}}},
      {"tCCD_S", {{100, Activate, 0}, {104, Activate, 4}, {130, Write, 0}, {134, Write, 4}}},
      // 12 + 4 + 9 and 12 + 4 + 3
      {"tWTR_L", {{100, Activate}, {130, Write}, {155, Read}}},
      {"tWTR_S", {{100, Activate, 0}, {104, Activate, 4}, {130, Write, 0}, {149, Read, 4}}},
      // 17 + 4 + 2 - 12
      {"tRTW", {{100, Activate, 0}, {130, Read}, {141, Write}}},
      {"tRC to REF", {{100, Activate}, {117, ReadAutoPrecharge}, {156, Refresh}}},
      {"tRP to REF", {{100, Activate}, {150, Precharge}, {167, Refresh}}},
      {"tRFC", {{100, Refresh}, {520, Activate, 7}}},
      {"tRFC", {{100, Refresh}, {520, Refresh}}},
      // read data of rank 0: 147 to 151, of rank 1 from 153
      {"tRTRS", {{100, Activate}, {101, Activate, 0, 0, 1}, {130, Read}, {136, Read, 0, 0, 1}}},
      // write data of rank 0: 142 to 146, read data of rank 1 from 148
      {"tRTRS", {{100, Activate}, {101, Activate, 0, 0, 1}, {130, Write}, {131, Read, 0, 0, 1}}},
      {"one command a cycle", {{100, Activate}, {101, Activate, 0, 0, 1}}},
  };
  return kSequences;
}

CommandRecord record(const Step& step, DramCycles earlier) {
  CommandRecord r{step.cycle - earlier, step.command, {}};
  r.location.rank = static_cast<std::uint8_t>(step.rank);
  r.location.bank_group = static_cast<std::uint8_t>(step.bank / 4);
  r.location.bank = static_cast<std::uint8_t>(step.bank % 4);
  r.location.row = step.row;
  return r;
}

std::vector<ProtocolChecker::Violation> judge(const std::vector<Step>& steps, DramCycles earlier) {
  ProtocolChecker checker(*dram_timing("DDR4-2400", 8), 2);
  for (const Step& step : steps) {
    checker.see(record(step, &step == &steps.back() ? earlier : 0));
  }
  return checker.violations();
}

class EachRule : public ::testing::TestWithParam<Sequence> {};

TEST_P(EachRule, passes_at_its_limit_and_fails_one_cycle_before) {
  const Sequence& sequence = GetParam();
  const auto at_limit = judge(sequence.steps, 0);
  EXPECT_TRUE(at_limit.empty()) << at_limit.front().rule;
  const auto early = judge(sequence.steps, 1);
  ASSERT_FALSE(early.empty());
  const bool named = std::any_of(early.begin(), early.end(),
                                 [&](const auto& v) { return v.rule == sequence.rule; });
  EXPECT_TRUE(named) << "called " << early.front().rule << " instead of " << sequence.rule;
}

INSTANTIATE_TEST_SUITE_P(protocol_checker, EachRule, ::testing::ValuesIn(sequences()));

struct WrongState {
  const char* rule;
  std::vector<Step> steps;
};

class EachState : public ::testing::TestWithParam<WrongState> {};

TEST_P(EachState, is_called_by_name) {
  const auto violations = judge(GetParam().steps, 0);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations.front().rule, GetParam().rule);
}

INSTANTIATE_TEST_SUITE_P(
    protocol_checker, EachState,
    ::testing::Values(WrongState{"activate of an open bank", {{100, Activate}, {200, Activate}}},
                      WrongState{"access to a closed bank", {{100, Read}}},
                      WrongState{"access to a closed bank",
                                 {{100, Activate}, {150, ReadAutoPrecharge}, {200, Read}}},
                      WrongState{"access to another row",
                                 {{100, Activate, 0, 7}, {150, Read, 0, 8}}},
                      WrongState{"refresh of an open bank", {{100, Activate}, {200, Refresh}}}));

TEST(protocol_checker, allows_eight_refreshes_to_be_owed_and_not_nine) {
  const DramTiming timing = *dram_timing("DDR4-2400", 8);
  ProtocolChecker patient(timing, 1);
  patient.finish(9 * timing.t_refi - 1);
  EXPECT_TRUE(patient.violations().empty());
  ProtocolChecker strict(timing, 1);
  strict.finish(9 * timing.t_refi);
  ASSERT_EQ(strict.violations().size(), 1U);
  EXPECT_EQ(strict.violations().front().rule, "tREFI");
}

}  // namespace
}  // namespace faultline::test
