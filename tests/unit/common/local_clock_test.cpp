// SPDX-License-Identifier: Apache-2.0
// Each test elaborates SystemC, hence a process of its own (ONE_PROCESS_EACH).
#include "models/common/local_clock.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace faultline {
namespace {

constexpr std::uint64_t kPeriodPs = 1000;

/// A module that runs the threads it is given.
struct Threads : sc_core::sc_module {
  explicit Threads(std::vector<std::function<void()>> bodies)
      : sc_module(sc_core::sc_module_name("threads")) {
    for (auto& body : bodies) sc_core::sc_spawn(body);
  }
};

TEST(LocalClock, runs_ahead_without_waiting_while_nothing_is_pending) {
  LocalClock clock(kPeriodPs);
  Threads threads({[&] {
    clock.refresh_horizon();
    EXPECT_EQ(clock.horizon(), LocalClock::kMaxRunAhead);
    clock.advance(500);
    clock.before_shared();
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
    EXPECT_EQ(clock.offset(), sc_core::sc_time(500, sc_core::SC_NS));
  }});
  sc_core::sc_start();
}

TEST(LocalClock, waits_before_it_passes_an_event_of_another_process) {
  LocalClock clock(kPeriodPs);
  std::vector<std::string> order;
  Threads threads({[&] {
                     sc_core::wait(100, sc_core::SC_NS);
                     order.emplace_back("other at 100");
                   },
                   [&] {
                     sc_core::wait(sc_core::SC_ZERO_TIME);
                     clock.advance(99);
                     clock.before_shared();
                     order.emplace_back("shared at 99");
                     EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
                     clock.advance(1);
                     clock.before_shared();
                     order.emplace_back("shared at 100");
                     EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(100, sc_core::SC_NS));
                   }});
  sc_core::sc_start();
  EXPECT_EQ(order, (std::vector<std::string>{"shared at 99", "other at 100", "shared at 100"}));
}

TEST(LocalClock, rounds_foreign_times_up_to_a_cycle) {
  LocalClock clock(kPeriodPs);
  Threads threads({[&] {
    clock.absorb(sc_core::sc_time(2001, sc_core::SC_PS));
    EXPECT_EQ(clock.now(), 3U);
    clock.absorb(sc_core::sc_time(1000, sc_core::SC_PS));
    EXPECT_EQ(clock.now(), 3U) << "local time never goes back";
  }});
  sc_core::sc_start();
}

TEST(LocalClock, takes_the_time_of_an_event_it_waited_for) {
  LocalClock clock(kPeriodPs);
  sc_core::sc_event event;
  Threads threads({[&] {
    clock.advance(3);
    event.notify(sc_core::sc_time(4500, sc_core::SC_PS));
    clock.wait_for(event);
    EXPECT_EQ(clock.now(), 5U);
  }});
  sc_core::sc_start();
}

TEST(LocalClock, spends_cycles_without_waiting_while_nothing_is_pending) {
  LocalClock clock(kPeriodPs);
  Threads threads({[&] {
    clock.refresh_horizon();
    clock.spend(0);
    EXPECT_EQ(clock.now(), 0U);
    clock.spend(500);
    EXPECT_EQ(clock.now(), 500U);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  }});
  sc_core::sc_start();
}

TEST(LocalClock, lets_others_act_on_the_way_through_what_it_spends) {
  LocalClock clock(kPeriodPs);
  std::vector<Cycles> others;  // SystemC's time, and how far the clock had come
  Threads threads({[&] {
                     for (const int after : {100, 20, 1}) {
                       sc_core::wait(after, sc_core::SC_NS);
                       others.push_back(clock.systemc_now());
                       others.push_back(clock.now());
                     }
                   },
                   [&] {
                     clock.before_shared();
                     clock.spend(99);
                     EXPECT_TRUE(others.empty());
                     clock.spend(51);
                     EXPECT_EQ(clock.now(), 150U);
                   }});
  sc_core::sc_start();
  EXPECT_EQ(others, (std::vector<Cycles>{100, 100, 120, 120, 121, 121}));
}

}  // namespace
}  // namespace faultline
