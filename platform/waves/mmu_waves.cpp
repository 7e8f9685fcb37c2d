// SPDX-License-Identifier: Apache-2.0
#include "platform/waves/mmu_waves.h"

#include "platform/waves/walk_states.h"
#include "platform/waves/wave_names.h"

namespace faultline {

namespace {

constexpr unsigned kAddressBits = 64;
constexpr unsigned kAsidBits = 16;
constexpr unsigned kLevelBits = 3;
constexpr unsigned kAccessBits = 2;
constexpr unsigned kStatusBits = 4;

std::uint64_t number(auto value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace

MmuWaves::MmuWaves(WaveLog& log, const std::string& scope, const MmuParams& params,
                   std::uint64_t period_ps)
    : log_(log),
      params_(params),
      period_ps_(period_ps),
      itlb_(add_tlb(scope + ".l1_itlb")),
      dtlb_(add_tlb(scope + ".l1_dtlb")) {
  if (params.l2_tlb.entries != 0) l2_tlb_ = add_tlb(scope + ".l2_tlb");
  const std::string request = scope + ".walk_request";
  request_ = {.valid = log.add_resting(request + ".valid", 1),
              .address = log.add(request + ".address", kAddressBits),
              .access = log.add(request + ".access", kAccessBits, &access_names()),
              .asid = log.add(request + ".asid", kAsidBits)};
  for (unsigned i = 0; i < params.walker.count; ++i) {
    engines_.push_back(add_engine(scope + ".walker" + std::to_string(i)));
  }
  const std::string abort = scope + ".abort";
  abort_ = {.status = log.add_resting(abort + ".status", kStatusBits, &abort_names()),
            .address = log.add(abort + ".address", kAddressBits),
            .access = log.add(abort + ".access", kAccessBits, &access_names()),
            .level = log.add(abort + ".level", kLevelBits)};
}

MmuWaves::TlbSignals MmuWaves::add_tlb(const std::string& scope) {
  return {.lookup = log_.add_resting(scope + ".lookup", 2, &lookup_names()),
          .address = log_.add(scope + ".address", kAddressBits),
          .asid = log_.add(scope + ".asid", kAsidBits),
          .level = log_.add(scope + ".level", kLevelBits)};
}

MmuWaves::EngineSignals MmuWaves::add_engine(const std::string& scope) {
  return {.state = log_.add_resting(scope + ".state", 4, &walk_state_names()),
          .address = log_.add(scope + ".address", kAddressBits),
          .asid = log_.add(scope + ".asid", kAsidBits),
          .access = log_.add(scope + ".access", kAccessBits, &access_names()),
          .level = log_.add(scope + ".level", kLevelBits),
          .entry_address = log_.add(scope + ".entry_address", kAddressBits),
          .entry = log_.add(scope + ".entry", kAddressBits),
          .served_by = log_.add(scope + ".served_by", 3, &served_by_names()),
          .update = log_.add_resting(scope + ".update", 1)};
}

void MmuWaves::translated(const ObservedTranslation& translation) {
  const TranslationTimes& times = translation.times;
  const TlbSignals& l1 = translation.access == AccessType::Fetch ? itlb_ : dtlb_;
  show_lookup(l1, times.l1, times.start, times.l1_done, translation);
  if (l2_tlb_) show_lookup(*l2_tlb_, times.l2, times.l1_done, times.l2_done, translation);
  if (translation.walk != nullptr) show_walk(*translation.walk);
  if (!translation.result.ok()) show_abort(translation);
}

/// Busy until the answer is there, then the answer for a cycle.
void MmuWaves::show_lookup(const TlbSignals& tlb, TlbAnswer answer, Cycles start, Cycles done,
                           const ObservedTranslation& translation) {
  if (answer == TlbAnswer::None) return;
  if (done != start) log_.set(tlb.lookup, ps(start), number(WaveLookup::Busy));
  log_.set(tlb.address, ps(start), translation.address.value);
  log_.set(tlb.asid, ps(start), translation.context.asid());
  const WaveLookup shown = answer == TlbAnswer::Hit ? WaveLookup::Hit : WaveLookup::Miss;
  log_.pulse(tlb.lookup, ps(done), ps(done + 1), number(shown));
  if (answer == TlbAnswer::Hit) {
    log_.set(tlb.level, ps(done), translation.level);
  } else {
    log_.set(tlb.level, ps(done), WaveValue::none());
  }
}

void MmuWaves::show_walk(const WalkRecord& walk) {
  log_.pulse(request_.valid, ps(walk.requested), ps(walk.requested + 1), 1);
  log_.set(request_.address, ps(walk.requested), walk.address.value);
  log_.set(request_.access, ps(walk.requested), number(walk.access));
  log_.set(request_.asid, ps(walk.requested), walk.asid);

  const EngineSignals& engine = engines_.at(walk.engine);
  log_.set(engine.address, ps(walk.started), walk.address.value);
  log_.set(engine.asid, ps(walk.started), walk.asid);
  log_.set(engine.access, ps(walk.started), number(walk.access));
  for (const WalkStateChange& change : walk_states(walk, params_)) {
    log_.set(engine.state, ps(change.cycle), number(change.state));
  }
  for (unsigned i = 0; i < walk.read_count; ++i) {
    const PteRead& read = walk.reads[i];
    log_.set(engine.level, ps(read.issued), read.level);
    log_.set(engine.entry_address, ps(read.issued), read.address.value);
    log_.set(engine.entry, ps(read.responded), read.value);
    log_.set(engine.served_by, ps(read.responded), number(read.served_by));
  }
  for (unsigned i = 0; i < walk.update_count; ++i) {
    const PteUpdate& update = walk.updates[i];
    log_.pulse(engine.update, ps(update.issued), ps(update.responded), 1);
    if (update.stored) log_.set(engine.entry, ps(update.responded), update.new_value);
  }
}

void MmuWaves::show_abort(const ObservedTranslation& translation) {
  const std::uint64_t at = ps(translation.times.done);
  const Abort& abort = translation.result.abort;
  log_.pulse(abort_.status, at, ps(translation.times.done + 1), number(abort.status));
  log_.set(abort_.address, at, abort.address.value);
  log_.set(abort_.access, at, number(abort.access));
  log_.set(abort_.level, at, abort.level);
}

}  // namespace faultline
