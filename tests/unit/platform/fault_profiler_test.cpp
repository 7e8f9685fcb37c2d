// SPDX-License-Identifier: Apache-2.0
// The profiler on faults that run through. In every test the stages of a fault add up to its
// total.

#include "tests/unit/platform/profiler_bench.h"

namespace faultline {
namespace {

constexpr std::uint64_t kSegvAccerr = 2;

TEST_F(Profiler, stages_of_a_whole_fault_add_up_from_the_miss_to_the_replayed_access) {
  EXPECT_TRUE(profiler.fault_raised(fault(100, AccessType::Store)));
  call(160, "do_page_fault", 0x1000);
  call(170, "handle_mm_fault", 0x1010, kStack - 64);
  call(180, "do_anonymous_page", 0x1020, kStack - 128);
  call(190, "clear_user_highpage", 0x1030, kStack - 192);
  jump(290, 0x1030, kStack - 192);
  call(300, "set_pte_at", 0x1040, kStack - 192);
  jump(304, 0x1040, kStack - 192);
  jump(310, 0x1020, kStack - 128);
  jump(312, 0x1010, kStack - 64);
  jump(320, 0x1000);
  return_to_access(380);
  EXPECT_FALSE(profiler.replayed(395, replay(384, 8)));
  log = profiler.finish(1000);

  ASSERT_EQ(log.faults.size(), 1U);
  EXPECT_EQ(log.faults[0].total, 295U);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Resumed);
  EXPECT_EQ(path(0), "anon_write");
  EXPECT_EQ(stages(0), (Stages{{"l1_tlb", 1},
                               {"l2_tlb", 4},
                               {"walk_other", 10},
                               {"trap_entry", 5},
                               {"save", 40},
                               {"dispatch", 10 + 8},
                               {"account", 10 + 2},
                               {"path", 10 + 10 + 6},
                               {"zero", 100},
                               {"set_pte", 4},
                               {"restore", 60},
                               {"return", 4},
                               {"replay_l1_tlb", 1},
                               {"replay_l2_tlb", 1},
                               {"replay_walk_other", 6},
                               {"replay_access", 3}}));
}

TEST_F(Profiler, walk_is_split_by_level_and_by_who_served) {
  WalkRecord walk;
  walk.requested = 106;
  walk.started = 110;
  walk.read_count = 2;
  walk.reads[0] = {.issued = 111, .responded = 114, .level = 1, .served_by = ServedBy::L1};
  walk.reads[1] = {.issued = 116, .responded = 166, .level = 0, .served_by = ServedBy::DramRowHit};
  walk.update_count = 1;
  walk.updates[0] = {.issued = 168, .responded = 171};
  FaultEvent event = fault(100);
  event.access.walk = &walk;
  event.access.times.done = 173;
  event.trap_entered = 180;
  profiler.fault_raised(event);
  log = profiler.finish(180);

  EXPECT_EQ(stages(0), (Stages{{"l1_tlb", 1},
                               {"l2_tlb", 4},
                               {"walk_queue", 4},
                               {"walk_read", 53},
                               {"walk_update", 3},
                               {"walk_other", 1 + 1 + 2 + 2 + 2},
                               {"trap_entry", 7}}));
  const StageSlice level1{Stage::WalkRead, 1, ServedBy::L1, 1, 3};
  const StageSlice level0{Stage::WalkRead, 0, ServedBy::DramRowHit, 1, 50};
  std::vector<StageSlice> reads;
  for (const StageSlice& s : log.slices) {
    if (s.stage == Stage::WalkRead) reads.push_back(s);
  }
  ASSERT_EQ(reads.size(), 2U);
  EXPECT_TRUE(reads[0].same_kind(level1) && reads[0].cycles == 3);
  EXPECT_TRUE(reads[1].same_kind(level0) && reads[1].cycles == 50);
}

TEST_F(Profiler, function_without_a_stage_counts_as_its_caller) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "page_add_new_anon_rmap", 0x1010, kStack - 64);
  jump(35, 0x777000, kStack - 128);  // a helper
  jump(45, 0x1100, kStack - 128);    // and back
  jump(50, 0x1010, kStack - 64);
  log = profiler.finish(60);
  EXPECT_EQ(stages(0)["rmap"], 20U);
  EXPECT_EQ(stages(0)["dispatch"], 20U);
}

