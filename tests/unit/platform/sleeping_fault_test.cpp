// SPDX-License-Identifier: Apache-2.0
// The profiler on faults that sleep, and on several tasks: waiting is a stage, and the stages still
// add up.

#include "tests/unit/platform/profiler_bench.h"

namespace faultline {
namespace {

TEST_F(Profiler, time_in_which_another_task_runs_is_wait) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "filemap_fault", 0x1010, kStack - 64);
  call(40, "wait_on_var", 0x1020, kStack - 128);
  EXPECT_TRUE(switch_to(50, kTaskA, kIdle));
  EXPECT_TRUE(
      profiler.trapped(100, 9, kHandler));  // the device's interrupt, taken by the idle task
  call(110, "alloc_pages", 0x5000, 0x5000);
  EXPECT_FALSE(profiler.returned(200, VirtAddr{0x80200800}, Privilege::Supervisor));
  EXPECT_TRUE(switch_to(1050, kIdle, kTaskA));
  jump(1060, 0x1020, kStack - 128);
  jump(1070, 0x1010, kStack - 64);
  jump(1080, 0x1000);
  return_to_access(1100);
  EXPECT_FALSE(profiler.replayed(1110, replay(1104, 2)));
  log = profiler.finish(1110);
  ASSERT_EQ(log.faults.size(), 1U);
  EXPECT_EQ(log.faults[0].total, 1110U);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Resumed);
  EXPECT_EQ(stages(0)["wait"], 1000U);
  EXPECT_EQ(stages(0)["schedule"], 10U + 10U);
  EXPECT_EQ(stages(0)["page_cache"], 10U + 10U);
  EXPECT_EQ(stages(0)["dispatch"], 10U + 10U);
  EXPECT_EQ(stages(0)["restore"], 20U);
  EXPECT_EQ(stages(0).count("page_alloc"), 0U);
  EXPECT_EQ(stages(0).count("interrupt"), 0U);
}

TEST_F(Profiler, faults_of_several_tasks_are_open_at_once) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  EXPECT_TRUE(switch_to(30, kTaskA, kTaskB));
  profiler.fault_raised(fault(100, AccessType::Store));
  call(120, "do_page_fault", 0x2000);
  EXPECT_TRUE(switch_to(150, kTaskB, kTaskA));
  jump(160, 0x1000);
  return_to_access(170);
  EXPECT_TRUE(profiler.replayed(180, replay(172, 2)));  // task B's is still open
  EXPECT_TRUE(switch_to(300, kTaskA, kTaskB));
  jump(310, 0x2000);
  return_to_access(320);
  EXPECT_FALSE(profiler.replayed(330, replay(322, 2)));
  log = profiler.finish(400);
  ASSERT_EQ(log.faults.size(), 2U);
  EXPECT_EQ(log.faults[0].total, 180U);
  EXPECT_EQ(log.faults[1].total, 230U);
  EXPECT_EQ(stages(0)["wait"], 120U);
  EXPECT_EQ(stages(1)["wait"], 150U);
  EXPECT_EQ(log.faults[0].access, AccessType::Load);
  EXPECT_EQ(log.faults[1].access, AccessType::Store);
}

TEST_F(Profiler, first_run_of_a_new_task_has_no_fault_open) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  EXPECT_TRUE(switch_to(30, kTaskA, kTaskB));
  EXPECT_FALSE(profiler.returned(50, VirtAddr{0x40000}, Privilege::User));  // ret_from_fork
  EXPECT_TRUE(profiler.jumped(60, VirtAddr{0x40100}, {}));
  EXPECT_TRUE(profiler.trapped(70, 8, kHandler));
  log = profiler.finish(100);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Unfinished);
  EXPECT_EQ(stages(0)["wait"], 70U);
  EXPECT_EQ(log.faults[0].account, FaultAccount::None);
}

TEST_F(Profiler, task_that_is_preempted_before_the_replay_still_replays) {
  profiler.fault_raised(fault(0));
  return_to_access(40);
  EXPECT_TRUE(profiler.trapped(41, 5, kHandler));
  EXPECT_TRUE(switch_to(60, kTaskA, kTaskB));
  EXPECT_TRUE(switch_to(560, kTaskB, kTaskA));
  return_to_access(580);
  EXPECT_FALSE(profiler.replayed(590, replay(583, 2)));
  log = profiler.finish(600);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Resumed);
  EXPECT_EQ(stages(0)["wait"], 500U);
  EXPECT_EQ(stages(0)["interrupt"], 19U + 20U);
}

TEST_F(Profiler, signal_taken_before_the_replay_abandons_the_fault) {
  profiler.fault_raised(fault(0));
  return_to_access(40);
  EXPECT_TRUE(profiler.trapped(41, 5, kHandler));
  EXPECT_FALSE(profiler.returned(80, VirtAddr{0x40000}, Privilege::User));
  EXPECT_FALSE(profiler.jumped(90, VirtAddr{0x40100}, {}));
  log = profiler.finish(100);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[0].total, 80U);
  stages(0);
}

