// SPDX-License-Identifier: Apache-2.0
#pragma once

// Turns what a hart reports into one record a fault. The cycles from the access that missed to the
// same access retired are cut at the points that the hart reports, each cut goes to one stage, and
// so the stages add up to the total by construction.
//
// Within the kernel, a stack of the stage functions that have been entered says whose cycles they
// are. A function is entered when a jump lands on its first instruction, and left when a jump lands
// on the return address with the stack pointer of its entry; a tail call thus leaves with its
// caller. What no stage function called belongs to `save` before the dispatch and to `restore`
// after it.
//
// Each task of the guest has its own open faults. When the kernel switches tasks (__switch_to), the
// faults of the one that stops are put aside and those of the one that goes on are taken up again;
// the time between is stage `wait`. A task that exits abandons its faults.
//
// Not handled: a function that is entered by falling or branching into it.

#include <array>
#include <functional>
#include <map>
#include <vector>

#include "models/cpu/marker.h"
#include "models/cpu/observer.h"
#include "platform/measure/fault_log.h"
#include "platform/measure/function_index.h"

namespace faultline {

/// Follows the measurement as it goes. Faults are numbered from 1, as in faults.db. Calls may not
/// wait.
class FaultFollower {
 public:
  virtual ~FaultFollower() = default;
  /// The cycles from `begin` up to `end` went to a stage of `fault`. Those of one fault come in
  /// order, each when it ends; faults that wait for another (Stage::Wait, Stage::NestedFault)
  /// overlap with others.
  virtual void spent(std::uint64_t fault, Stage stage, Cycles begin, Cycles end) = 0;
  /// `fault` is over, in whatever way.
  virtual void closed(std::uint64_t fault, Cycles now) = 0;
};

class FaultProfiler : public HartObserver {
 public:
  struct Options {
    bool starts_timed = true;  ///< false: the run begins with a functional warm-up
  };

  /// `functions` must outlive the profiler.
  FaultProfiler(const FunctionIndex& functions, Options options);

  /// Called at the markers RegionBegin (true) and RegionEnd (false), after the profiler's own work.
  void on_region(std::function<void(bool begins)> callback) { on_region_ = std::move(callback); }
  /// Called when a functional warm-up ends, after the profiler's own work.
  void on_timed(std::function<void()> callback) { on_timed_ = std::move(callback); }
  /// Null: nobody. It must outlive the measurement.
  void set_follower(FaultFollower* follower) { follower_ = follower; }
  /// Ends the measurement: faults still open are closed as Unfinished. Returns all records; if the
  /// guest marked no region, in_roi is set for every timed fault (for every fault if none was
  /// timed).
  FaultLog finish(Cycles now);

  bool fault_raised(const FaultEvent& event) override;
  bool jumped(Cycles now, VirtAddr target, const CallRegisters& registers) override;
  bool trapped(Cycles now, std::uint64_t cause, VirtAddr handler) override;
  std::optional<AwaitedAccess> returned(Cycles now, VirtAddr target, Privilege to) override;
  bool replayed(Cycles now, const ObservedAccess& access) override;
  void fidelity_changed(Cycles now, bool timed) override;
  void marked(Cycles now, unsigned marker) override;

 private:
  /// A stage function that is under way.
  struct Frame {
    Stage stage;
    bool absorbs;
    std::uint64_t return_address;
    std::uint64_t sp;
  };
  /// The stages of one access and its walk: the failing one's, or the replay's.
  struct AccessStages {
    Stage l1_tlb, l2_tlb, walk_queue, walk_read, walk_update, walk_other;
  };
  /// A fault whose record is not complete.
  struct OpenFault {
    FaultRecord record;
    std::vector<StageSlice> slices;
    std::vector<Frame> frames;  // the innermost last
    Cycles cursor = 0;          // cycles before it are accounted for
    Stage stage = Stage::Save;  // of the cycles from the cursor on
    PathMarks marks = 0;
    unsigned file_faults = 0;    // entries into filemap_fault
    unsigned unknown_jumps = 0;  // before the first one into a function that is known
    unsigned trap_depth = 0;     // traps within the handler that have not returned
    bool dispatched = false;  // the handler has been entered: the trap's own code is `restore` now
    bool awaits_replay = false;
    std::size_t index = 0;  // in the log
  };
  /// The open faults of one task, the innermost last; more than one only for faults of the handler.
  using OpenFaults = std::vector<OpenFault>;

  /// After so many jumps into nothing that is known, a fault has no handler: the kernel used it to
  /// go on elsewhere. More than any path from a trap's entry to its dispatch takes.
  static constexpr unsigned kMaxUnknownJumps = 256;

  static const AccessStages kFirstAccess;
  static const AccessStages kReplayAccess;

  void spend(OpenFault& fault, Stage stage, Cycles until, std::uint8_t level = StageSlice::kNoLevel,
             ServedBy served_by = ServedBy::None);
  void spend_access(OpenFault& fault, const AccessStages& stages, const ObservedAccess& access);
  void spend_walk(OpenFault& fault, const AccessStages& stages, const WalkRecord& walk);
  static bool leave_functions(OpenFault& fault, std::uint64_t target, std::uint64_t sp);
  static void enter_function(OpenFault& fault, const FunctionEntry& function,
                             const CallRegisters& registers);
  static Stage current_stage(const OpenFault& fault);
  static FaultAccount account_of(const OpenFault& fault, FaultOutcome outcome);

  /// True if a jump, which entered nothing known, shows that the fault has no handler.
  [[nodiscard]] bool has_no_handler(OpenFault& fault) const;

  /// True if the hart must go on reporting: some task's fault is open.
  [[nodiscard]] bool watching() const { return !open_.empty() || !suspended_.empty(); }
  void task_event(Cycles now, TaskEvent event, const CallRegisters& registers);
  void switch_tasks(Cycles now, std::uint64_t from, std::uint64_t to);

  void open(const FaultEvent& event);
  /// Closes the innermost open fault of the task that runs; the one around it goes on at `now`.
  void close(FaultOutcome outcome, Cycles now);
  /// Ends all open faults of the task that runs; the innermost spends its last cycles in a stage.
  void close_unfinished(Stage innermost, Cycles now);

  const FunctionIndex& functions_;
  std::function<void(bool)> on_region_;
  std::function<void()> on_timed_;
  FaultFollower* follower_ = nullptr;
  FaultLog log_;
  OpenFaults open_;                                // of the task that runs
  std::map<std::uint64_t, OpenFaults> suspended_;  // of the others, by the address of the task
  CacheState caches_ = CacheState::Unknown;
  bool timed_;
  bool region_marked_ = false;
  bool in_region_ = false;
};

}  // namespace faultline