TEST_F(Profiler, tail_call_is_left_together_with_its_caller) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "alloc_zeroed_user_highpage_movable", 0x1010, kStack - 64);
  call(40, "clear_page", 0x1010, kStack - 64);  // jumped to after its caller's frame is gone
  jump(100, 0x1010, kStack - 64);
  log = profiler.finish(110);
  EXPECT_EQ(stages(0)["page_alloc"], 10U);
  EXPECT_EQ(stages(0)["zero"], 60U);
  EXPECT_EQ(stages(0)["dispatch"], 20U);
}

TEST_F(Profiler, recursion_with_the_same_return_address_is_told_apart_by_the_stack) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "alloc_pages", 0x1010, kStack - 64);
  call(40, "alloc_pages", 0x1010, kStack - 128);
  jump(50, 0x1010, kStack - 128);
  call(60, "mk_pte", 0x1020, kStack - 64);
  jump(65, 0x1020, kStack - 64);
  jump(70, 0x1010, kStack - 64);
  log = profiler.finish(75);
  EXPECT_EQ(stages(0)["page_alloc"], 35U);
  EXPECT_EQ(stages(0)["mk_pte"], 5U);
  EXPECT_EQ(stages(0)["dispatch"], 15U);
}

TEST_F(Profiler, zeroing_a_table_page_belongs_to_its_allocation) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "pte_alloc", 0x1010, kStack - 64);
  call(40, "clear_page", 0x1020, kStack - 128);
  jump(90, 0x1020, kStack - 128);
  jump(100, 0x1010, kStack - 64);
  log = profiler.finish(100);
  EXPECT_EQ(stages(0)["table_alloc"], 70U);
  EXPECT_EQ(stages(0).count("zero"), 0U);
}

TEST_F(Profiler, reclaim_is_a_stage_of_its_own_wherever_it_is_needed) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "pte_alloc", 0x1010, kStack - 64);
  call(40, "try_to_free_pages", 0x1020, kStack - 128);
  call(50, "flush_tlb_page", 0x1030, kStack - 192);  // of the reclaim: part of it
  jump(60, 0x1030, kStack - 192);
  jump(140, 0x1020, kStack - 128);
  jump(150, 0x1010, kStack - 64);
  log = profiler.finish(150);
  EXPECT_EQ(stages(0)["reclaim"], 100U);
  EXPECT_EQ(stages(0)["table_alloc"], 20U);
  EXPECT_EQ(stages(0).count("fence"), 0U);
}

TEST_F(Profiler, traps_during_the_handler_are_stages_of_their_own) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  EXPECT_TRUE(profiler.trapped(30, 9, VirtAddr{0x80000100}));  // outside the kernel: the monitor
  EXPECT_FALSE(profiler.returned(50, VirtAddr{0x1234}, Privilege::Supervisor));
  EXPECT_TRUE(profiler.trapped(60, 5, kHandler));
  call(65, "alloc_pages", 0x5000);  // whatever the interrupt calls is the interrupt's
  EXPECT_FALSE(profiler.returned(90, VirtAddr{0x1234}, Privilege::Supervisor));
  log = profiler.finish(100);
  EXPECT_EQ(stages(0)["monitor"], 20U);
  EXPECT_EQ(stages(0)["interrupt"], 30U);
  EXPECT_EQ(stages(0)["dispatch"], 30U);
}

TEST_F(Profiler, interrupt_before_the_replay_delays_it) {
  profiler.fault_raised(fault(0));
  profiler.returned(40, kPc, Privilege::User);
  EXPECT_TRUE(profiler.trapped(41, 5, kHandler));
  return_to_access(80);
  profiler.replayed(90, replay(83, 2));
  log = profiler.finish(90);
  EXPECT_EQ(stages(0)["interrupt"], 39U);
  EXPECT_EQ(stages(0)["return"], 4U);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Resumed);
}

