// SPDX-License-Identifier: Apache-2.0
#pragma once

// The controller of one DDR4 channel, in DRAM clock cycles and without SystemC: a read queue, a
// write queue, a scheduler, and the refresh of every rank.
//
// Scheduling, one command a cycle:
//  1. A rank whose refresh is due takes no other command until its banks are precharged (PREA) and
//  REF is
//     issued. Refreshes are due every tREFI, staggered over the ranks; none is postponed.
//  2. Reads go first. Writes are served while there are no reads, and from the high watermark of
//  their
//     queue down to the low one (a drain).
//  3. Within the queue that is served: first ready, first come first served. A column command that
//  is ready
//     goes before a row command, the older request before the younger. A row that a queued request
//     of this queue wants is not closed.
//  4. Bounded starvation: the oldest request of a queue that `starvation_cap` column commands have
//     overtaken since it became the oldest is served alone; an overtaken read also interrupts a
//     drain.
// A read of a line that waits in the write queue is answered from there; a write to such a line is
// merged into it.
//
// Time is advanced by the user: all cycles before now() are decided. Nothing happens by itself, so
// an idle controller costs nothing; the refreshes of idle time are issued when somebody advances
// it. Not modelled: postponed or per-bank refresh, power-down, calibration.

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "models/dram/address_map.h"
#include "models/dram/bank.h"
#include "models/dram/params.h"
#include "models/dram/timing.h"

namespace faultline {

/// What a request found in its bank when it was first given a command; ordered by cost.
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
  /// What the command addresses; the rest is 0: REF and PREA have channel and rank, PRE also the
  /// bank, ACT also the row.
  DramLocation location{};

  bool operator==(const CommandRecord&) const = default;
};

/// Counters of one channel. Column commands are counted when they are issued, so that row hits,
/// closed rows and conflicts add up to reads + writes at any time.
struct ControllerStats {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t activates = 0;
  std::uint64_t precharges = 0;
  std::uint64_t refreshes = 0;
  std::uint64_t row_hits = 0;
  std::uint64_t row_closed = 0;
  std::uint64_t row_conflicts = 0;
  std::uint64_t forwarded_reads = 0;
  std::uint64_t merged_writes = 0;
  std::uint64_t cycles = 0;
  std::uint64_t read_queue_cycles = 0;
  std::uint64_t write_queue_cycles = 0;

  bool operator==(const ControllerStats&) const = default;
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
    DramCycles cycle = 0;  ///< read: first cycle after its data; write: of its admission
    RowResult row = RowResult::Unknown;  ///< of a read
  };
  /// What advance() came back with.
  struct Progress {
    bool issued = false;  ///< false: every cycle before the limit is decided
    std::optional<Completion> completion;
  };

  /// `params` and `timing` must have passed check() and outlive the controller. `channel` is its
  /// number in records.
  DramController(const DramParams& params, const DramTiming& timing, unsigned channel);
  DramController(const DramController&) = delete;
  DramController& operator=(const DramController&) = delete;

  /// The first cycle that is not decided yet.
  [[nodiscard]] DramCycles now() const { return now_; }
  /// The cycle in which the next command (a refresh, too) goes out if no request comes before it.
  [[nodiscard]] DramCycles next_command() {
    decide();
    return next_.cycle;
  }
  /// Decides cycles before `limit` until a command has been issued; now() is the cycle after it, or
  /// the limit if there was none.
  Progress advance(DramCycles limit);

  /// Hand over a request for line number `line` at `location`. It arrives in cycle now(). `sender`
  /// comes back in the Completion.
  Admission read(const DramLocation& location, std::uint64_t line, void* sender);
  Admission write(const DramLocation& location, std::uint64_t line, void* sender);

  /// Requests whose Completion is still to come.
  [[nodiscard]] std::size_t awaited() const {
    return reads_.requests.size() + writes_.requests.size() - writes_.visible();
  }
  [[nodiscard]] std::size_t queued_reads() const { return reads_.requests.size(); }
  [[nodiscard]] std::size_t queued_writes() const { return writes_.requests.size(); }
  [[nodiscard]] ControllerStats& stats() { return stats_; }
  /// Sees every command from now on, when it is decided; empty: nobody.
  void set_observer(Observer observer) { observer_ = std::move(observer); }

 private:
  struct Request {
    DramLocation location{};
    std::uint16_t bank = 0;  // within its rank
    RowResult row = RowResult::Unknown;
    std::uint64_t line = 0;
    void* sender = nullptr;
  };
  /// Requests in the order of their arrival; those beyond `depth` wait for room.
  struct Queue {
    std::vector<Request> requests;
    std::size_t depth = 0;
    unsigned overtaken = 0;  // column commands since the oldest became the oldest

    [[nodiscard]] std::size_t visible() const { return std::min(requests.size(), depth); }
    [[nodiscard]] const Request* find_line(std::uint64_t line) const;
  };
  /// The next command to go out.
  struct Decision {
    DramCycles cycle = kNever;
    DramCommand command{};
    unsigned rank = 0;
    std::size_t index = 0;   // of the request in its queue
    Queue* queue = nullptr;  // null: the command serves a refresh
  };
  struct Rank {
    DramRank state;
    DramCycles refresh_due;
    // Marks of the scheduling pass that last saw, for a bank, ...
    std::array<std::uint64_t, kBanksPerRank> hit_seen{};   // ... a request for its open row
    std::array<std::uint64_t, kBanksPerRank> miss_seen{};  // ... a request for another row
  };

  [[nodiscard]] bool nothing_before(DramCycles limit);
  void decide();
  void consider_refresh(unsigned rank);
  void consider_queue(Queue& queue);
  void consider_request(Queue& queue, std::size_t index);
  [[nodiscard]] Queue* served_queue();
  [[nodiscard]] bool starved(const Queue& queue) const {
    return queue.overtaken >= params_.starvation_cap;
  }

  void pass_to(DramCycles cycle);
  void issue_refresh(const Decision& decision);
  void issue_row(const Decision& decision);
  std::optional<Completion> issue_column(const Decision& decision);
  void count_overtaking(const Decision& decision);
  [[nodiscard]] bool closes_row(const Decision& decision) const;
  std::optional<Completion> retire_write(std::size_t index);
  void record(DramCommand command, const DramLocation& location);

  const DramParams& params_;
  const DramTiming& timing_;
  unsigned channel_;
  std::vector<Rank> ranks_;
  Queue reads_;
  Queue writes_;
  bool draining_ = false;
  DramCycles next_refresh_due_ = 0;  // the earliest of all ranks
  DramCycles now_ = 0;
  Decision next_{};
  bool decided_ = false;  // next_ holds for the present queues
  std::uint64_t pass_ = 0;
  ControllerStats stats_{};
  Observer observer_;
};

}  // namespace faultline