TEST_F(Profiler, task_that_exits_abandons_its_faults_and_no_others) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  EXPECT_TRUE(switch_to(30, kTaskA, kTaskB));
  profiler.fault_raised(fault(100));
  const VirtAddr kernel_pc{0x80201234};
  profiler.fault_raised(fault(150, AccessType::Store, kernel_pc, Privilege::Supervisor));
  EXPECT_TRUE(profiler.jumped(200, symbols.at("do_exit"), {}));
  EXPECT_TRUE(switch_to(250, kTaskB, kTaskA));
  jump(260, 0x1000);
  return_to_access(270);
  EXPECT_FALSE(profiler.replayed(280, replay(272, 2)));
  log = profiler.finish(300);
  EXPECT_EQ(log.faults[0].outcome, FaultOutcome::Resumed);
  EXPECT_EQ(log.faults[0].total, 280U);
  EXPECT_EQ(log.faults[1].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[1].total, 100U);
  EXPECT_EQ(log.faults[2].outcome, FaultOutcome::Abandoned);
  EXPECT_EQ(log.faults[2].total, 50U);
  for (const std::size_t i : {0U, 1U, 2U}) stages(i);
}

TEST_F(Profiler, nested_fault_that_sleeps_makes_the_outer_one_wait_too) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  const VirtAddr kernel_pc{0x80201234};
  profiler.fault_raised(fault(50, AccessType::Store, kernel_pc, Privilege::Supervisor));
  EXPECT_TRUE(switch_to(80, kTaskA, kIdle));
  EXPECT_TRUE(switch_to(180, kIdle, kTaskA));
  return_to_access(190, kernel_pc, Privilege::Supervisor);
  EXPECT_TRUE(profiler.replayed(200, replay(192, 2)));
  return_to_access(220);
  EXPECT_FALSE(profiler.replayed(230, replay(224, 2)));
  log = profiler.finish(230);
  EXPECT_EQ(log.faults[0].total, 230U);
  EXPECT_EQ(stages(0)["nested_fault"], 150U);
  EXPECT_EQ(log.faults[1].total, 150U);
  EXPECT_EQ(stages(1)["wait"], 100U);
}

TEST_F(Profiler, fault_that_is_tried_again_after_io_is_one_major_record) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "handle_mm_fault", 0x1010, kStack - 64);
  call(40, "do_read_fault", 0x1020, kStack - 128);
  call(50, "filemap_fault", 0x1030, kStack - 192);
  call(60, "do_sync_mmap_readahead", 0x1040, kStack - 256);
  call(70, "alloc_pages", 0x1050, kStack - 320);  // of the readahead: part of it
  jump(80, 0x1050, kStack - 320);
  jump(90, 0x1040, kStack - 256);
  switch_to(100, kTaskA, kIdle);
  switch_to(600, kIdle, kTaskA);
  jump(610, 0x1030, kStack - 192);
  jump(620, 0x1020, kStack - 128);
  jump(630, 0x1010, kStack - 64);
  call(640, "handle_mm_fault", 0x1018, kStack - 64);
  call(650, "do_read_fault", 0x1020, kStack - 128);
  jump(660, 0x1020, kStack - 128);
  jump(670, 0x1018, kStack - 64);
  return_to_access(700);
  profiler.replayed(710, replay(704, 2));
  log = profiler.finish(710);
  ASSERT_EQ(log.faults.size(), 1U);
  EXPECT_EQ(path(0), "read_fault_major");
  EXPECT_EQ(log.faults[0].account, FaultAccount::Major);
  EXPECT_EQ(log.faults[0].passes, 2U);
  EXPECT_EQ(log.faults[0].page_cache_misses, 1U);
  EXPECT_EQ(log.faults[0].page_cache_hits, 0U);
  EXPECT_EQ(stages(0)["readahead"], 30U);
  EXPECT_EQ(stages(0)["wait"], 500U);
}

TEST_F(Profiler, fault_found_in_the_page_cache_is_a_minor_hit) {
  profiler.fault_raised(fault(0));
  call(20, "do_page_fault", 0x1000);
  call(30, "handle_mm_fault", 0x1010, kStack - 64);
  call(40, "do_read_fault", 0x1020, kStack - 128);
  call(50, "filemap_fault", 0x1030, kStack - 192);
  return_to_access(80);
  profiler.replayed(90, replay(84, 2));
  log = profiler.finish(90);
  EXPECT_EQ(path(0), "read_fault_filemap");
  EXPECT_EQ(log.faults[0].account, FaultAccount::Minor);
  EXPECT_EQ(log.faults[0].page_cache_hits, 1U);
  EXPECT_EQ(log.faults[0].page_cache_misses, 0U);
}

}  // namespace
}  // namespace faultline