TEST_F(Profiler, replay_that_faults_again_is_a_second_record) {
  profiler.fault_raised(fault(0));
  profiler.returned(40, kPc, Privilege::User);
  profiler.fault_raised(fault(44));
  profiler.returned(100, kPc, Privilege::User);
  profiler.replayed(110, replay(104, 2));
  log = profiler.finish(110);
  ASSERT_EQ(log.faults.size(), 2U);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Refaulted);
  EXPECT_EQ(log.faults[0].total, 44U);
  EXPECT_EQ(stages(0)["return"], 4U);
  EXPECT_EQ(log.faults[1].outcome, FaultOutcome::Resumed);
  EXPECT_EQ(log.faults[1].total, 66U);
  stages(1);
}

TEST_F(Profiler, fault_of_a_process_that_is_ended_is_abandoned) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  EXPECT_TRUE(profiler.jumped(30, symbols.at("bad_area"),
                              {.ra = 0x1010, .sp = kStack - 64, .a0 = kSegvAccerr}));
  EXPECT_FALSE(profiler.returned(500, VirtAddr{0x40000}, Privilege::User));
  EXPECT_FALSE(profiler.jumped(510, kHandler, {}));
  log = profiler.finish(1000);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[0].total, 500U);
  EXPECT_EQ(path(0), "sigsegv_accerr");
  EXPECT_EQ(log.faults[0].account, FaultAccount::None);
  stages(0);
}

TEST_F(Profiler, fault_that_is_open_at_the_end_is_unfinished) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  log = profiler.finish(77);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Unfinished);
  EXPECT_EQ(log.faults[0].total, 77U);
  stages(0);
}

TEST_F(Profiler, fault_within_the_handler_is_a_record_of_its_own_and_a_stage_of_the_outer) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  const VirtAddr kernel_pc{0x80201234};
  profiler.fault_raised(fault(50, AccessType::Store, kernel_pc, Privilege::Supervisor));
  profiler.returned(90, kernel_pc, Privilege::Supervisor);
  EXPECT_TRUE(profiler.replayed(100, replay(92, 2)));
  jump(110, 0x1000);
  profiler.returned(120, kPc, Privilege::User);
  EXPECT_FALSE(profiler.replayed(130, replay(124, 2)));
  log = profiler.finish(130);
  ASSERT_EQ(log.faults.size(), 2U);
  EXPECT_EQ(log.faults[0].total, 130U);
  EXPECT_EQ(stages(0)["nested_fault"], 50U);
  EXPECT_EQ(stages(0)["dispatch"], 30U + 10U);
  EXPECT_EQ(log.faults[1].total, 50U);
  EXPECT_EQ(log.faults[1].privilege, Privilege::Supervisor);
  stages(1);
}

TEST_F(Profiler, kernel_access_that_is_fixed_up_is_abandoned_and_the_outer_fault_goes_on) {
  profiler.fault_raised(fault(0));
  const VirtAddr kernel_pc{0x80201234};
  profiler.fault_raised(fault(50, AccessType::Store, kernel_pc, Privilege::Supervisor));
  call(75, "fixup_exception", 0x1000);
  EXPECT_FALSE(profiler.returned(90, VirtAddr{0x80201300}, Privilege::Supervisor));
  profiler.returned(120, kPc, Privilege::User);
  profiler.replayed(130, replay(124, 2));
  log = profiler.finish(130);
  EXPECT_EQ(path(1), "kernel_fixup");
  EXPECT_EQ(log.faults[1].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Resumed);
  stages(0);
}

TEST_F(Profiler, process_ended_within_a_nested_fault_abandons_both) {
  profiler.fault_raised(fault(0));
  profiler.fault_raised(fault(50, AccessType::Store, VirtAddr{0x80201234}, Privilege::Supervisor));
  EXPECT_FALSE(profiler.returned(200, VirtAddr{0x40000}, Privilege::User));
  log = profiler.finish(300);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[1].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[0].total, 200U);
  EXPECT_EQ(log.faults[1].total, 150U);
}

