// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/cpp_walk_engine.h"

#include "models/mmu/format.h"
#include "models/mmu/walk.h"

namespace faultline {

/// One walk: the states of walk_engine.h, each a function that spends its cycles and names the next
/// one.
template <typename Format>
class CppWalkEngine::Sequence {
 public:
  /// `engine`: the one that the walk runs on; its record says when it started.
  Sequence(CppWalkEngine& engines, LocalClock& clock, const WalkRequest& request, unsigned engine)
      : e_(engines),
        timing_(engines.parts_.params.walker),
        clock_(clock),
        request_(request),
        engine_(engine),
        record_(engines.units_[engine].record),
        transaction_(engines.units_[engine].transaction),
        walk_(request.address, request.access, request.context) {}

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
  /// False if a fence came since the walk started. One in the very cycle came first.
  [[nodiscard]] bool cacheable() const { return e_.last_fence_ <= record_.started; }

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
    clock_.spend(timing_.accept_cycles);
    next_ = walk_.begin();
    record_.walk_cache_level = walk_.position().level;
    if (next_ == Next::Abort) return State::Respond;
    return e_.walk_cache_.enabled() ? State::LookUp : State::Issue;
  }

  State look_up() {
    clock_.spend(e_.walk_cache_.latency_cycles());
    WalkPosition position;
    if (e_.walk_cache_.lookup(clock_.now(), engine_, request_.address, asid(), position)) {
      walk_.skip_to(position);
      record_.walk_cache_level = position.level;
    }
    return State::Issue;
  }

  State issue() {
    clock_.spend(timing_.issue_cycles);
    if (record_.read_count == WalkRecord::kMaxReads) return refuse();
    PteRead& read = record_.reads[record_.read_count++];
    read = {};
    read.address = walk_.entry_address();
    read.level = walk_.position().level;
    read.issued = read.responded = clock_.now();
    return e_.parts_.entry_allowed(read.address, Format::kPteBytes, AccessType::Load) ? State::Wait
                                                                                      : refuse();
  }

  State wait() {
    PteRead& read = record_.reads[record_.read_count - 1U];
    response_ = e_.parts_.port.read(clock_, transaction_, read.address, Format::kPteBytes);
    read.responded = clock_.now();
    read.value = response_.value;
    read.served_by = response_.served_by;
    return State::Decode;
  }

  State decode() {
    clock_.spend(timing_.decode_cycles);
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
    clock_.spend(timing_.update_cycles);
    if (record_.update_count == WalkRecord::kMaxUpdates) return refuse();
    PteUpdate& update = record_.updates[record_.update_count++];
    update = {};
    update.address = walk_.entry_address();
    update.old_value = walk_.entry();
    update.new_value = walk_.updated_entry();
    update.issued = update.responded = clock_.now();
    return e_.parts_.entry_allowed(update.address, Format::kPteBytes, AccessType::Store)
               ? State::UpdateWait
               : refuse();
  }

  State update_wait() {
    PteUpdate& update = record_.updates[record_.update_count - 1U];
    response_ =
        e_.parts_.port.compare_and_set(clock_, transaction_, update.address, Format::kPteBytes,
                                       update.old_value, update.new_value);
    update.responded = clock_.now();
    update.stored = response_.stored;
    if (response_.error) return refuse();
    next_ = walk_.updated(response_.stored);
    return next_ == Next::Read ? State::Issue : State::Respond;
  }

  State respond() {
    clock_.spend(timing_.respond_cycles);
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
    e_.walk_cache_.insert(clock_.now(), engine_, request_.address, asid(), next,
                          Format::page_shift(next.level + 1U));
  }

  [[nodiscard]] Asid asid() const { return request_.context.asid(); }

  CppWalkEngine& e_;
  const WalkerParams& timing_;
  LocalClock& clock_;
  const WalkRequest& request_;
  unsigned engine_;
  WalkRecord& record_;
  WalkTransaction& transaction_;
  Walk<Format> walk_;
  Next next_ = Next::Read;
  WalkPort::Response response_{};
};

CppWalkEngine::CppWalkEngine(const WalkEngineParts& parts)
    : parts_(parts),
      walk_cache_(parts.params.walk_cache, parts.walk_cache_stats),
      queue_(parts.params.walker.queue_depth, parts.params.walker.count),
      units_(parts.params.walker.count) {}

const WalkRecord& CppWalkEngine::walk(LocalClock& clock, const WalkRequest& request, Leaf& leaf,
                                      bool& cacheable) {
  const WalkQueue::Start start = queue_.acquire(clock);
  WalkRecord& record = units_[start.engine].record;
  record.address = request.address;
  record.asid = request.context.asid();
  record.access = request.access;
  record.privilege = request.context.privilege;
  record.engine = static_cast<std::uint8_t>(start.engine);
  record.requested = start.requested;
  record.started = clock.now();
  record.read_count = record.update_count = 0;

  with_format_of(request.context.satp, [&]<typename Format>() {
    Sequence<Format> sequence(*this, clock, request, start.engine);
    sequence.run();
    leaf = sequence.leaf();
    cacheable = sequence.cacheable();
  });
  walk_cache_.settle(clock.now());
  queue_.release(clock, start.engine);
  return record;
}

void CppWalkEngine::fence(Cycles now, const FenceScope& scope) {
  last_fence_ = now;
  walk_cache_.fence(now, scope);
}

void CppWalkEngine::flush(Cycles now) {
  last_fence_ = now;
  walk_cache_.flush(now);
}

}  // namespace faultline
