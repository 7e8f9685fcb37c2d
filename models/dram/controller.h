// SPDX-License-Identifier: Apache-2.0
#pragma once

// The controller of one DDR4 channel, in DRAM clock cycles and without SystemC: a read queue, a
// write queue, a scheduler, and the refresh of every rank.
//
// Scheduling, each cycle one command:
//  1. A rank whose refresh is due takes no other command until all its banks are precharged (PREA)
//  and REF
//     is issued. Refreshes are due every tREFI, staggered over the ranks; none is postponed.
//  2. Reads go first. Writes are served while there are no reads, or from the high watermark of
//  their queue
//     down to the low one (drain).
//  3. Within the queue that is served: first ready, first come first served. A column command that
//  is ready
//     goes before a row command, the older request before the younger. A row that a queued request
//     of this queue wants is not closed.
//  4. Bounded starvation: the oldest request of a queue that `starvation_cap` column commands have
//  overtaken
//     is served alone (an overtaken read also ends a drain's turn).
// A read of a line that waits in the write queue is answered from there; a write to such a line is
// merged into it.
//
// Time is advanced by its user: all cycles before now() are decided. Nothing happens behind its
// back, so an idle controller costs nothing; the refreshes of idle time are issued when somebody
// advances it.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "models/dram/address_map.h"
#include "models/dram/bank.h"
#include "models/dram/params.h"
#include "models/dram/timing.h"

namespace faultline {

/// What a request found in its bank when it was first given a command.
enum class RowResult : std::uint8_t {
  Unknown,   ///< no command yet
  Hit,       ///< its row was open
  Closed,    ///< no row was open
  Conflict,  ///< another row was open
};

/// One issued command, for tests, traces and waves.
struct CommandRecord {
  DramCycles cycle = 0;
  DramCommand command{};
  DramLocation
      location{};  ///< fields below the command's scope are 0 (REF and PREA: only channel and rank)
};

/// Counters of one channel. Column commands are counted when they are issued, so that row hits,
/// closed and conflicts add up to reads + writes at any time.
struct ControllerStats {
  std::uint64_t reads = 0, writes = 0;  // RD and WR commands
  std::uint64_t activates = 0;
  std::uint64_t precharges = 0;  // banks closed by PRE or auto-precharge, and PREA commands
  std::uint64_t refreshes = 0;
  std::uint64_t row_hits = 0, row_closed = 0, row_conflicts = 0;
  std::uint64_t forwarded_reads = 0, merged_writes = 0;
  std::uint64_t cycles = 0;             // cycles decided
  std::uint64_t read_queue_cycles = 0;  // queued requests summed over the cycles
  std::uint64_t write_queue_cycles = 0;
};

class DramController {
 public:
  static constexpr DramCycles kNever = std::numeric_limits<DramCycles>::max();
  using Observer = std::function<void(const CommandRecord&)>;

  /// What became of a request that was handed over.
  enum class Admission : std::uint8_t {
    Queued,     ///< a read: its Completion comes with its RD command
    Forwarded,  ///< a read that was answered from the write queue, now
    Posted,     ///< a write that is done for its sender
    Waiting,    ///< a write that found no room: its Completion comes with its admission
  };
  /// The end of a request for its sender.
  struct Completion {
    void* sender = nullptr;
    DramCycles cycle =
        0;  ///< read: the cycle after its last data; waiting write: when it was admitted
    RowResult row = RowResult::Unknown;  ///< of a read
  };
  /// What advance() came back with.
  struct Progress {
    bool issued = false;  ///< false: every cycle before the limit is decided
    std::optional<Completion> completion;
  };

  /// `params` must have passed check(); both must outlive the controller. `channel` appears in
  /// records.
  DramController(const DramParams& params, const DramTiming& timing, unsigned channel);
  DramController(const DramController&) = delete;
  DramController& operator=(const DramController&) = delete;

  /// The first cycle that is not decided yet.
  [[nodiscard]] DramCycles now() const { return now_; }
  /// The cycle in which the next command goes out if no request comes before it (refreshes
  /// included).
  [[nodiscard]] DramCycles next_command();
  /// The same for a command that serves a request; kNever if none is queued. Refreshes that stand
  /// before it are not counted: advance and ask again.
  [[nodiscard]] bool idle() const { return reads_.empty() && writes_.empty(); }

  /// Decides cycles up to and without `limit`, until one command has been issued.
  Progress advance(DramCycles limit);
  /// Decides all cycles before `limit`; no request of a sender may complete in them.
  void advance_to(DramCycles limit);

  /// Hand over a request for line number `line` at `location`; it arrives in cycle now(). `sender`
  /// comes back in the Completion.
  Admission read(const DramLocation& location, std::uint64_t line, void* sender);
  Admission write(const DramLocation& location, std::uint64_t line, void* sender);

  /// Sees every command from now on, when it is decided; empty: nobody.
  void set_observer(Observer observer) { observer_ = std::move(observer); }

  [[nodiscard]] ControllerStats& stats() { return stats_; }
  [[nodiscard]] std::size_t queued_reads() const { return reads_.size(); }
  [[nodiscard]] std::size_t queued_writes() const { return writes_.size(); }
};

}  // namespace faultline
