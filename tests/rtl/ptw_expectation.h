// SPDX-License-Identifier: Apache-2.0
#pragma once

// What comes of a walk by the specification (Walk<Format>) and by the table of cycles in
// models/mmu/walk_engine.h.

#include <algorithm>

#include "tests/rtl/ptw_scenario.h"

namespace faultline {

template <typename Format>
class ExpectedWalk {
 public:
  ExpectedWalk(const Scenario& scenario, const Steps& steps, MadeUpMemory& memory)
      : s_(scenario),
        steps_(steps),
        memory_(memory),
        walk_(scenario.address, scenario.access, scenario.context) {}

  WalkResult run() {
    spend(PtwState::Accept, steps_.accept);
    Next next = walk_.begin();
    if (next == Next::Read && steps_.look_up != 0) look_up();
    record_.walk_cache_level = walk_.position().level;
    while (next == Next::Read || next == Next::Update) {
      next = next == Next::Read ? read() : update();
    }
    spend(PtwState::Respond, steps_.respond);
    record_.finished = now_;
    record_.status = walk_.abort().status;
    record_.leaf_level = walk_.position().level;
    if (next == Next::Done) {
      record_.leaf_pte = walk_.entry();
      result_.global = (walk_.leaf().flags & kPteG) != 0;
    }
    result_.cacheable = !fenced_by(now_);
    return result_;
  }

 private:
  void spend(PtwState state, Cycles cycles) {
    now_ += cycles;
    result_.cycles_in[static_cast<std::size_t>(state)] += cycles;
  }
  /// A fence in the cycle in which the walk is taken is not its own.
  [[nodiscard]] bool fenced_by(Cycles cycle) const { return s_.fence != 0 && s_.fence <= cycle; }

  void look_up() {
    spend(PtwState::LookUp, steps_.look_up);
    ++result_.lookups;
    if (s_.hit) walk_.skip_to(*s_.hit);
  }

  Next read() {
    spend(PtwState::Issue, steps_.issue);
    const std::uint64_t address = walk_.entry_address().value;
    PteRead& read = record_.reads[record_.read_count++];
    read.address = walk_.entry_address();
    read.level = walk_.position().level;
    read.issued = read.responded = now_;
    if (s_.refused(address, false)) return walk_.refuse();
    spend(PtwState::Wait, s_.grant + s_.latency);
    read.responded = now_;
    const bool error = s_.error(address, false);
    if (!error) read.value = value_at(address);
    spend(PtwState::Decode, steps_.decode);
    if (error) return walk_.refuse();
    const Next next = walk_.take(read.value);
    if (next == Next::Read && steps_.look_up != 0 && !fenced_by(now_)) keep_pointer();
    return next;
  }

  void keep_pointer() {
    const WalkPosition& below = walk_.position();
    result_.kept.push_back({now_, below.level + 1U, below.table.value >> kPageShift, below.global});
  }

  Next update() {
    spend(PtwState::Update, steps_.update);
    if (record_.update_count == WalkRecord::kMaxUpdates) return walk_.refuse();
    const std::uint64_t address = walk_.entry_address().value;
    const std::size_t number = record_.update_count;
    PteUpdate& update = record_.updates[record_.update_count++];
    update.address = walk_.entry_address();
    update.old_value = walk_.entry();
    update.new_value = walk_.updated_entry();
    update.issued = update.responded = now_;
    if (s_.refused(address, true)) return walk_.refuse();
    spend(PtwState::UpdateWait, s_.grant + s_.latency);
    update.responded = now_;
    if (s_.error(address, true)) return walk_.refuse();
    if (number < s_.rivals.size()) rivals_[address] = s_.rivals[number];
    update.stored = value_at(address) == update.old_value;
    return walk_.updated(update.stored);
  }

  /// The entry as it is by now; memory itself is left to the module.
  std::uint64_t value_at(std::uint64_t address) {
    const auto rival = rivals_.find(address);
    return rival != rivals_.end() ? rival->second : memory_.entry(address);
  }

  const Scenario& s_;
  const Steps& steps_;
  MadeUpMemory& memory_;
  Walk<Format> walk_;
  std::map<std::uint64_t, std::uint64_t> rivals_;  // by address
  Cycles now_ = 0;
  WalkResult result_;
  WalkRecord& record_ = result_.record;
};

}  // namespace faultline
