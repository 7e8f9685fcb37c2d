// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/walk_bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"

namespace faultline {

namespace {

sc_core::sc_time to_time(Cycles cycles) {
  return sc_core::sc_time::from_value(cycles * kCosimPeriodPs);
}

Cycles to_cycles(const sc_core::sc_time& time) {
  return time.value() / kCosimPeriodPs;
}

/// The first cycle from `cycle` on that is `initiator` modulo `initiators`.
Cycles own_cycle(Cycles cycle, unsigned initiator, std::size_t initiators) {
  return cycle + (initiator + initiators - cycle % initiators) % initiators;
}

/// The longest that the walks of all initiators together can take, one after another.
Cycles longest_silence(const Round& round, const MmuParams& params) {
  const WalkerParams& w = params.walker;
  const Cycles memory = round.temper().latency_cycles + round.initiators().size();
  const Cycles reads = WalkRecord::kMaxReads * (w.issue_cycles + memory + w.decode_cycles);
  const Cycles updates = WalkRecord::kMaxUpdates * (w.update_cycles + memory);
  const Cycles walk =
      w.accept_cycles + params.walk_cache.latency_cycles + reads + updates + w.respond_cycles;
  return round.temper().gap_cycles + round.initiators().size() * (walk + 1);
}

}  // namespace

WalkSide::WalkSide(const sc_core::sc_module_name& name) : sc_module(name) {
  target_.register_b_transport(this, &WalkSide::b_transport);
  port_.socket.bind(target_);
}

void WalkSide::begin(const Round& round, const MmuParams& params, const NamedEngine& engine,
                     Cycles start) {
  end();
  round_ = &round;
  start_ = start;
  pmp_ = round.pmp();
  map_ = round.map();
  memory_ = round.memory();
  port_.set_direct_memory({round.base(), memory_.size() * sizeof(std::uint64_t),
                           reinterpret_cast<unsigned char*>(memory_.data())});
  threads_.assign(round.initiators().size(), nullptr);
  statistics_ = std::make_unique<StatGroup>("walk_cache");
  engine_ = engine.make({.params = params,
                         .pmp = pmp_,
                         .map = map_,
                         .port = port_,
                         .walk_cache_stats = *statistics_});
}

void WalkSide::join(unsigned initiator) {
  threads_[initiator] = sc_core::sc_get_current_process_b();
}

void WalkSide::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const PhysAddr address{payload.get_address()};
  const Cycles cycle = to_cycles(sc_core::sc_time_stamp() + delay) - start_;
  const Cycles answered = answer_cycle(address, cycle);
  // Returns when it has happened: what rivals do takes place in the cycle of the answer.
  sc_core::wait(delay + to_time(answered - cycle));
  delay = sc_core::SC_ZERO_TIME;
  if (auto* attributes = payload.get_extension<MemoryAttributes>(); attributes != nullptr) {
    attributes->served_by = round_->served_by(address, cycle);
  }
  if (round_->error(address, cycle)) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  if (payload.is_write()) {
    entry(address) = round_->rival(address, answered, entry(address)).value_or(entry(address));
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

Cycles WalkSide::answer_cycle(PhysAddr address, Cycles cycle) const {
  const Cycles earliest = cycle + round_->latency(address, cycle);
  if (!round_->contended(address)) return earliest;
  const auto thread = std::ranges::find(threads_, sc_core::sc_get_current_process_b());
  return own_cycle(earliest, static_cast<unsigned>(thread - threads_.begin()), threads_.size());
}

WalkBench::WalkBench(const sc_core::sc_module_name& name) : sc_module(name) {
  sides_ = {std::make_unique<WalkSide>("left"), std::make_unique<WalkSide>("right")};
  SC_HAS_PROCESS(WalkBench);
  SC_METHOD(happen);  // a method runs before the threads of the same time
  dont_initialize();
  sensitive << next_happening_;
}

std::optional<Difference> WalkBench::run(const Round& round, const MmuParams& params,
                                         const std::array<NamedEngine, 2>& engines,
                                         const Witness& witness) {
  round_ = &round;
  engines_ = &engines;
  witness_ = &witness;
  // Cycle 0 of the simulation is that of the reset.
  start_ = last_answer_ = to_cycles(sc_core::sc_time_stamp()) + 1;
  ahead_.assign(round.initiators().size(), {});
  threads_.clear();
  happenings_ = 0;
  finished_ = 0;
  difference_.reset();
  for (unsigned side = 0; side < sides_.size(); ++side) {
    sides_[side]->begin(round, params, engines[side], start_);
  }
  for (unsigned side = 0; side < sides_.size(); ++side) {
    for (unsigned i = 0; i < round.initiators().size(); ++i) spawn(side, i);
  }
  schedule_happening();
  simulate(params);
  next_happening_.cancel();
  if (!difference_ && !finished()) report_silence();
  if (!difference_) compare_ends();
  stop_threads();
  return std::move(difference_);
}

void WalkBench::end() {
  for (const auto& side : sides_) side->end();
}

void WalkBench::spawn(unsigned side, unsigned initiator) {
  threads_.push_back(sc_core::sc_spawn([this, side, initiator] { initiate(side, initiator); }));
}

// Until all have finished, somebody differs, or nobody has answered for too long.
void WalkBench::simulate(const MmuParams& params) {
  const Cycles patience = longest_silence(*round_, params);
  Cycles answered = 0;
  do {
    answered = last_answer_;
    sc_core::sc_start(to_time(patience), sc_core::SC_EXIT_ON_STARVATION);
  } while (!finished() && !difference_ && last_answer_ != answered &&
           sc_core::sc_pending_activity());
}

void WalkBench::initiate(unsigned side, unsigned initiator) {
  const auto& walks = round_->initiators()[initiator];
  sides_[side]->join(initiator);
  LocalClock clock(kCosimPeriodPs);
  clock.advance_to(start_);
  try {
    for (const PlannedWalk& walk : walks) {
      const Cycles earliest = clock.now() + walk.gap - start_;
      clock.advance_to(start_ + own_cycle(earliest, initiator, round_->initiators().size()));
      clock.before_shared();
      const Cycles submitted = clock.now();
      WalkAnswer answer;
      answer.record =
          sides_[side]->engine().walk(clock, walk.request, answer.leaf, answer.cacheable);
      judge(side, initiator, submitted, answer);
      if (difference_) return;
    }
  } catch (const sc_core::sc_unwind_exception&) {
    throw;  // the thread is being ended
  } catch (const std::exception& e) {
    return report_failure(side, e.what());
  }
  ++finished_;
  if (finished()) next_happening_.cancel();
}

void WalkBench::judge(unsigned side, unsigned initiator, Cycles submitted,
                      const WalkAnswer& answer) {
  if (difference_) return;
  last_answer_ = std::max(last_answer_, answer.record.finished);
  Ahead& ahead = ahead_[initiator];
  if (ahead.answers.empty() || ahead.side == side) {
    ahead.side = side;
    ahead.answers.push_back(answer);
    return;
  }
  const WalkAnswer& other = ahead.answers.front();
  const std::size_t index = ahead.compared++;
  if (same(answer, other)) {
    (*witness_)(round_->initiators()[initiator][index].request, submitted - start_, answer);
  } else {
    report_answers(initiator, index,
                   side == 0 ? std::array{answer, other} : std::array{other, answer});
  }
  ahead.answers.pop_front();
}

void WalkBench::schedule_happening() {
  if (round_->temper().happening_cycles == 0) return;
  next_happening_.notify(to_time(round_->happening_distance(happenings_)));
}

void WalkBench::happen() {
  const Happening happening = round_->happening(happenings_++);
  const Cycles now = to_cycles(sc_core::sc_time_stamp());
  for (unsigned side = 0; side < sides_.size(); ++side) {
    try {
      switch (happening.kind) {
        case Happening::Kind::Fence:
          sides_[side]->engine().fence(now, happening.scope);
          break;
        case Happening::Kind::Flush:
          sides_[side]->engine().flush(now);
          break;
        case Happening::Kind::Rewrite:
          sides_[side]->rewrite(happening.address, happening.value);
          break;
      }
    } catch (const std::exception& e) {
      return report_failure(side, e.what());
    }
  }
  schedule_happening();
}

void WalkBench::report(Difference difference) {
  if (difference_) return;
  difference_ = std::move(difference);
  sc_core::sc_pause();
}

void WalkBench::report_failure(unsigned side, const std::string& what) {
  report({Difference::Kind::Assertion,
          fmt::format("{} failed in cycle {}: {}", (*engines_)[side].name,
                      to_cycles(sc_core::sc_time_stamp()) - start_, what),
          ""});
}

void WalkBench::report_answers(unsigned initiator, std::size_t index,
                               const std::array<WalkAnswer, 2>& both) {
  const WalkRequest& request = round_->initiators()[initiator][index].request;
  const bool cycles_only = same_but_for_cycles(both[0], both[1]);
  report({cycles_only ? Difference::Kind::Cycle : Difference::Kind::Record,
          fmt::format("walk {} of initiator {} differs: {}", index, initiator, describe(request)),
          fmt::format("{}\n{}",
                      side_by_side((*engines_)[0].name, describe(both[0], start_),
                                   (*engines_)[1].name, describe(both[1], start_)),
                      describe_path(*round_, memory_pair(), request))});
}

// Some initiator has not come to its end on at least one side.
void WalkBench::report_silence() {
  for (unsigned i = 0; i < ahead_.size(); ++i) {
    const Ahead& ahead = ahead_[i];
    if (ahead.compared == round_->initiators()[i].size()) continue;
    const WalkRequest& request = round_->initiators()[i][ahead.compared].request;
    std::string details;
    std::string who = "neither side has";
    if (!ahead.answers.empty()) {
      who = fmt::format("only {} has", (*engines_)[ahead.side].name);
      for (const AnswerLine& line : describe(ahead.answers.front(), start_)) {
        details += fmt::format("  {:<20} {}\n", line.name, line.value);
      }
      details += '\n';
    }
    return report(
        {Difference::Kind::Silence,
         fmt::format("{} answered walk {} of initiator {} by cycle {}: {}", who, ahead.compared, i,
                     to_cycles(sc_core::sc_time_stamp()) - start_, describe(request)),
         details + describe_path(*round_, memory_pair(), request)});
  }
}

void WalkBench::compare_ends() {
  if (const auto lines = compare_memory(*round_, memory_pair())) {
    return report({Difference::Kind::Memory, "memory differs at the end of the round", *lines});
  }
  if (const auto line = compare_statistics(sides_[0]->statistics(), sides_[1]->statistics())) {
    report({Difference::Kind::Statistics,
            fmt::format("the walk caches' statistics differ at the end of the round: {} ({}, {})",
                        *line, (*engines_)[0].name, (*engines_)[1].name),
            ""});
  }
}

// Only a process can end others at once.
void WalkBench::stop_threads() {
  if (finished()) return;
  sc_core::sc_spawn([this] {
    for (sc_core::sc_process_handle& thread : threads_) {
      if (thread.valid() && !thread.terminated()) thread.kill();
    }
  });
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

MemoryPair WalkBench::memory_pair() const {
  return {(*engines_)[0].name, (*engines_)[1].name, sides_[0]->memory(), sides_[1]->memory()};
}

}  // namespace faultline
