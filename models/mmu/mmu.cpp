// SPDX-License-Identifier: Apache-2.0
#include "models/mmu/mmu.h"

#include <cassert>
#include <optional>
#include <string>

#include "models/mmu/cpp_l2_tlb.h"
#include "models/mmu/format.h"
#include "models/mmu/walk.h"

namespace faultline {

namespace {

/// What a copy in a TLB means for an access.
enum class Verdict : std::uint8_t { Use, Abort, Walk };

/// Judges a copy as mmu.h says; sets `status` for Abort.
Verdict judge(const Leaf& leaf, AccessType access, const TranslationContext& context,
              AbortStatus& status) {
  if (LeafTest(access, context).passes(leaf.flags)) return Verdict::Use;
  status = check_permission(leaf.flags, access, context);
  if (status != AbortStatus::None) return Verdict::Abort;
  if (context.adue) return Verdict::Walk;
  status = AbortStatus::AccessFlag;
  return Verdict::Abort;
}

/// The page of an address that is not translated, for a functional TLB: everything is allowed.
Leaf identity_leaf(VirtAddr va, Privilege privilege) {
  Leaf leaf;
  leaf.page = PhysAddr{va.value & ~(kPageBytes - 1)};
  leaf.page_shift = kPageShift;
  const auto user = privilege == Privilege::User ? kPteU : 0;
  leaf.flags = static_cast<std::uint8_t>(kPteV | kPteR | kPteW | kPteX | kPteA | kPteD | user);
  return leaf;
}

[[nodiscard]] bool is_canonical(VirtAddr va, std::uint64_t satp) {
  return with_format_of(satp, [va]<typename Format>() { return Format::is_canonical(va); });
}

[[nodiscard]] std::uint8_t root_level(std::uint64_t satp) {
  return with_format_of(
      satp, []<typename Format>() { return static_cast<std::uint8_t>(Format::kLevels - 1); });
}

/// One walk without time: every entry straight from main memory. Returns the walk's end.
template <typename Format>
Next walk_functional(Walk<Format>& walk, const Pmp& pmp, const DirectMemory& memory) {
  const auto allowed = [&](PhysAddr entry, AccessType access) {
    return memory.contains(entry, Format::kPteBytes) &&
           pmp.allows(entry, Format::kPteBytes, access, Privilege::Supervisor);
  };
  Next next = walk.begin();
  while (next == Next::Read) {
    const PhysAddr entry = walk.entry_address();
    if (!allowed(entry, AccessType::Load)) return walk.refuse();
    next = walk.take(load_entry(memory.at(entry), Format::kPteBytes));
  }
  if (next == Next::Update) {
    const PhysAddr entry = walk.entry_address();
    if (!allowed(entry, AccessType::Store)) return walk.refuse();
    store_entry(memory.at(entry), Format::kPteBytes, walk.updated_entry());
    next = walk.updated(true);
  }
  return next;
}

/// What a walk of the tables as they are now says about a translation to `used`. A=0 is no matter:
/// a copy that outlives it only makes A less exact, which software may choose.
template <typename Format>
Staleness judge_copy(const Walk<Format>& walk, VirtAddr va, AccessType access, PhysAddr used) {
  switch (walk.abort().status) {
    case AbortStatus::None:
    case AbortStatus::AccessFlag:
      break;
    case AbortStatus::Permission:
      return Staleness::Forbidden;
    default:
      return Staleness::Unmapped;
  }
  const DecodedPte leaf = Format::decode(walk.entry());
  const std::uint64_t inside = (std::uint64_t{1} << Format::page_shift(walk.position().level)) - 1;
  if (leaf.target + (va.value & inside) != used) return Staleness::Moved;
  return writes(access) && (leaf.flags & kPteD) == 0 ? Staleness::Clean : Staleness::None;
}

}  // namespace

Mmu::Mmu(const sc_core::sc_module_name& name, const MmuParams& params, std::uint64_t period_ps,
         const Pmp& pmp, const MemoryMap& map, StatGroup& stats, const MmuEngines& engines)
    : sc_module(name),
      target("target"),
      downstream("downstream"),
      params_(params),
      period_ps_(period_ps),
      pmp_(pmp),
      map_(map),
      itlb_(params.l1_itlb, stats.group("l1_itlb")),
      dtlb_(params.l1_dtlb, stats.group("l1_dtlb")),
      walker_(params, pmp, map, stats.group("walker"), engines.walker) {
  if (params.l2_tlb.entries != 0) {
    StatGroup& group = stats.group("l2_tlb");
    l2_tlb_ = engines.l2_tlb ? engines.l2_tlb(params.l2_tlb, group)
                             : std::make_unique<CppL2Tlb>(params.l2_tlb, group);
  }
  target.register_b_transport(this, &Mmu::b_transport);
  target.register_transport_dbg(this, &Mmu::transport_dbg);
  register_statistics(stats);
}

Translation Mmu::translate(LocalClock& clock, VirtAddr va, AccessType access,
                           const TranslationContext& context, TranslationTimes* times,
                           unsigned bytes) {
  assert(supports_satp_mode(context.satp >> 60));
  TranslationTimes own;
  TranslationTimes& t = times != nullptr ? *times : own;
  t = {clock.now(), clock.now(), clock.now(), clock.now(), false};

  Translation result;
  unsigned level = 0;
  if (!context.paged()) {
    result.address = PhysAddr{va.value};
  } else {
    const Outcome outcome = find_leaf(clock, va, access, context, t);
    result.abort = outcome.abort;
    level = outcome.leaf.level;
    if (result.ok()) {
      result.address = outcome.leaf.address_of(va);
      result.pte = outcome.leaf.pte;
    }
  }
  if (result.ok() && !physical_allowed(result.address, bytes, access, context.privilege)) {
    result.abort = {AbortStatus::AccessFault, access, static_cast<std::uint8_t>(level), va};
  }
  if (!result.ok()) ++aborts_[static_cast<std::size_t>(result.abort.status)];
  t.done = clock.now();
  if (observer_ != nullptr) [[unlikely]]
    report({va, access, context, t, result, static_cast<std::uint8_t>(level)});
  check_copy(va, access, context, result);
  return result;
}

void Mmu::report(ObservedTranslation translation) const {
  if (!translation.result.ok()) translation.level = translation.result.abort.level;
  if (translation.times.walked) translation.walk = last_walk_;
  observer_->translated(translation);
}

Mmu::Outcome Mmu::find_leaf(LocalClock& clock, VirtAddr va, AccessType access,
                            const TranslationContext& context, TranslationTimes& times) {
  Tlb& l1 = access == AccessType::Fetch ? itlb_ : dtlb_;
  const Asid asid = context.asid();
  const auto use_copy = [&](const Leaf& leaf) -> Outcome {
    AbortStatus status = AbortStatus::None;
    if (judge(leaf, access, context, status) == Verdict::Walk) {
      ++dirty_walks_;
      return walk(clock, va, access, context, times);
    }
    return {{status, access, leaf.level, va}, leaf};
  };

  const Tlb::Index in_l1 = l1.lookup(va, asid);
  clock.advance(l1.latency_cycles());
  times.l1_done = times.l2_done = clock.now();
  times.l1 = in_l1 != Tlb::kNone ? TlbAnswer::Hit : TlbAnswer::Miss;
  if (!is_canonical(va, context.satp)) {
    return {{AbortStatus::NonCanonical, access, root_level(context.satp), va}, {}};
  }
  if (in_l1 != Tlb::kNone) return use_copy(l1.leaf(in_l1));
  if (!l2_tlb_) return walk(clock, va, access, context, times);

  clock.before_shared();
  const std::optional<Leaf> in_l2 = l2_tlb_->lookup(clock, va, asid);
  times.l2_done = clock.now();
  times.l2 = in_l2 ? TlbAnswer::Hit : TlbAnswer::Miss;
  if (!in_l2) return walk(clock, va, access, context, times);
  const Outcome outcome = use_copy(*in_l2);
  if (outcome.abort.status == AbortStatus::None && !times.walked) l1.insert(va, asid, outcome.leaf);
  return outcome;
}

Mmu::Outcome Mmu::walk(LocalClock& clock, VirtAddr va, AccessType access,
                       const TranslationContext& context, TranslationTimes& times) {
  Outcome outcome;
  bool cacheable = false;
  const WalkRecord& record = walker_.walk(clock, {va, access, context}, outcome.leaf, cacheable);
  times.walked = true;
  last_walk_ = &record;
  outcome.abort = {record.status, access, record.leaf_level, va};
  if (record.status == AbortStatus::None && cacheable) {
    if (l2_tlb_) l2_tlb_->insert(clock.now(), va, context.asid(), outcome.leaf);
    Tlb& l1 = access == AccessType::Fetch ? itlb_ : dtlb_;
    l1.insert(va, context.asid(), outcome.leaf);
  }
  return outcome;
}

Translation Mmu::translate_functional(VirtAddr va, AccessType access,
                                      const TranslationContext& context, Leaf* leaf,
                                      unsigned bytes) const {
  assert(supports_satp_mode(context.satp >> 60));
  Translation result;
  unsigned level = 0;
  if (!context.paged()) {
    result.address = PhysAddr{va.value};
    if (leaf != nullptr) *leaf = identity_leaf(va, context.privilege);
  } else {
    with_format_of(context.satp, [&]<typename Format>() {
      Walk<Format> walk(va, access, context);
      const Next end = walk_functional(walk, pmp_, walker_.port().direct_memory());
      result.abort = walk.abort();
      if (end != Next::Done) return;
      level = walk.leaf().level;
      result.address = walk.leaf().address_of(va);
      result.pte = walk.leaf().pte;
      if (leaf != nullptr) *leaf = walk.leaf();
    });
  }
  if (result.ok() && !physical_allowed(result.address, bytes, access, context.privilege)) {
    result.abort = {AbortStatus::AccessFault, access, static_cast<std::uint8_t>(level), va};
  }
  return result;
}

void Mmu::compare(VirtAddr va, AccessType access, const TranslationContext& context,
                  const Translation& used) {
  ++checked_;
  TranslationContext looking = context;
  looking.adue = false;  // looking must not change the tables
  with_format_of(context.satp, [&]<typename Format>() {
    Walk<Format> walk(va, access, looking);
    walk_functional(walk, pmp_, walker_.port().direct_memory());
    const Staleness kind = judge_copy<Format>(walk, va, access, used.address);
    if (kind == Staleness::None) return;
    ++stale_;
    if (!on_stale_) return;
    on_stale_({.kind = kind,
               .address = va,
               .access = access,
               .asid = context.asid(),
               .used = used.pte,
               .current = walk.entry(),
               .level = walk.position().level});
  });
}

bool Mmu::physical_allowed(PhysAddr address, unsigned bytes, AccessType access,
                           Privilege privilege) const {
  const bool exists = walker_.port().direct_memory().contains(address, bytes) ||
                      map_.kind_of(address, bytes) != RegionKind::Hole;
  return exists && pmp_.allows(address, bytes, access, privilege);
}

void Mmu::fence(LocalClock& clock, const FenceScope& scope) {
  clock.before_shared();
  ++fences_;
  itlb_.fence(scope);
  dtlb_.fence(scope);
  if (l2_tlb_) l2_tlb_->fence(clock.now(), scope);
  walker_.fence(clock.now(), scope);
}

void Mmu::flush_all(LocalClock& clock) {
  clock.before_shared();
  itlb_.flush();
  dtlb_.flush();
  if (l2_tlb_) l2_tlb_->flush(clock.now());
  walker_.flush(clock.now());
}

void Mmu::register_statistics(StatGroup& stats) {
  stats.counter("dirty_walks", "walks", "walks to set D for a write that hit a clean copy (Svadu)",
                dirty_walks_);
  stats.counter("fences", "fences", "sfence.vma", fences_);
  if (params_.check) {
    stats.counter("checked", "translations", "translations compared with the tables", checked_);
    stats.counter("stale", "translations", "of those, not what the tables said", stale_);
  }
  constexpr std::array<const char*, kStatuses> kNames = {"none",
                                                         "non_canonical",
                                                         "translation",
                                                         "reserved_encoding",
                                                         "misaligned_superpage",
                                                         "permission",
                                                         "access_flag",
                                                         "walk_access_fault",
                                                         "access_fault"};
  for (std::size_t i = 1; i < kStatuses; ++i) {
    stats.counter(std::string("aborts_") + kNames[i], "aborts",
                  std::string("aborts: ") + to_string(static_cast<AbortStatus>(i)), aborts_[i]);
  }
}

}  // namespace faultline
