// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/fault_profiler.h"

#include <algorithm>

namespace faultline {

const char* to_string(FaultOutcome outcome) {
  switch (outcome) {
    case FaultOutcome::Resumed:
      return "resumed";
    case FaultOutcome::Refaulted:
      return "refaulted";
    case FaultOutcome::Abandoned:
      return "abandoned";
    case FaultOutcome::Unfinished:
      return "unfinished";
  }
  return "?";
}

const char* to_string(CacheState state) {
  switch (state) {
    case CacheState::Unknown:
      return "unknown";
    case CacheState::Cold:
      return "cold";
    case CacheState::Warm:
      return "warm";
  }
  return "?";
}

const FaultProfiler::AccessStages FaultProfiler::kFirstAccess{Stage::L1Tlb,      Stage::L2Tlb,
                                                              Stage::WalkQueue,  Stage::WalkRead,
                                                              Stage::WalkUpdate, Stage::WalkOther};
const FaultProfiler::AccessStages FaultProfiler::kReplayAccess{
    Stage::ReplayL1Tlb,    Stage::ReplayL2Tlb,      Stage::ReplayWalkQueue,
    Stage::ReplayWalkRead, Stage::ReplayWalkUpdate, Stage::ReplayWalkOther};

FaultProfiler::FaultProfiler(const FunctionIndex& functions, Options options)
    : functions_(functions), timed_(options.starts_timed) {}

// The one place where cycles are given to a stage: all from the cursor to `until`. A point that
// lies before the cursor moves nothing, so that no cycle is counted twice and none is lost.
void FaultProfiler::spend(OpenFault& fault, Stage stage, Cycles until, std::uint8_t level,
                          ServedBy served_by) {
  if (until <= fault.cursor) return;
  const StageSlice part{stage, level, served_by, 1, until - fault.cursor};
  if (follower_ != nullptr) follower_->spent(fault.index + 1, stage, fault.cursor, until);
  fault.cursor = until;
  const auto same =
      std::ranges::find_if(fault.slices, [&](const StageSlice& s) { return s.same_kind(part); });
  if (same == fault.slices.end()) {
    fault.slices.push_back(part);
  } else {
    same->visits += 1;
    same->cycles += part.cycles;
  }
}

void FaultProfiler::spend_walk(OpenFault& fault, const AccessStages& stages,
                               const WalkRecord& walk) {
  spend(fault, stages.walk_other, walk.requested);
  spend(fault, stages.walk_queue, walk.started);
  unsigned read = 0;
  unsigned update = 0;
  while (read < walk.read_count || update < walk.update_count) {
    const bool read_is_next =
        update == walk.update_count ||
        (read < walk.read_count && walk.reads[read].issued <= walk.updates[update].issued);
    if (read_is_next) {
      const PteRead& r = walk.reads[read++];
      spend(fault, stages.walk_other, r.issued);
      spend(fault, stages.walk_read, r.responded, r.level, r.served_by);
    } else {
      const PteUpdate& u = walk.updates[update++];
      spend(fault, stages.walk_other, u.issued);
      spend(fault, stages.walk_update, u.responded);
    }
  }
}

void FaultProfiler::spend_access(OpenFault& fault, const AccessStages& stages,
                                 const ObservedAccess& access) {
  spend(fault, stages.l1_tlb, access.times.l1_done);
  spend(fault, stages.l2_tlb, access.times.l2_done);
  if (access.walk != nullptr) spend_walk(fault, stages, *access.walk);
  spend(fault, stages.walk_other, access.times.done);
}

Stage FaultProfiler::current_stage(const OpenFault& fault) {
  if (!fault.frames.empty()) return fault.frames.back().stage;
  return fault.dispatched ? Stage::Restore : Stage::Save;
}

void FaultProfiler::open(const FaultEvent& event) {
  const ObservedAccess& access = event.access;
  OpenFault fault;
  fault.index = log_.faults.size();
  fault.record = {.address = access.address,
                  .pc = access.pc,
                  .access = access.access,
                  .privilege = access.privilege,
                  .status = access.abort.status,
                  .level = access.abort.level,
                  .asid = static_cast<Asid>(event.satp >> 44),
                  .timed = timed_,
                  .in_roi = in_region_,
                  .caches = caches_,
                  .start = access.times.start};
  fault.cursor = access.times.start;
  spend_access(fault, kFirstAccess, access);
  spend(fault, Stage::TrapEntry, event.trap_entered);
  log_.faults.push_back(fault.record);  // keeps its place; completed by close()
  open_.push_back(std::move(fault));
}

void FaultProfiler::close(FaultOutcome outcome, Cycles now) {
  OpenFault& fault = open_.back();
  FaultRecord& record = log_.faults[fault.index];
  const bool in_roi = record.in_roi;  // a region may have begun since
  record = fault.record;
  record.in_roi = in_roi;
  record.outcome = outcome;
  if (outcome == FaultOutcome::Resumed || outcome == FaultOutcome::Refaulted) {
    fault.marks |= bit(PathMark::Replayed);
  }
  record.path = static_cast<std::uint32_t>(classify(fault.marks, record.access));
  record.account = account_of(fault, outcome);
  record.page_cache_hits = fault.file_faults - record.page_cache_misses;
  record.total = fault.cursor - record.start;
  record.first_slice = log_.slices.size();
  record.slice_count = fault.slices.size();
  log_.slices.insert(log_.slices.end(), fault.slices.begin(), fault.slices.end());
  if (follower_ != nullptr) follower_->closed(fault.index + 1, now);
  open_.pop_back();
  if (!open_.empty()) spend(open_.back(), Stage::NestedFault, now);
}

FaultAccount FaultProfiler::account_of(const OpenFault& fault, FaultOutcome outcome) {
  const bool handled = (fault.marks & bit(PathMark::HandleFault)) != 0;
  const bool finished = outcome != FaultOutcome::Unfinished || fault.awaits_replay;
  if (!handled || !finished || is_error(fault.marks)) return FaultAccount::None;
  const bool read = (fault.marks & (bit(PathMark::CacheMiss) | bit(PathMark::SwapRead))) != 0;
  return read || fault.record.passes > 1 ? FaultAccount::Major : FaultAccount::Minor;
}

bool FaultProfiler::fault_raised(const FaultEvent& event) {
  const Cycles start = event.access.times.start;
  if (!open_.empty()) {
    OpenFault& outer = open_.back();
    if (outer.awaits_replay && outer.trap_depth == 0) {
      spend(outer, Stage::Return, start);
      close(FaultOutcome::Refaulted, start);
    } else {
      spend(outer, outer.stage, start);
    }
  }
  open(event);
  return true;
}

bool FaultProfiler::leave_functions(OpenFault& fault, std::uint64_t target, std::uint64_t sp) {
  // Of frames that share the return address and the stack pointer (tail calls), all are left.
  const auto frame = std::ranges::find_if(
      fault.frames, [=](const Frame& f) { return f.return_address == target && f.sp == sp; });
  if (frame == fault.frames.end()) return false;
  fault.frames.erase(frame, fault.frames.end());
  return true;
}

void FaultProfiler::enter_function(OpenFault& fault, const FunctionEntry& function,
                                   const CallRegisters& registers) {
  const PathMarks marks = function.marks_of(registers.a0);
  fault.marks |= marks;
  if ((marks & bit(PathMark::HandleFault)) != 0) ++fault.record.passes;
  if ((marks & bit(PathMark::FileFault)) != 0) ++fault.file_faults;
  if ((marks & bit(PathMark::CacheMiss)) != 0) ++fault.record.page_cache_misses;
  if (!function.has_stage) return;
  const bool inside = !fault.frames.empty() && fault.frames.back().absorbs;
  if (inside && function.nesting != Nesting::Separate) return;
  const bool absorbs = function.nesting != Nesting::Open;
  fault.frames.push_back({function.stage, absorbs, registers.ra, registers.sp});
  fault.dispatched |= function.stage != Stage::Save;
}

bool FaultProfiler::jumped(Cycles now, VirtAddr target, const CallRegisters& registers) {
  if (!watching()) return false;
  const FunctionEntry* entered = functions_.find(target);
  if (entered != nullptr && entered->task_event != TaskEvent::None) {
    task_event(now, entered->task_event, registers);
    return watching();
  }
  if (open_.empty()) return true;
  OpenFault& fault = open_.back();
  if (fault.trap_depth > 0 || fault.awaits_replay) return true;
  const bool left = leave_functions(fault, target.value, registers.sp);
  if (entered != nullptr) enter_function(fault, *entered, registers);
  if (left || entered != nullptr) {
    spend(fault, fault.stage, now);
    fault.stage = current_stage(fault);
  } else if (has_no_handler(fault)) {
    spend(fault, fault.stage, now);
    close(FaultOutcome::Abandoned, now);
  }
  return watching();
}

void FaultProfiler::task_event(Cycles now, TaskEvent event, const CallRegisters& registers) {
  if (event == TaskEvent::Switch) {
    switch_tasks(now, registers.a0, registers.a1);
    return;
  }
  while (!open_.empty()) {
    spend(open_.back(), open_.back().stage, now);
    close(FaultOutcome::Abandoned, now);
  }
}

void FaultProfiler::switch_tasks(Cycles now, std::uint64_t from, std::uint64_t to) {
  if (!open_.empty()) {
    spend(open_.back(), open_.back().stage, now);
    suspended_[from] = std::move(open_);
    open_.clear();
  }
  const auto resumed = suspended_.find(to);
  if (resumed == suspended_.end()) return;
  open_ = std::move(resumed->second);
  suspended_.erase(resumed);
  spend(open_.back(), Stage::Wait, now);
}

bool FaultProfiler::has_no_handler(OpenFault& fault) const {
  if (functions_.size() == 0 || fault.dispatched || fault.marks != 0) return false;
  return ++fault.unknown_jumps > kMaxUnknownJumps;
}

bool FaultProfiler::trapped(Cycles now, std::uint64_t /*cause*/, VirtAddr handler) {
  if (open_.empty()) return watching();
  OpenFault& fault = open_.back();
  if (fault.trap_depth++ == 0) {
    spend(fault, fault.stage, now);
    fault.stage = functions_.in_image(handler) ? Stage::Interrupt : Stage::Monitor;
  }
  return true;
}

std::optional<AwaitedAccess> FaultProfiler::returned(Cycles now, VirtAddr target, Privilege to) {
  if (open_.empty()) return std::nullopt;
  OpenFault& fault = open_.back();
  spend(fault, fault.stage, now);
  if (fault.trap_depth > 0) {
    --fault.trap_depth;
    if (fault.trap_depth > 0) return std::nullopt;
    if (!fault.awaits_replay) {
      fault.stage = current_stage(fault);
      return std::nullopt;
    }
  }
  const FaultRecord& record = fault.record;
  if (target == record.pc && to == record.privilege) {
    fault.awaits_replay = true;
    fault.stage = Stage::Return;
    return AwaitedAccess{record.pc, record.address, record.access};
  }
  // Control went elsewhere. If it went to less privilege than this fault's access had, the handlers
  // around this fault are left as well.
  while (!open_.empty()) {
    const bool outer_too = to < open_.back().record.privilege;
    close(FaultOutcome::Abandoned, now);
    if (!outer_too) break;
  }
  return std::nullopt;
}

bool FaultProfiler::replayed(Cycles now, const ObservedAccess& access) {
  if (open_.empty()) return watching();
  OpenFault& fault = open_.back();
  spend(fault, Stage::Return, access.times.start);
  spend_access(fault, kReplayAccess, access);
  spend(fault, Stage::ReplayAccess, now);
  fault.record.pte = access.pte;
  close(FaultOutcome::Resumed, now);
  return watching();
}

void FaultProfiler::fidelity_changed(Cycles /*now*/, bool timed) {
  timed_ = timed;
  if (timed && on_timed_) on_timed_();
}

void FaultProfiler::marked(Cycles /*now*/, unsigned marker) {
  switch (Marker{static_cast<std::uint16_t>(marker)}) {
    case Marker::EnterFunctional:
    case Marker::EnterConfigured:
      break;
    case Marker::RegionBegin:
      for (FaultRecord& fault : log_.faults) fault.in_roi = false;
      region_marked_ = true;
      in_region_ = true;
      if (on_region_) on_region_(true);
      break;
    case Marker::RegionEnd:
      in_region_ = false;
      if (on_region_) on_region_(false);
      break;
    case Marker::CachesCold:
      caches_ = CacheState::Cold;
      break;
    case Marker::CachesWarm:
      caches_ = CacheState::Warm;
      break;
    case Marker::CachesAny:
      caches_ = CacheState::Unknown;
      break;
  }
}

void FaultProfiler::close_unfinished(Stage innermost, Cycles now) {
  if (!open_.empty()) spend(open_.back(), innermost, now);
  while (!open_.empty()) close(FaultOutcome::Unfinished, now);
}

FaultLog FaultProfiler::finish(Cycles now) {
  if (!open_.empty()) close_unfinished(open_.back().stage, now);
  for (auto& [task, faults] : suspended_) {
    open_ = std::move(faults);
    close_unfinished(Stage::Wait, now);
  }
  suspended_.clear();
  const auto counts = [](const FaultRecord& f) { return fault_paths()[f.path].in_tables; };
  const bool any_timed =
      std::ranges::any_of(log_.faults, [&](const FaultRecord& f) { return f.timed && counts(f); });
  for (FaultRecord& fault : log_.faults) {
    if (!region_marked_) fault.in_roi = fault.timed || !any_timed;
    fault.in_roi &= counts(fault);
  }
  return std::move(log_);
}

}  // namespace faultline
