// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/walk_states.h"

namespace faultline {

namespace {

using State = WaveWalkState;

/// Writes states down as their ends become known.
class Timeline {
 public:
  explicit Timeline(Cycles start) : now_(start) {}

  /// The walk is in `state` from where it stands up to `end`.
  void spend(State state, Cycles end) {
    if (end <= now_) return;
    changes_.push_back({now_, state});
    now_ = end;
  }
  [[nodiscard]] Cycles now() const { return now_; }
  [[nodiscard]] std::vector<WalkStateChange> finish() {
    changes_.push_back({now_, State::Idle});
    return std::move(changes_);
  }

 private:
  Cycles now_;
  std::vector<WalkStateChange> changes_;
};

}  // namespace

std::vector<WalkStateChange> walk_states(const WalkRecord& walk, const MmuParams& params) {
  const WalkerParams& timing = params.walker;
  const Cycles respond = walk.finished - timing.respond_cycles;
  Timeline line(walk.started);
  line.spend(State::Accept, walk.started + timing.accept_cycles);
  if (walk.read_count != 0 && params.walk_cache.enabled()) {
    line.spend(State::LookUp, line.now() + params.walk_cache.latency_cycles);
  }
  State next = State::Issue;  // what an engine does that goes on, but not to memory
  unsigned update = 0;
  for (unsigned read = 0; read < walk.read_count; ++read) {
    line.spend(State::Issue, walk.reads[read].issued);
    line.spend(State::Wait, walk.reads[read].responded);
    if (line.now() >= respond) break;  // refused without an answer
    line.spend(State::Decode, line.now() + timing.decode_cycles);
    next = State::Update;
    const bool updates =
        update < walk.update_count && (read + 1U == walk.read_count ||
                                       walk.updates[update].issued <= walk.reads[read + 1].issued);
    if (!updates) continue;
    line.spend(State::Update, walk.updates[update].issued);
    line.spend(State::UpdateWait, walk.updates[update].responded);
    next = State::Issue;
    ++update;
  }
  line.spend(next, respond);  // it was given up for its many reads or updates
  line.spend(State::Respond, walk.finished);
  return line.finish();
}

}  // namespace faultline
