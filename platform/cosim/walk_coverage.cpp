// SPDX-License-Identifier: Apache-2.0
#include "platform/cosim/walk_coverage.h"

#include <algorithm>
#include <bit>

#include "models/mmu/pte.h"
#include "platform/cosim/walk_bins.h"

namespace faultline {

namespace {

using namespace walk_bins;

enum RtlState : std::uint8_t { Idle = 0 };  // state_e of rtl/faultline_pkg.sv

constexpr std::uint64_t kReservedMask = ~std::uint64_t{0} << kLowestReserved;
constexpr std::uint64_t kRwx = kPteR | kPteW | kPteX;

unsigned form_of(bool has_address, bool has_asid) {
  return (has_asid ? 2U : 0U) + (has_address ? 1U : 0U);
}

bool writable_only(std::uint64_t pte) {
  return (pte & (kPteR | kPteW)) == kPteW;
}

/// R, X, RW, RX, RWX in the order of the columns.
std::size_t rights_column(std::uint64_t pte) {
  std::size_t column = 0;
  switch (pte & kRwx) {
    case kPteX:
      column = 1;
      break;
    case kPteR | kPteW:
      column = 2;
      break;
    case kPteR | kPteX:
      column = 3;
      break;
    case kRwx:
      column = 4;
      break;
    default:
      break;
  }
  return column + ((pte & kPteU) != 0 ? 5 : 0);
}

/// If exactly one of the bits from `lowest` on differs from the others: which one.
int odd_bit(std::uint64_t address, unsigned lowest) {
  const std::uint64_t mask = ~std::uint64_t{0} << lowest;
  for (const std::uint64_t bits : {address & mask, ~address & mask}) {
    if (std::has_single_bit(bits)) return std::countr_zero(bits);
  }
  return -1;
}

/// Counts of a group by name; 0 if it has none of that name.
std::uint64_t counter(const StatGroup& group, std::string_view name) {
  for (const StatGroup::Counter& c : group.counters()) {
    if (c.name == name) return *c.value;
  }
  return 0;
}

}  // namespace

WalkCoverage::WalkCoverage() : tables_(make_tables()) {}

void WalkCoverage::begin_design(const MmuParams& params) {
  params_ = params;
  widen(tables_, params);
}

void WalkCoverage::begin_round(const Round& round) {
  round_ = &round;
  states_.fill(Idle);
  refused_.fill(false);
  fences_.clear();
}

void WalkCoverage::walk(const WalkRequest& request, Cycles submitted, const WalkAnswer& answer,
                        Cycles start) {
  const WalkRecord& record = answer.record;
  const std::size_t row =
      record.leaf_level * std::size_t{4} + static_cast<std::size_t>(record.access);
  table(Outcome).hit(row, static_cast<std::size_t>(record.status));
  if (record.status == AbortStatus::NonCanonical) {
    const unsigned levels = levels_of_mode(request.context.satp);
    const int bit = odd_bit(request.address.value, 11 + 9 * levels);
    if (bit >= 0) table(Canonical).hit(levels - 3, static_cast<unsigned>(bit) - kLowestUpper);
  } else if (record.status == AbortStatus::WalkAccessFault) {
    refusal(record);
  } else {
    decision(request, record);
  }
  const unsigned root = levels_of_mode(request.context.satp) - 1;
  if (record.walk_cache_level < root) {
    table(WalkCaches).hit(record.walk_cache_level, FirstBelow);
  }
  queued_fences(record);
  moments(submitted + start, answer);
}

// What the last entry that was read made of the walk.
void WalkCoverage::decision(const WalkRequest& request, const WalkRecord& record) {
  const PteRead& last = record.reads[record.read_count - 1U];
  switch (record.status) {
    case AbortStatus::Translation:
      table(Entries).hit(last.level, Invalid);
      break;
    case AbortStatus::ReservedEncoding:
      reserved(record, last.value);
      break;
    case AbortStatus::MisalignedSuperpage: {
      const std::uint64_t low =
          last.value >> kPtePpnShift & ((std::uint64_t{1} << (9 * last.level)) - 1);
      if (std::has_single_bit(low)) {
        table(Misaligned).hit(last.level - 1U, static_cast<unsigned>(std::countr_zero(low)) / 9);
      }
      [[fallthrough]];
    }
    default:
      rights(request, record, last.value);
      break;
  }
}

void WalkCoverage::rights(const WalkRequest& request, const WalkRecord& record, std::uint64_t pte) {
  const TranslationContext& context = request.context;
  const auto access = static_cast<std::size_t>(request.access);
  const std::size_t mode = (context.privilege == Privilege::User ? 4U : 0U) +
                           (context.sum ? 2U : 0U) + (context.mxr ? 1U : 0U);
  table(Rights).hit(access * 8 + mode, rights_column(pte));
  if (record.status == AbortStatus::None || record.status == AbortStatus::AccessFlag) {
    const std::size_t bits = ((pte & kPteA) != 0 ? 2U : 0U) + ((pte & kPteD) != 0 ? 1U : 0U);
    table(AccessedDirty).hit(access * 2 + (context.adue ? 1U : 0U), bits);
  }
}

void WalkCoverage::reserved(const WalkRecord& record, std::uint64_t pte) {
  const unsigned level = record.leaf_level;
  const bool leaf = (pte & (kPteR | kPteX)) != 0;
  const std::uint64_t bits = pte & kReservedMask;
  if (std::has_single_bit(bits)) {
    table(ReservedBits)
        .hit(leaf ? 0 : 1, static_cast<unsigned>(std::countr_zero(bits)) - kLowestReserved);
  }
  if (writable_only(pte)) return table(Entries).hit(level, WriteOnly);
  if (leaf) return table(Entries).hit(level, ReservedInLeaf);
  if (level == 0) return table(Entries).hit(level, LowestPointer);
  if (bits != 0) return table(Entries).hit(level, ReservedInPointer);
  switch (pte & (kPteD | kPteA | kPteU)) {
    case kPteD:
      return table(Entries).hit(level, DirtyPointer);
    case kPteA:
      return table(Entries).hit(level, AccessedPointer);
    case kPteU:
      return table(Entries).hit(level, UserPointer);
    default:
      break;
  }
}

void WalkCoverage::refusal(const WalkRecord& record) {
  const PteRead& read = record.reads[record.read_count - 1U];
  if (record.update_count != 0) {
    const PteUpdate& update = record.updates[record.update_count - 1U];
    if (update.issued >= read.responded) {
      return table(Refusals).hit(1, update.responded == update.issued ? ByPmp : ByBus);
    }
    if (record.update_count == WalkRecord::kMaxUpdates && read.responded != read.issued) {
      return table(Moments).hit(UpdatesGivenUp);
    }
  }
  const std::uint64_t offset = read.address.value - round_->base().value;
  switch (round_->map().kind_of(read.address, sizeof(std::uint64_t))) {
    case RegionKind::Hole:
      return table(Refusals).hit(0, ByHole);
    case RegionKind::Device:
      return table(Refusals).hit(0, ByDevice);
    case RegionKind::Memory:
      break;
  }
  if (read.responded == read.issued) return table(Refusals).hit(0, ByPmp);
  const bool no_bytes = offset >= round_->memory().size() * sizeof(std::uint64_t);
  table(Refusals).hit(0, no_bytes ? ByNoBytes : ByBus);
}

void WalkCoverage::moments(Cycles submitted, const WalkAnswer& answer) {
  const WalkRecord& record = answer.record;
  CoverTable& moments = table(Moments);
  if (record.requested != submitted) moments.hit(WaitedOutside);
  if (record.started != record.requested) moments.hit(WaitedInQueue);
  if (record.started == submitted) moments.hit(TakenAtOnce);
  moments.hit(answer.cacheable ? Kept : NotKept);
  if (record.status == AbortStatus::None) {
    const bool global = (answer.leaf.flags & kPteG) != 0;
    const bool by_leaf = (answer.leaf.pte & kPteG) != 0;
    moments.hit(!global ? NotGlobal : by_leaf ? GlobalLeaf : GlobalPointer);
  }
  for (unsigned i = 0; i < record.update_count; ++i) {
    moments.hit(record.updates[i].stored ? UpdateStored : UpdateLost);
  }
  for (unsigned i = 0; i < record.read_count; ++i) {
    const Cycles took = record.reads[i].responded - record.reads[i].issued;
    if (took != 0) moments.hit(took == 1 ? AnswerAfterOneCycle : AnswerLater);
  }
}

// Those that came while the request waited for a walk engine.
void WalkCoverage::queued_fences(const WalkRecord& record) {
  for (const Fence& fence : fences_) {
    if (fence.cycle > record.requested && fence.cycle < record.started) {
      table(Fences).hit(kQueuedRow, fence.form);
    }
  }
}

void WalkCoverage::clock(Cycles cycle, const WalkerInputs& inputs, const WalkerOutputs& outputs) {
  constexpr std::size_t kRemembered = 64;
  if (inputs.fence_valid) {
    fences_.push_back({cycle, form_of(inputs.fence_has_address, inputs.fence_has_asid)});
    if (fences_.size() > kRemembered) fences_.pop_front();
  }
  for (unsigned i = 0; i < params_.walker.count; ++i) clock_engine(i, inputs, outputs);
  if (params_.walker.count > 1) coincidences(inputs, outputs);
}

void WalkCoverage::clock_engine(unsigned engine, const WalkerInputs& inputs,
                                const WalkerOutputs& outputs) {
  const WalkerEngineInputs& in = inputs.engine[engine];
  const WalkerEngineOutputs& out = outputs.engine[engine];
  if (out.state != states_[engine]) {
    table(Arcs).hit(states_[engine], out.state);
    states_[engine] = out.state;
  }
  if (inputs.fence_valid) {
    table(Fences).hit(out.state, form_of(inputs.fence_has_address, inputs.fence_has_asid));
    if (out.started) table(Moments).hit(FenceAtStart);
  }
  if (out.started && out.response_valid) table(Moments).hit(BackToBack);
  if (in.memory_grant) {
    table(Moments).hit(refused_[engine] ? GrantedLater : GrantedAtOnce);
    if (in.memory_valid) table(Moments).hit(GrantWithAnswer);
  }
  refused_[engine] = out.memory_request && !in.memory_grant;
}

void WalkCoverage::coincidences(const WalkerInputs& inputs, const WalkerOutputs& outputs) {
  unsigned requests = 0;
  unsigned answers = 0;
  unsigned ends = 0;
  for (unsigned i = 0; i < params_.walker.count; ++i) {
    requests += outputs.engine[i].memory_request ? 1U : 0U;
    answers += inputs.engine[i].memory_valid ? 1U : 0U;
    ends += outputs.engine[i].response_valid ? 1U : 0U;
  }
  CoverTable& moments = table(Moments);
  if (requests > 1) moments.hit(TwoRequests);
  if (answers > 1) moments.hit(TwoAnswers);
  if (ends > 1) moments.hit(TwoEnds);
  for (const WalkCacheLevelOutputs& level : outputs.walk_cache) {
    if (level.lookups > 1) moments.hit(TwoLookUps);
    if (level.fills > 1) moments.hit(TwoFills);
  }
}

void WalkCoverage::end_round(const StatGroup& walk_cache) {
  for (const auto& group : walk_cache.groups()) {
    const auto row = static_cast<std::size_t>(group->name().back() - '1');  // "level1"
    table(WalkCaches).hit(row, Fill, counter(*group, "fills"));
    table(WalkCaches).hit(row, Eviction, counter(*group, "evictions"));
    table(WalkCaches).hit(row, Fenced, counter(*group, "fenced"));
  }
}

}  // namespace faultline
