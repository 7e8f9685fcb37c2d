// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/walker.h"

#include <string>

#include "models/mmu/format.h"

namespace faultline {

/// One walk: the states of walker.h, each a function that spends its cycles and names the next one.
template <typename Format>
class Walker::Sequence {
 public:
  Sequence(Walker& walker, LocalClock& clock, const Request& request, Unit& unit)
      : w_(walker),
        timing_(walker.params_.walker),
        clock_(clock),
        request_(request),
        record_(unit.record),
        transaction_(unit.transaction),
        walk_(request.address, request.access, request.context),
        fences_at_start_(walker.fences_) {}

  /// Runs to the end; the record and, for status None, leaf() are the result.
  void run() {
    State state = State::Accept;
    while (state != State::Finished) {
      switch (state) {
        case State::Accept:
          state = accept();
          break;
        case State::LookUp:
          state = look_up();
          break;
        case State::Issue:
          state = issue();
          break;
        case State::Wait:
          state = wait();
          break;
        case State::Decode:
          state = decode();
          break;
        case State::Update:
          state = update();
          break;
        case State::UpdateWait:
          state = update_wait();
          break;
        case State::Respond:
          state = respond();
          break;
        case State::Finished:
          break;
      }
    }
  }

  [[nodiscard]] const Leaf& leaf() const { return walk_.leaf(); }
  /// False if a fence came since the walk started.
  [[nodiscard]] bool cacheable() const { return w_.fences_ == fences_at_start_; }

 private:
  enum class State : std::uint8_t {
    Accept,
    LookUp,
    Issue,
    Wait,
    Decode,
    Update,
    UpdateWait,
    Respond,
    Finished
  };

  State accept() {
    clock_.advance(timing_.accept_cycles);
    next_ = walk_.begin();
    record_.walk_cache_level = walk_.position().level;
    if (next_ == Next::Abort) return State::Respond;
    return w_.walk_cache_.enabled() ? State::LookUp : State::Issue;
  }

  State look_up() {
    clock_.advance(w_.walk_cache_.latency_cycles());
    WalkPosition position;
    if (w_.walk_cache_.lookup(request_.address, asid(), position)) {
      walk_.skip_to(position);
      record_.walk_cache_level = position.level;
    }
    return State::Issue;
  }

  State issue() {
    clock_.advance(timing_.issue_cycles);
    if (record_.read_count == WalkRecord::kMaxReads) return refuse();
    PteRead& read = record_.reads[record_.read_count++];
    read = {};
    read.address = walk_.entry_address();
    read.level = walk_.position().level;
    read.issued = read.responded = clock_.now();
    return w_.entry_allowed(read.address, Format::kPteBytes, AccessType::Load) ? State::Wait
                                                                               : refuse();
  }

  State wait() {
    PteRead& read = record_.reads[record_.read_count - 1U];
    response_ = w_.port_.read(clock_, transaction_, read.address, Format::kPteBytes);
    read.responded = clock_.now();
    read.value = response_.value;
    read.served_by = response_.served_by;
    return State::Decode;
  }

  State decode() {
    clock_.advance(timing_.decode_cycles);
    if (response_.error) return refuse();
    next_ = walk_.take(response_.value);
    switch (next_) {
      case Next::Read:
        remember_pointer();
        return State::Issue;
      case Next::Update:
        return State::Update;
      case Next::Done:
      case Next::Abort:
        break;
    }
    return State::Respond;
  }

  State update() {
    clock_.advance(timing_.update_cycles);
    if (record_.update_count == WalkRecord::kMaxUpdates) return refuse();
    PteUpdate& update = record_.updates[record_.update_count++];
    update = {};
    update.address = walk_.entry_address();
    update.old_value = walk_.entry();
    update.new_value = walk_.updated_entry();
    update.issued = update.responded = clock_.now();
    return w_.entry_allowed(update.address, Format::kPteBytes, AccessType::Store)
               ? State::UpdateWait
               : refuse();
  }

  State update_wait() {
    PteUpdate& update = record_.updates[record_.update_count - 1U];
    response_ = w_.port_.compare_and_set(clock_, transaction_, update.address, Format::kPteBytes,
                                         update.old_value, update.new_value);
    update.responded = clock_.now();
    update.stored = response_.stored;
    if (response_.error) return refuse();
    next_ = walk_.updated(response_.stored);
    return next_ == Next::Read ? State::Issue : State::Respond;
  }

  State respond() {
    clock_.advance(timing_.respond_cycles);
    record_.finished = clock_.now();
    record_.status = walk_.abort().status;
    record_.leaf_level = walk_.position().level;
    record_.leaf_pte = next_ == Next::Done ? walk_.entry() : 0;
    return State::Finished;
  }

