// SPDX-License-Identifier: Apache-2.0
#pragma once

// A write-back, write-allocate cache level (L1I, L1D, L2) with a bounded number of outstanding
// misses. State and time are modelled; the bytes live at their home in main memory. Not modelled:
// ports and banks (any number of hits may overlap), coherence between caches of one level,
// prefetching, ECC, and critical word first (a line is there as a whole).

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/cache/cache_array.h"
#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"
#include "models/common/params.h"
#include "models/common/replacement.h"
#include "models/common/stats.h"
#include "models/common/types.h"

namespace faultline {

/// One cache level. The defaults are those of a small core's L1 (the size and ways of the SiFive
/// U54-MC's data cache, FU540-C000 manual v1p0, chapter 4; latency and outstanding misses are
/// assumptions).
struct CacheParams {
  std::uint64_t size_bytes = std::uint64_t{32}
                             << 10;  ///< sets x ways x line_bytes; the sets are a power of two
  unsigned ways = 8;                 ///< 1 to 64
  unsigned line_bytes = kLineBytes;  ///< 64: the only size so far
  unsigned latency_cycles = 2;       ///< from an access to its data on a hit, 1 or more
  unsigned outstanding_misses = 8;   ///< 1 to 64
  ReplacementKind replacement = ReplacementKind::TreePlru;
  std::uint64_t seed = 1;  ///< for ReplacementKind::Random
};

/// What a Cache cannot be built with; empty if all is well.
[[nodiscard]] std::vector<ParamProblem> check(const CacheParams& params);

/// The counters of one cache. accesses = hits + misses; every access is one lookup of one line.
struct CacheStats {
  std::uint64_t accesses = 0;
  std::uint64_t load_hits = 0;
  std::uint64_t store_hits = 0;
  std::uint64_t load_misses = 0;
  std::uint64_t store_misses = 0;
  std::uint64_t merged_misses = 0;
  std::uint64_t fills = 0;
  std::uint64_t write_backs = 0;
  std::uint64_t stall_cycles = 0;
  std::uint64_t bus_errors = 0;
  std::uint64_t lost_stores = 0;

  [[nodiscard]] std::uint64_t hits() const { return load_hits + store_hits; }
  [[nodiscard]] std::uint64_t misses() const { return load_misses + store_misses; }
};

/// How an access that waits for its data ended.
struct CacheResult {
  ServedBy served_by = ServedBy::None;  ///< this cache, or whoever answered its miss
  bool error = false;  ///< the next level answered with an error: there are no data
};

/// Timing, in core cycles, of an access at t (`latency` is latency_cycles):
///
/// - Hit: the data are there at t + latency. A store that hits takes none of the caller's time.
/// - Miss: takes one of the outstanding_misses miss entries and reserves a way at t; a dirty victim
///   moves to the entry's write-back buffer. The request leaves at t + latency; the line arrives,
///   for all who wait for it, when the next level answers. A load waits for it; a store is posted:
///   a thread of the cache waits for it, and the caller goes on at t.
/// - Dirty victim: written back when the line that replaces it has arrived, so that fills go first.
///   The entry is free when the next level has answered the write-back; without a write-back, when
///   the line has arrived.
/// - Access to a pending line: a miss that merges. A load has its data when the line arrives, but
///   not before t + latency; a store marks the line and goes on at t.
/// - Stall: an access that finds no free entry, no way that is not pending, or its line in a
///   write-back buffer, waits in front of the cache until that has changed and is then looked up
///   anew: everything above counts from there. Stalled accesses go on in the order in which they
///   came; later ones that need no entry pass them. stall_cycles counts the time.
/// - Write of a whole line from the level above: allocates without a fill, present and dirty at t,
///   and is answered at t + latency. It takes an entry too, for as long, or until its victim is
///   written back. A write of less that misses is answered when its line has arrived.
/// - What happens in a cycle (a line arrives, an entry becomes free) is seen by lookups from the
/// next
///   cycle on, whatever the order in which the simulator runs the threads of that cycle. Only who
///   has waited for a line by load() or drain() goes on with it in the same cycle. Requests that
///   reach a cache in the same cycle are looked up in the order in which the simulator runs their
///   threads, which is the same in every run.
///
/// A line that arrives with an error is not kept: a waiting load reports it. A posted store has
/// retired by then and its caller is gone: `lost_stores` counts it and first_lost_store() says
/// where, as a machine-check register would. Write-backs that fail count as bus_errors.
///
/// Callers may be several threads, each with its own clock; each must touch the cache at its true
/// time (LocalClock::before_shared()) unless it is the only one.
class Cache : public sc_core::sc_module {
 public:
  /// From the level above, any number of initiators or none: reads and writes inside one line,
  /// without byte enables.
  tlm_utils::multi_passthrough_target_socket_optional<Cache> target;
  /// To the next level: reads and writes of whole lines.
  tlm_utils::simple_initiator_socket<Cache> memory;

  /// `params` passed check(). `level`: what hits are reported as.
  Cache(const sc_core::sc_module_name& name, const CacheParams& params, std::uint64_t period_ps,
        ServedBy level, StatGroup& stats);
  ~Cache() override;

