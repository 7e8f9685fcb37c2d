// SPDX-License-Identifier: Apache-2.0
// mcycle, minstret and the event counters over sources that the test advances (RISC-V
// Privileged 1.12, 3.1.10 to 3.1.12).

#include <array>

#include "tests/unit/cpu/csr_fixture.h"

namespace faultline {
namespace {

class CsrCounting : public CsrTest {
 protected:
  CsrCounting() {
    csr.counters().connect_cycle([this] { return cycles; });
    csr.counters().connect_instret([this] { return retired; });
    for (unsigned e = 1; e < kCounterEvents; ++e) {
      csr.counters().connect(static_cast<CounterEvent>(e), [this, e] { return events.at(e); });
    }
  }

  std::uint64_t cycles = 1000;
  std::uint64_t retired = 500;
  std::array<std::uint64_t, kCounterEvents> events{};
};

TEST_F(CsrCounting, user_views_show_the_machine_counters) {
  EXPECT_EQ(get(CsrAddress::Mcycle), 1000U);
  EXPECT_EQ(get(CsrAddress::Cycle), 1000U);
  EXPECT_EQ(get(CsrAddress::Minstret), 500U);
  EXPECT_EQ(get(CsrAddress::Instret), 500U);
  mtime = 77;
  EXPECT_EQ(get(CsrAddress::Time), 77U);
}

TEST_F(CsrCounting, a_written_counter_counts_on_from_there) {
  set(CsrAddress::Mcycle, 10);
  cycles += 5;
  EXPECT_EQ(get(CsrAddress::Mcycle), 15U);
}

TEST_F(CsrCounting, the_next_instruction_reads_from_minstret_what_was_written) {
  set(CsrAddress::Minstret, 10);
  ++retired;  // the write itself retires
  EXPECT_EQ(get(CsrAddress::Minstret), 10U);
  ++retired;
  EXPECT_EQ(get(CsrAddress::Minstret), 11U);
}

TEST_F(CsrCounting, counters_wrap_at_64_bits) {
  set(CsrAddress::Mcycle, kAllOnes);
  ++cycles;
  EXPECT_EQ(get(CsrAddress::Mcycle), 0U);
}

TEST_F(CsrCounting, every_event_counts_in_any_counter) {
  for (unsigned e = 1; e < kCounterEvents; ++e) {
    const unsigned index = counter::kFirstEvent + 3 * (e - 1);
    set(nth(CsrAddress::Mhpmevent3, index - 3), e);
    EXPECT_EQ(get(nth(CsrAddress::Mhpmevent3, index - 3)), e);
    const CsrAddress value = nth(CsrAddress::Mhpmcounter3, index - 3);
    EXPECT_EQ(get(value), 0U);
    events.at(e) += 4;
    EXPECT_EQ(get(value), 4U);
    EXPECT_EQ(get(nth(CsrAddress::Hpmcounter3, index - 3)), 4U);
  }
}

TEST_F(CsrCounting, selecting_an_event_keeps_the_value) {
  events[4] = 100;
  set(CsrAddress::Mhpmcounter3, 7);
  set(CsrAddress::Mhpmevent3, 4);
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 7U);
  events[4] += 2;
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 9U);
  set(CsrAddress::Mhpmevent3, 0);
  events[4] += 2;
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 9U);
}

TEST_F(CsrCounting, unknown_events_read_back_as_none) {
  EXPECT_EQ(written(CsrAddress::Mhpmevent3, kCounterEvents), 0U);
  EXPECT_EQ(written(CsrAddress::Mhpmevent31, kAllOnes), 0U);
}

TEST_F(CsrCounting, inhibited_counters_stand_still_and_can_be_written) {
  EXPECT_EQ(written(CsrAddress::Mcountinhibit, kAllOnes), 0xFFFF'FFFDU);
  cycles += 100;
  retired += 100;
  EXPECT_EQ(get(CsrAddress::Mcycle), 1000U);
  EXPECT_EQ(get(CsrAddress::Minstret), 500U);
  EXPECT_EQ(written(CsrAddress::Minstret, 3), 3U);
  set(CsrAddress::Mcountinhibit, 1U << counter::kCycle);
  ++cycles;
  ++retired;
  EXPECT_EQ(get(CsrAddress::Mcycle), 1000U);
  EXPECT_EQ(get(CsrAddress::Minstret), 4U);
}

TEST_F(CsrCounting, a_reset_of_the_statistics_is_invisible) {
  events[1] = 50;
  set(CsrAddress::Mhpmevent3, 1);
  events[1] = 60;
  csr.counters().hold();
  events[1] = 0;
  csr.counters().release();
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 10U);
  events[1] = 3;
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 13U);
}

TEST_F(CsrCounting, holds_nest) {
  set(CsrAddress::Mhpmevent3, 1);
  events[1] = 10;
  csr.counters().hold();
  csr.counters().hold();
  events[1] = 0;
  csr.counters().release();
  events[1] = 2;
  csr.counters().release();
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 10U);
  ++events[1];
  EXPECT_EQ(get(CsrAddress::Mhpmcounter3), 11U);
}

TEST_F(CsrTest, counters_without_sources_read_as_written) {
  EXPECT_EQ(written(CsrAddress::Mcycle, 12), 12U);
  set(CsrAddress::Mhpmevent3, 1);
  EXPECT_EQ(written(CsrAddress::Mhpmcounter3, 12), 12U);
}

}  // namespace
}  // namespace faultline