  State refuse() {
    next_ = walk_.refuse();
    return State::Respond;
  }

  void remember_pointer() {
    if (!cacheable()) return;
    const WalkPosition& next = walk_.position();
    w_.walk_cache_.insert(request_.address, asid(), next, Format::page_shift(next.level + 1U));
  }

  [[nodiscard]] Asid asid() const { return request_.context.asid(); }

  Walker& w_;
  const WalkerParams& timing_;
  LocalClock& clock_;
  const Request& request_;
  WalkRecord& record_;
  WalkTransaction& transaction_;
  Walk<Format> walk_;
  std::uint64_t fences_at_start_;
  Next next_ = Next::Read;
  WalkPort::Response response_{};
};

Walker::Walker(const MmuParams& params, const Pmp& pmp, const MemoryMap& map, StatGroup& stats)
    : params_(params),
      pmp_(pmp),
      map_(map),
      walk_cache_(params.walk_cache, stats.group("walk_cache")),
      queue_(params.walker.queue_depth),
      walkers_(params.walker.count),
      units_(params.walker.count) {
  register_statistics(stats);
}

const WalkRecord& Walker::walk(LocalClock& clock, const Request& request, Leaf& leaf,
                               bool& cacheable) {
  const unsigned place = queue_.acquire(clock);
  const Cycles requested = clock.now();
  const unsigned walker = walkers_.acquire(clock);
  queue_.release(place, clock.now());

  Unit& unit = units_[walker];
  WalkRecord& record = unit.record;
  record.address = request.address;
  record.asid = request.context.asid();
  record.access = request.access;
  record.privilege = request.context.privilege;
  record.requested = requested;
  record.started = clock.now();
  record.read_count = record.update_count = 0;

  with_format(params_.format, [&]<typename Format>() {
    Sequence<Format> sequence(*this, clock, request, unit);
    sequence.run();
    leaf = sequence.leaf();
    cacheable = sequence.cacheable();
  });
  walkers_.release(walker, clock.now());
  count(record);
  return record;
}

bool Walker::entry_allowed(PhysAddr address, unsigned bytes, AccessType access) const {
  return map_.kind_of(address, bytes) == RegionKind::Memory &&
         pmp_.allows(address, bytes, access, Privilege::Supervisor);
}

void Walker::fence(const FenceScope& scope) {
  ++fences_;
  walk_cache_.fence(scope);
}

void Walker::flush() {
  ++fences_;
  walk_cache_.flush();
}

void Walker::count(const WalkRecord& record) {
  ++walks_;
  walk_cycles_ += record.finished - record.started;
  queue_cycles_ += record.started - record.requested;
  pte_reads_ += record.read_count;
  for (unsigned i = 0; i < record.read_count; ++i) {
    ++reads_by_level_[record.reads[i].level];
    ++reads_by_source_[static_cast<std::size_t>(record.reads[i].served_by)];
  }
  pte_updates_ += record.update_count;
  for (unsigned i = 0; i < record.update_count; ++i) {
    lost_updates_ += record.updates[i].stored ? 0U : 1U;
  }
}

void Walker::register_statistics(StatGroup& stats) {
  stats.counter("walks", "walks", "table walks", walks_);
  stats.counter("walk_cycles", "cycles", "from a walker's taking a walk to its result",
                walk_cycles_);
  stats.counter("queue_cycles", "cycles", "walks waiting for a walker", queue_cycles_);
  stats.counter("pte_reads", "reads", "reads of page-table entries", pte_reads_);
  stats.counter("pte_updates", "updates", "compare-and-sets of A and D (Svadu)", pte_updates_);
  stats.counter("lost_updates", "updates", "of these, found the entry changed or were refused",
                lost_updates_);
  const unsigned levels =
      with_format(params_.format, []<typename Format>() { return Format::kLevels; });
  for (unsigned i = 0; i < levels; ++i) {
    stats.counter("pte_reads_level" + std::to_string(i), "reads",
                  "reads of entries of level " + std::to_string(i), reads_by_level_[i]);
  }
  constexpr std::array<const char*, kSources> kNames = {
      "refused", "l1", "l2", "dram_row_hit", "dram_row_closed", "dram_row_conflict", "device"};
  for (std::size_t i = 0; i < kSources; ++i) {
    stats.counter(
        std::string("pte_reads_") + kNames[i], "reads",
        std::string("reads of entries answered by: ") + to_string(static_cast<ServedBy>(i)),
        reads_by_source_[i]);
  }
  stats.derived("cycles_per_walk", "cycles", "walk_cycles / walks", [this] {
    return walks_ == 0 ? 0.0 : static_cast<double>(walk_cycles_) / static_cast<double>(walks_);
  });
}

}  // namespace faultline
