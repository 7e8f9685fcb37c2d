// SPDX-License-Identifier: Apache-2.0
// A walk engine's states from the record of a walk, against the table in models/mmu/walk_engine.h.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/waves/walk_states.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using S = WaveWalkState;

/// Each step has a length of its own, so that none can stand for another.
MmuParams params() {
  MmuParams p;
  p.walk_cache.latency_cycles = 2;
  p.walker.accept_cycles = 3;
  p.walker.issue_cycles = 4;
  p.walker.decode_cycles = 5;
  p.walker.update_cycles = 6;
  p.walker.respond_cycles = 7;
  return p;
}

/// Reads `at` (issued, responded) each.
WalkRecord walk(Cycles finished, std::initializer_list<std::pair<Cycles, Cycles>> reads) {
  WalkRecord record;
  record.requested = 90;
  record.started = 100;
  record.finished = finished;
  for (const auto& [issued, responded] : reads) {
    PteRead& read = record.reads[record.read_count++];
    read.issued = issued;
    read.responded = responded;
  }
  return record;
}

void add_update(WalkRecord& record, Cycles issued, Cycles responded, bool stored) {
  PteUpdate& update = record.updates[record.update_count++];
  update.issued = issued;
  update.responded = responded;
  update.stored = stored;
}

WalkStateChange at(Cycles cycle, S state) {
  return {cycle, state};
}

TEST(WalkStates, reads_are_issued_awaited_and_decoded) {
  const auto states = walk_states(walk(150, {{109, 119}, {128, 138}}), params());
  EXPECT_THAT(states,
              ElementsAre(at(100, S::Accept), at(103, S::LookUp), at(105, S::Issue),
                          at(109, S::Wait), at(119, S::Decode), at(124, S::Issue), at(128, S::Wait),
                          at(138, S::Decode), at(143, S::Respond), at(150, S::Idle)));
}

TEST(WalkStates, without_walk_caches_nothing_is_looked_up) {
  MmuParams p = params();
  p.walk_cache.level = {};
  const auto states = walk_states(walk(129, {{107, 117}}), p);
  EXPECT_THAT(states, ElementsAre(at(100, S::Accept), at(103, S::Issue), at(107, S::Wait),
                                  at(117, S::Decode), at(122, S::Respond), at(129, S::Idle)));
}

TEST(WalkStates, address_that_is_not_canonical_is_answered_at_once) {
  EXPECT_THAT(walk_states(walk(110, {}), params()),
              ElementsAre(at(100, S::Accept), at(103, S::Respond), at(110, S::Idle)));
}

TEST(WalkStates, refused_read_is_not_awaited) {
  EXPECT_THAT(walk_states(walk(116, {{109, 109}}), params()),
              ElementsAre(at(100, S::Accept), at(103, S::LookUp), at(105, S::Issue),
                          at(109, S::Respond), at(116, S::Idle)));
}

TEST(WalkStates, update_follows_its_read_and_a_lost_one_reads_again) {
  WalkRecord record = walk(183, {{109, 119}, {144, 154}});
  add_update(record, 130, 140, false);
  add_update(record, 165, 176, true);
  EXPECT_THAT(
      walk_states(record, params()),
      ElementsAre(at(100, S::Accept), at(103, S::LookUp), at(105, S::Issue), at(109, S::Wait),
                  at(119, S::Decode), at(124, S::Update), at(130, S::UpdateWait), at(140, S::Issue),
                  at(144, S::Wait), at(154, S::Decode), at(159, S::Update), at(165, S::UpdateWait),
                  at(176, S::Respond), at(183, S::Idle)));
}

TEST(WalkStates, refused_update_is_not_awaited) {
  WalkRecord record = walk(137, {{109, 119}});
  add_update(record, 130, 130, false);
  EXPECT_THAT(
      walk_states(record, params()),
      ElementsAre(at(100, S::Accept), at(103, S::LookUp), at(105, S::Issue), at(109, S::Wait),
                  at(119, S::Decode), at(124, S::Update), at(130, S::Respond), at(137, S::Idle)));
}

TEST(WalkStates, walk_that_gives_up_its_updates_ends_in_update) {
  const auto states = walk_states(walk(137, {{109, 119}}), params());
  EXPECT_THAT(states, ElementsAre(at(100, S::Accept), at(103, S::LookUp), at(105, S::Issue),
                                  at(109, S::Wait), at(119, S::Decode), at(124, S::Update),
                                  at(130, S::Respond), at(137, S::Idle)));
}

}  // namespace
}  // namespace faultline