TEST_F(Profiler, fault_that_no_handler_saw_stays_out_of_the_tables) {
  profiler.fault_raised(fault(0, AccessType::Fetch, VirtAddr{0x80200040}, Privilege::Supervisor));
  profiler.returned(5000, kPc, Privilege::User);
  log = profiler.finish(6000);
  EXPECT_EQ(path(0), "trampoline");
  EXPECT_FALSE(log.faults[0].in_roi);
}

TEST_F(Profiler, fault_without_a_handler_is_given_up_after_256_jumps) {
  profiler.fault_raised(fault(0, AccessType::Fetch, VirtAddr{0x80200040}, Privilege::Supervisor));
  for (Cycles i = 1; i <= 256; ++i) EXPECT_TRUE(profiler.jumped(20 + i, VirtAddr{0x777000}, {}));
  EXPECT_FALSE(profiler.jumped(300, VirtAddr{0x777000}, {}));
  EXPECT_FALSE(profiler.jumped(301, symbols.at("do_page_fault"), {}));
  log = profiler.finish(6000);
  EXPECT_EQ(path(0), "trampoline");
  EXPECT_EQ(log.faults[0].total, 300U);
}

TEST_F(Profiler, record_keeps_the_entry_that_the_replay_used_and_what_was_said_of_the_caches) {
  const auto one_fault = [this](Cycles at, std::uint64_t pte) {
    profiler.fault_raised(fault(at));
    profiler.returned(at + 40, kPc, Privilege::User);
    ObservedAccess access = replay(at + 44, 2);
    access.pte = pte;
    profiler.replayed(at + 50, access);
  };
  one_fault(0, 0x200000d7);
  profiler.marked(90, 0x104);
  one_fault(100, 0);
  profiler.marked(190, 0x105);
  one_fault(200, 0x200000d7);
  profiler.marked(290, 0x106);
  one_fault(300, 0x200000d7);
  log = profiler.finish(400);
  EXPECT_EQ(log.faults[0].pte, 0x200000d7U);
  EXPECT_EQ(log.faults[1].pte, 0U);
  EXPECT_EQ(log.faults[0].caches, CacheState::Unknown);
  EXPECT_EQ(log.faults[1].caches, CacheState::Cold);
  EXPECT_EQ(log.faults[2].caches, CacheState::Warm);
  EXPECT_EQ(log.faults[3].caches, CacheState::Unknown);
}

TEST_F(Profiler, marked_region_decides_what_the_tables_cover) {
  std::vector<bool> calls;
  profiler.on_region([&calls](bool begins) { calls.push_back(begins); });
  const auto one_fault = [this](Cycles at) {
    profiler.fault_raised(fault(at));
    profiler.returned(at + 40, kPc, Privilege::User);
    profiler.replayed(at + 50, replay(at + 44, 2));
  };
  one_fault(0);
  profiler.marked(100, 0x102);
  one_fault(200);
  profiler.marked(300, 0x103);
  one_fault(400);
  log = profiler.finish(500);
  EXPECT_FALSE(log.faults[0].in_roi);
  EXPECT_TRUE(log.faults[1].in_roi);
  EXPECT_FALSE(log.faults[2].in_roi);
  EXPECT_EQ(calls, (std::vector<bool>{true, false}));
}

TEST_F(Profiler, faults_of_a_functional_warmup_are_marked_as_not_timed) {
  FaultProfiler warm(functions, {.starts_timed = false});
  const auto one_fault = [&](Cycles at) {
    warm.fault_raised(fault(at));
    warm.returned(at + 40, kPc, Privilege::User);
    warm.replayed(at + 50, replay(at + 44, 2));
  };
  one_fault(0);
  warm.fidelity_changed(100, true);
  one_fault(200);
  log = warm.finish(300);
  EXPECT_FALSE(log.faults[0].timed);
  EXPECT_FALSE(log.faults[0].in_roi);
  EXPECT_TRUE(log.faults[1].timed);
  EXPECT_TRUE(log.faults[1].in_roi);
}

}  // namespace
}  // namespace faultline