  /// The caller's fast path. A hit is counted and changes replacement and dirty state; it costs a
  /// load latency_cycles(), which the caller adds. False: the line is absent or pending and nothing
  /// was counted or changed; the caller goes on with load_miss() or store_miss().
  bool try_hit(PhysAddr address, bool store) {
    if (!array_.hit(line_of(address), store)) return false;
    ++stats_.accesses;
    ++(store ? stats_.store_hits : stats_.load_hits);
    return true;
  }
  /// A whole load: the clock moves to when its data are there.
  CacheResult load(LocalClock& clock, PhysAddr address) {
    if (try_hit(address, false)) {
      clock.advance(params_.latency_cycles);
      return {level_, false};
    }
    return load_miss(clock, address);
  }
  /// A whole store, posted: the clock moves only by stalls.
  void store(LocalClock& clock, PhysAddr address) {
    if (!try_hit(address, true)) store_miss(clock, address);
  }
  /// load() after try_hit() has failed at the same time; its latency is included.
  CacheResult load_miss(LocalClock& clock, PhysAddr address);
  /// store() after try_hit() has failed at the same time.
  void store_miss(LocalClock& clock, PhysAddr address);

  /// Waits until no miss and no write-back is outstanding.
  void drain(LocalClock& clock);
  /// Writes every dirty line back and forgets all lines; returns when all is done. Without dirty
  /// lines and outstanding misses this takes no time.
  void invalidate_all(LocalClock& clock);

  /// Another master of the bus is about to read or write the line at `address`, at cycle `now`: its
  /// dirty data are given up, and before a write the line itself. True if it was dirty; bringing
  /// the data home is then the caller's task. Takes no time and counts as no access. A line that is
  /// pending stays, as does one on its way back to memory. To be called at the true time.
  bool snoop(PhysAddr address, bool write, Cycles now);

  /// Main memory, where the bytes live: transactions carry pointers into it. Addresses outside it
  /// can only be answered with errors. To be set before the simulation starts.
  void set_direct_memory(const DirectMemory& main_memory) { direct_ = main_memory; }

  /// Told of every miss that takes an entry (so not of those that merge), in the cycle in which its
  /// line is looked up; empty: nobody.
  void on_miss(std::function<void(Cycles now, PhysAddr line)> callback) {
    on_miss_ = std::move(callback);
  }

  [[nodiscard]] unsigned latency_cycles() const { return params_.latency_cycles; }
  [[nodiscard]] const CacheStats& stats() const { return stats_; }
  /// The line of the first store since the start that was lost to a bus error, if any was.
  [[nodiscard]] std::optional<PhysAddr> first_lost_store() const { return first_lost_store_; }

 private:
  struct Miss;
  enum class Found : std::uint8_t { Present, Pending, Absent, Stall };
  /// What a lookup found, and the miss entry of a line that is pending, by now or before.
  struct Lookup {
    Found found = Found::Stall;
    Miss* miss = nullptr;
  };

  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void answer(tlm::tlm_generic_payload& payload, const CacheResult& result);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  void register_stats(StatGroup& stats);

  /// What follows the lookup of a load, or of a store that waits for its line.
  CacheResult wait_for_data(LocalClock& clock, const Lookup& lookup);
  /// A store of a whole line.
  void write_line(LocalClock& clock, LineNumber line);
  /// Looks up and counts, with all stalls; an absent line has taken `miss` and a slot afterwards.
  Lookup look_up(LocalClock& clock, LineNumber line, bool store);
  /// One attempt; `may_take`: an absent line may take an entry.
  Lookup try_look_up(LocalClock& clock, LineNumber line, bool store, bool may_take);
  /// What the miss entries know of a line that is not present; if nothing (Absent), a free entry or
  /// null.
  [[nodiscard]] Lookup match_entries(LineNumber line) const;
  /// The queue in front of the cache.
  Lookup queue_up(LocalClock& clock, LineNumber line, bool store);

  /// Marks an entry as taken.
  void take(Miss& miss);
  /// Brings entries and array to the state in which lookups at `before` find them; answers up to
  /// then must be known.
  void settle(Cycles before);
  void settle(Miss& miss, Cycles before);
  void settle_until_now(LocalClock& clock);
  /// A line's request has failed: it will not be there.
  void lose(const Miss& miss);
  /// Waits until an entry may have changed.
  void wait_for_change(LocalClock& clock);
  void wait_for_answer(LocalClock& clock);
  CacheResult wait_for_line(LocalClock& clock, Miss& miss);
  Miss& wait_for_entry(LocalClock& clock);

  /// Has the entry's thread start `delay` cycles from now.
  void start_work(LocalClock& clock, Miss& miss, Cycles delay);
  /// The entry's thread: posted fills and write-backs.
  void work(Miss& miss);
  void fill(LocalClock& clock, Miss& miss);
  void write_back(LocalClock& clock, Miss& miss);
  /// One transaction to the next level; false: answered with an error.
  bool request(LocalClock& clock, Miss& miss, tlm::tlm_command command, LineNumber line);
  /// Wakes the threads that wait for an answer.
  void announce(LocalClock& clock);

  CacheParams params_;
  std::uint64_t period_ps_;
  ServedBy level_;
  CacheArray array_;
  CacheStats stats_;
  DirectMemory direct_;
  std::optional<PhysAddr> first_lost_store_;
  std::function<void(Cycles, PhysAddr)> on_miss_;
  std::vector<std::unique_ptr<Miss>> misses_;
  unsigned busy_ = 0;             // entries taken
  unsigned waiting_threads_ = 0;  // threads that wait for answered_
  std::uint64_t queue_head_ = 0;  // ticket of the access that has stalled longest
  std::uint64_t queue_tail_ = 0;  // ticket of the next that stalls
  sc_core::sc_event queue_moved_;
  sc_core::sc_event answered_;  // the next level has answered a request
};

}  // namespace faultline
