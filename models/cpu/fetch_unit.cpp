// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/fetch_unit.h"

#include <algorithm>

#include "models/cpu/decode.h"

namespace faultline {

namespace {

constexpr std::uint64_t kOffsetMask = kPageBytes - 1;
constexpr unsigned kSlotsInLine = kLineBytes / 2;

unsigned slot_of(VirtAddr pc) {
  return static_cast<unsigned>((pc.value & kOffsetMask) / 2);
}

}  // namespace

FetchUnit::FetchUnit(const HartLinks& links, const HartHostOptions& options, LocalClock& clock,
                     Stalls& stalls, MemoryPort& port, CodeCache& code, LoadStoreUnit& data,
                     AccessRecorder& recorder)
    : mmu_(links.mmu),
      itlb_(links.mmu.itlb()),
      l1i_(links.l1i),
      pmp_(links.pmp),
      use_code_cache_(options.decode_cache),
      hints_(options.translation_hints && !links.mmu.checks()),
      clock_(clock),
      stalls_(stalls),
      port_(port),
      code_(code),
      data_(data),
      recorder_(recorder),
      copies_(kCopies) {
  for (DecodedInst& slot : scratch_.slot) slot.op = Op::Refetch;
}

void FetchUnit::set_context(TranslationContext context) {
  bool recycled = false;
  context.sum = false;
  context.mxr = false;
  if (context == context_) return;
  context_ = context;
  paged_ = context.paged();
  bits_ = numbers_.bits_of(context, recycled);
  if (recycled) flush();
  drop_line();
}

void FetchUnit::fence(const FenceScope& scope) {
  if (scope.has_address) {
    for (Copy& c : copies_) {
      const unsigned shift = std::max<unsigned>(c.page_shift, kPageShift);
      const std::uint64_t va = c.key << kPageShift;
      if (va >> shift == scope.address.value >> shift) c = {};
    }
  } else {
    std::fill(copies_.begin(), copies_.end(), Copy{});
  }
  drop_line();
}

void FetchUnit::memory_written() {
  scratch_.slot[scratch_slot_].op = Op::Refetch;  // the rest may be in use
}

void FetchUnit::flush() {
  std::fill(copies_.begin(), copies_.end(), Copy{});
  drop_line();
}

bool FetchUnit::fail(const Abort& abort) {
  trap_ = make_trap(abort);
  return false;
}

bool FetchUnit::access_fault(VirtAddr va) {
  return fail(Abort{
      .status = AbortStatus::AccessFault, .access = AccessType::Fetch, .level = 0, .address = va});
}

// --- Translation ---

/// Enters a translation into the copies. The page's stores must be seen from now on.
const FetchUnit::Copy* FetchUnit::keep(VirtAddr va, PhysAddr pa, const Leaf& leaf,
                                       Tlb::Index index) {
  const PhysAddr page{pa.value & ~kOffsetMask};
  const bool divided = (pmp_.page_permissions(page, context_.privilege) & Pmp::kMixed) != 0;
  CodePage* code = nullptr;
  if (use_code_cache_ && !divided) {
    if (code_.full(page)) {
      flush();
      code_.clear();
      current_ = &scratch_;
      page_ = scratch_.slot.data();
    }
    const bool known = code_.holds(page);
    code = &code_.page(page);
    if (!known) data_.make_slow(page);
  }
  Copy& copy = copy_for(va);
  copy = {.key = (va.value >> kPageShift) | bits_,
          .page = page,
          .code = code,
          .pte = leaf.pte,
          .index = index,
          .page_shift = leaf.page_shift};
  return &copy;
}

const FetchUnit::Copy* FetchUnit::translate_copied(VirtAddr va) {
  Copy& copy = copy_for(va);
  if (copy.key == ((va.value >> kPageShift) | bits_)) {
    mmu_.check_copy(va, AccessType::Fetch, context_,
                    {.address = copy.page + (va.value & kOffsetMask), .pte = copy.pte});
    return &copy;
  }
  Leaf leaf;
  const Translation result = mmu_.translate_functional(va, AccessType::Fetch, context_, &leaf, 2);
  const Cycles now = clock_.now();
  recorder_.note({.address = va,
                  .access = AccessType::Fetch,
                  .privilege = context_.privilege,
                  .times = {.start = now, .l1_done = now, .l2_done = now, .done = now},
                  .abort = result.abort,
                  .pte = result.pte},
                 mmu_.last_walk());
  if (!result.ok()) {
    fail(result.abort);
    return nullptr;
  }
  // In cycle fidelity it is the bus that refuses a fetch from what is no memory.
  if (!port_.in_memory(result.address)) {
    access_fault(va);
    return nullptr;
  }
  return keep(va, result.address, leaf, Tlb::kNone);
}

const FetchUnit::Copy* FetchUnit::translate_timed(VirtAddr va) {
  Copy& copy = copy_for(va);
  const Cycles start = clock_.now();
  if (hints_ && !observed_ && copy.key == ((va.value >> kPageShift) | bits_)) {
    if (!paged_) return &copy;
    if (itlb_.matches(copy.index, va, context_.asid()) && itlb_.leaf(copy.index).pte == copy.pte) {
      itlb_.touch(copy.index);
      clock_.advance(itlb_.latency_cycles());
      stalls_.charge_since(Stall::FetchTranslation, start, clock_);
      return &copy;
    }
  }
  TranslationTimes times;
  const Translation result = mmu_.translate(clock_, va, AccessType::Fetch, context_, &times, 2);
  if (times.walked) clock_.refresh_horizon();
  stalls_.charge_since(Stall::FetchTranslation, start, clock_);
  recorder_.note({.address = va,
                  .access = AccessType::Fetch,
                  .privilege = context_.privilege,
                  .times = times,
                  .abort = result.abort,
                  .pte = result.pte},
                 mmu_.last_walk());
  if (!result.ok()) {
    fail(result.abort);
    return nullptr;
  }
  const Tlb::Index index = paged_ ? itlb_.find(va, context_.asid()) : Tlb::kNone;
  if (index != Tlb::kNone) return keep(va, result.address, itlb_.leaf(index), index);
  const Copy* const kept = keep(va, result.address, Leaf{}, index);
  if (paged_) copy_for(va).key = PageCopies::kNoKey;  // not in the TLB: good for this once
  return kept;
}

// --- Lines ---

/// Makes the line of `va` the held one.
bool FetchUnit::hold_line(VirtAddr va) {
  if (held_.line == line_of(va)) return true;
  held_.line = kNoLine;
  const Copy* const copy = translate_timed(va);
  if (copy == nullptr) return false;
  const PhysAddr pa = copy->page + (va.value & kOffsetMask);
  const HeldLine line{line_of(va), copy->page, copy->code};
  if (!l1i_.try_hit(pa, false)) {
    const Cycles start = clock_.now();
    const CacheResult result = l1i_.load_miss(clock_, pa);
    clock_.refresh_horizon();
    stalls_.charge_since(Stall::Fetch, start, clock_);
    if (result.error) return access_fault(va);
  }
  held_ = line;
  return true;
}

const DecodedInst* FetchUnit::advance_line(const DecodedInst* inst) {
  const VirtAddr pc = pc_of(inst);
  if (!hold_line(pc)) return nullptr;
  if (held_.page != current_->base || held_.code == nullptr) return fetch<Fidelity::Cycle>(pc);
  const unsigned slot = slot_of(pc);
  const unsigned last = slot + inst->halfwords - 1;
  if (last / kSlotsInLine != slot / kSlotsInLine) {
    if (!hold_line(pc + 2)) return nullptr;
    if (held_.page != current_->base) return assemble<Fidelity::Cycle>(pc);
    // It may be executed, and nothing else of either line without a lookup of its own.
    line_begin_ = inst;
    line_slots_ = inst->halfwords;
    return inst;
  }
  line_begin_ = page_ + slot / kSlotsInLine * kSlotsInLine;
  line_slots_ = kSlotsInLine;
  return inst;
}

// --- Instructions ---

const DecodedInst* FetchUnit::enter(CodePage& code, VirtAddr pc) {
  current_ = &code;
  page_ = code.slot.data();
  page_va_ = pc.value & ~kOffsetMask;
  line_begin_ = page_ + slot_of(pc) / kSlotsInLine * kSlotsInLine;
  line_slots_ = kSlotsInLine;
  return page_ + slot_of(pc);
}

template <Fidelity kFidelity>
const DecodedInst* FetchUnit::fetch(VirtAddr pc) {
  CodePage* code = nullptr;
  if constexpr (kFidelity == Fidelity::Cycle) {
    if (!hold_line(pc)) return nullptr;
    code = held_.code;
  } else {
    const Copy* const copy = translate_copied(pc);
    if (copy == nullptr) return nullptr;
    code = copy->code;
  }
  return code != nullptr ? enter(*code, pc) : assemble<kFidelity>(pc);
}

/// The physical address of a halfword that is fetched: translated, looked up in the cache, checked.
template <Fidelity kFidelity>
bool FetchUnit::locate(VirtAddr va, PhysAddr& pa) {
  if constexpr (kFidelity == Fidelity::Cycle) {
    if (!hold_line(va)) return false;
    pa = held_.page + (va.value & kOffsetMask);
  } else {
    const Copy* const copy = translate_copied(va);
    if (copy == nullptr) return false;
    pa = copy->page + (va.value & kOffsetMask);
  }
  return pmp_.allows(pa, 2, AccessType::Fetch, context_.privilege) || access_fault(va);
}

/// One instruction by itself, into the scratch page.
template <Fidelity kFidelity>
const DecodedInst* FetchUnit::assemble(VirtAddr pc) {
  PhysAddr pa;
  if (!locate<kFidelity>(pc, pa)) return nullptr;
  auto bits = static_cast<std::uint32_t>(port_.read(pa, 2));
  if (is_four_bytes(static_cast<std::uint16_t>(bits))) {
    if (!locate<kFidelity>(pc + 2, pa)) return nullptr;
    bits |= static_cast<std::uint32_t>(port_.read(pa, 2)) << 16;
  }
  return put_scratch(pc, decode(bits));
}

const DecodedInst* FetchUnit::put_scratch(VirtAddr pc, const DecodedInst& inst) {
  scratch_.slot[scratch_slot_] = {.op = Op::Refetch};
  scratch_slot_ = slot_of(pc);
  scratch_.slot[scratch_slot_] = inst;
  current_ = &scratch_;
  page_ = scratch_.slot.data();
  page_va_ = pc.value & ~kOffsetMask;
  line_begin_ = page_ + scratch_slot_;
  line_slots_ = inst.halfwords;
  return line_begin_;
}

void FetchUnit::decode_slot(const DecodedInst* inst) {
  const auto slot = static_cast<unsigned>(inst - page_);
  const PhysAddr pa = current_->base + 2 * slot;
  const auto parcel = static_cast<std::uint16_t>(port_.read(pa, 2));
  DecodedInst& decoded = current_->slot[slot];
  if (!is_four_bytes(parcel)) {
    decoded = decode(parcel);
  } else if (slot == CodePage::kSlots - 1) {
    decoded = {.op = Op::Straddle};
  } else {
    decoded = decode(static_cast<std::uint32_t>(port_.read(pa, 4)));
  }
}

template const DecodedInst* FetchUnit::fetch<Fidelity::Functional>(VirtAddr);
template const DecodedInst* FetchUnit::fetch<Fidelity::Cycle>(VirtAddr);
template const DecodedInst* FetchUnit::assemble<Fidelity::Functional>(VirtAddr);
template const DecodedInst* FetchUnit::assemble<Fidelity::Cycle>(VirtAddr);

}  // namespace faultline
