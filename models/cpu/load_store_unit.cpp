// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/load_store_unit.h"

#include <algorithm>

namespace faultline {

namespace {

/// Bytes of an access at `address` that lie in its first cache line.
unsigned bytes_in_line(std::uint64_t address, unsigned bytes) {
  const auto left = static_cast<unsigned>(kLineBytes - (address & (kLineBytes - 1)));
  return std::min(bytes, left);
}

bool aligned(VirtAddr va, unsigned bytes) {
  return (va.value & (bytes - 1)) == 0;
}

PhysAddr page_of(PhysAddr address) {
  return PhysAddr{address.value & ~(kPageBytes - 1)};
}

}  // namespace

LoadStoreUnit::LoadStoreUnit(const HartLinks& links, const HartHostOptions& options,
                             LocalClock& clock, ArchState& state, Pipeline& pipeline,
                             Stalls& stalls, MemoryPort& port, CodeCache& code,
                             AccessRecorder& recorder)
    : mmu_(links.mmu),
      dtlb_(links.mmu.dtlb()),
      l1d_(links.l1d),
      pmp_(links.pmp),
      map_(links.map),
      hints_(options.translation_hints && !links.mmu.checks()),
      clock_(clock),
      state_(state),
      pipeline_(pipeline),
      stalls_(stalls),
      port_(port),
      code_(code),
      recorder_(recorder) {}

void LoadStoreUnit::set_fidelity(Fidelity fidelity) {
  fidelity_ = fidelity;
  copies_.flush();
}

void LoadStoreUnit::set_context(const TranslationContext& context) {
  bool recycled = false;
  context_ = context;
  asid_ = context.asid();
  paged_ = context.paged();
  bits_ = numbers_.bits_of(context, recycled);
  if (recycled) copies_.flush();
  set_observed(observed_);
}

void LoadStoreUnit::set_observed(bool observed) {
  observed_ = observed;
  fast_bits_ = observed || mmu_.checks() ? PageCopies::kNoContext : bits_;
}

void LoadStoreUnit::watch_store(PhysAddr address, std::function<void()> callback) {
  watches_.push_back({address, std::move(callback)});
  copies_.make_slow(page_of(address));
}

bool LoadStoreUnit::is_special(PhysAddr page) const {
  return code_.holds(page) || std::any_of(watches_.begin(), watches_.end(), [&](const Watch& w) {
           return page_of(w.address) == page;
         });
}

void LoadStoreUnit::written(PhysAddr address, std::uint64_t bytes) {
  code_.invalidate(address, bytes);
  for (const Watch& w : watches_) {
    if (address.value < w.address.value + 8 && w.address.value < address.value + bytes) {
      w.callback();
    }
  }
}

// --- Failing ---

bool LoadStoreUnit::fail(const Abort& abort) {
  trap_ = make_trap(abort);
  return false;
}

bool LoadStoreUnit::fail(Exception cause, VirtAddr va) {
  trap_ = make_trap(cause, va.value);
  return false;
}

bool LoadStoreUnit::access_fault(VirtAddr va, AccessType access) {
  return fail(Abort{.status = AbortStatus::AccessFault, .access = access, .address = va});
}

// --- Translation ---

void LoadStoreUnit::note(VirtAddr va, AccessType access, const TranslationTimes& times,
                         const Translation& result) {
  recorder_.note({.pc = {},
                  .address = va,
                  .access = access,
                  .privilege = context_.privilege,
                  .times = times,
                  .walk = nullptr,
                  .abort = result.abort,
                  .pte = result.pte},
                 mmu_.last_walk());
}

/// Puts a translation into the copies. Of a page that is no main memory, that is protected in
/// parts, or whose stores must be seen, the copy is slow.
void LoadStoreUnit::keep(VirtAddr va, PhysAddr pa, const Leaf& leaf, Tlb::Index index) {
  const PhysAddr page = page_of(pa);
  const std::uint8_t allowed = pmp_.page_permissions(page, context_.privilege);
  const bool mixed = (allowed & Pmp::kMixed) != 0;
  unsigned char* const host_page = port_.host_page(page);
  const bool slow = mixed || host_page == nullptr || is_special(page);
  const std::uint64_t key = PageCopies::key(va, 1, bits_) | (slow ? PageCopies::kSlow : 0);
  const auto key_for = [&](AccessType access, std::uint8_t permission) {
    const bool usable = (!paged_ || LeafTest(access, context_).passes(leaf.flags)) &&
                        (mixed || (allowed & permission) != 0);
    return usable ? key : PageCopies::kNoKey;
  };
  const std::uint64_t virtual_page = va.value & ~(kPageBytes - 1);
  const PageCopies::Entry entry{
      .load_key = key_for(AccessType::Load, kPmpR),
      .store_key = key_for(AccessType::Store, kPmpW),
      .addend = slow ? 0 : std::bit_cast<std::uintptr_t>(host_page) - virtual_page,
      .page = page};
  copies_.fill(va, entry, {.pte = leaf.pte, .index = index}, leaf);
}

/// Functional fidelity: a copy answers if there is one, else the page tables do.
Translation LoadStoreUnit::translate_copied(VirtAddr va, unsigned bytes, AccessType access) {
  const unsigned slot = PageCopies::slot(va);
  const PageCopies::Entry& e = copies_.entry(slot);
  const std::uint64_t wanted = PageCopies::key(va, 1, bits_) | PageCopies::kSlow;
  if (((writes(access) ? e.store_key : e.load_key) | PageCopies::kSlow) == wanted) {
    const PhysAddr pa = e.page + (va.value & (kPageBytes - 1));
    if (pmp_.allows(pa, bytes, access, context_.privilege) &&
        map_.kind_of(pa, bytes) != RegionKind::Hole) {
      const Translation copied{.address = pa, .pte = copies_.origin(slot).pte};
      mmu_.check_copy(va, access, context_, copied);
      return copied;
    }
    return {.abort = {.status = AbortStatus::AccessFault, .access = access, .address = va}};
  }
  Leaf leaf;
  const Translation result = mmu_.translate_functional(va, access, context_, &leaf, bytes);
  if (result.ok()) keep(va, result.address, leaf, Tlb::kNone);
  return result;
}

/// Cycle fidelity: the whole timed path, and a hint for the next time.
Translation LoadStoreUnit::translate_timed(VirtAddr va, unsigned bytes, AccessType access) {
  const Cycles start = clock_.now();
  TranslationTimes times;
  const Translation result = mmu_.translate(clock_, va, access, context_, &times, bytes);
  if (times.walked) clock_.refresh_horizon();
  stalls_.charge_since(Stall::DataTranslation, start, clock_);
  note(va, access, times, result);
  if (!result.ok() || !hints_) return result;
  if (!paged_) {
    keep(va, result.address, Leaf{}, Tlb::kNone);
  } else if (const Tlb::Index index = dtlb_.find(va, asid_); index != Tlb::kNone) {
    keep(va, result.address, dtlb_.leaf(index), index);
  }
  return result;
}

bool LoadStoreUnit::resolve(VirtAddr va, unsigned bytes, AccessType access, Part& part) {
  Translation result;
  if (fidelity_ == Fidelity::Cycle) {
    result = translate_timed(va, bytes, access);
  } else {
    result = translate_copied(va, bytes, access);
    if (!result.ok() || recorder_.watching()) {
      const Cycles now = clock_.now();
      note(va, access, {.start = now, .l1_done = now, .l2_done = now, .done = now}, result);
    }
  }
  if (!result.ok()) return fail(result.abort);
  part = {va, result.address, bytes, map_.kind_of(result.address, bytes)};
  return true;
}

// --- Cache lines in cycle fidelity ---

unsigned char* LoadStoreUnit::timed_load(VirtAddr va, unsigned bytes) {
  const unsigned slot = PageCopies::slot(va);
  const PageCopies::Entry& e = copies_.entry(slot);
  if (e.load_key != PageCopies::key(va, bytes, fast_bits_) ||
      bytes_in_line(va.value, bytes) != bytes || !hint_holds(slot, va)) {
    return nullptr;
  }
  touch_hint(slot);
  const PhysAddr pa = e.page + (va.value & (kPageBytes - 1));
  unsigned char* const where = host(e, va);
  if (load_line({va, pa, bytes, RegionKind::Memory}, AccessType::Load)) return where;
  return nullptr;
}

unsigned char* LoadStoreUnit::timed_store(VirtAddr va, unsigned bytes) {
  const unsigned slot = PageCopies::slot(va);
  const PageCopies::Entry& e = copies_.entry(slot);
  if (e.store_key != PageCopies::key(va, bytes, fast_bits_) ||
      bytes_in_line(va.value, bytes) != bytes || !hint_holds(slot, va)) {
    return nullptr;
  }
  touch_hint(slot);
  unsigned char* const where = host(e, va);
  store_line(e.page + (va.value & (kPageBytes - 1)));
  return where;
}

bool LoadStoreUnit::load_line(const Part& part, AccessType access) {
  if (clock_.now() >= clock_.horizon()) clock_.before_shared();
  pipeline_.issued = clock_.now();
  if (l1d_.try_hit(part.pa, false)) {
    data_ready_ = pipeline_.issued + l1d_.latency_cycles();
    return true;
  }
  const CacheResult result = l1d_.load_miss(clock_, part.pa);
  clock_.refresh_horizon();
  data_ready_ = clock_.now();
  const Cycles waited = clock_.now() - pipeline_.issued;
  if (result.error) {
    stalls_.charge(Stall::Load, waited);
    return access_fault(part.va, access);
  }
  stalls_.charge(Stall::Load, waited == 0 ? 0 : waited - 1);
  return true;
}

void LoadStoreUnit::store_line(PhysAddr pa) {
  if (clock_.now() >= clock_.horizon()) clock_.before_shared();
  pipeline_.issued = clock_.now();
  if (l1d_.try_hit(pa, true)) return;
  l1d_.store_miss(clock_, pa);
  clock_.refresh_horizon();
  const Cycles waited = clock_.now() - pipeline_.issued;
  stalls_.charge(Stall::Store, waited == 0 ? 0 : waited - 1);
}

/// A part that is not the last of its instruction: its own cycle is a stall, since the
/// instruction's issue cycle is that of the last part.
void LoadStoreUnit::settle_part(Stall reason) {
  if (fidelity_ != Fidelity::Cycle) return;
  clock_.advance_to(pipeline_.issued + 1);
  stalls_.charge(reason, 1);
}

// --- Accesses ---

bool LoadStoreUnit::load_part(const Part& part, AccessType access, std::uint64_t& value) {
  if (part.kind == RegionKind::Memory) {
    if (fidelity_ == Fidelity::Cycle && !load_line(part, access)) return false;
    value = port_.read(part.pa, part.bytes);
    return true;
  }
  const Cycles start = clock_.now();
  const bool ok = port_.read_device(clock_, part.pa, part.bytes, value);
  stalls_.charge_since(Stall::Device, start, clock_);
  pipeline_.issued = clock_.now();
  data_ready_ = clock_.now() + 1;
  return ok || access_fault(part.va, access);
}

bool LoadStoreUnit::load(VirtAddr va, unsigned bytes, std::uint64_t& value) {
  Part part;
  const unsigned first = bytes_in_line(va.value, bytes);
  if (!resolve(va, first, AccessType::Load, part)) return false;
  if (part.kind == RegionKind::Device && !aligned(va, bytes)) {
    return access_fault(va, AccessType::Load);
  }
  if (!load_part(part, AccessType::Load, value)) return false;
  if (first == bytes) return true;

  settle_part(Stall::Load);
  std::uint64_t upper = 0;
  if (!resolve(va + first, bytes - first, AccessType::Load, part)) return false;
  if (part.kind == RegionKind::Device) return access_fault(va + first, AccessType::Load);
  if (!load_part(part, AccessType::Load, upper)) return false;
  value |= upper << (8 * first);
  return true;
}

bool LoadStoreUnit::store_part(const Part& part, std::uint64_t value) {
  if (part.kind == RegionKind::Memory) {
    finish_store(part.pa, part.bytes, value);
    return true;
  }
  const Cycles start = clock_.now();
  const bool ok = port_.write_device(clock_, part.pa, part.bytes, value);
  stalls_.charge_since(Stall::Device, start, clock_);
  pipeline_.issued = clock_.now();
  return ok || access_fault(part.va, AccessType::Store);
}

/// The line, the bytes, and whoever must know.
void LoadStoreUnit::finish_store(PhysAddr pa, unsigned bytes, std::uint64_t value) {
  if (fidelity_ == Fidelity::Cycle) store_line(pa);
  port_.write(pa, bytes, value);
  if (is_special(page_of(pa))) written(pa, bytes);
}

bool LoadStoreUnit::store(VirtAddr va, unsigned bytes, std::uint64_t value) {
  Part part;
  const unsigned first = bytes_in_line(va.value, bytes);
  if (!resolve(va, first, AccessType::Store, part)) return false;
  if (part.kind == RegionKind::Device && !aligned(va, bytes)) {
    return access_fault(va, AccessType::Store);
  }
  if (first == bytes) return store_part(part, value);

  Part upper;
  if (!resolve(va + first, bytes - first, AccessType::Store, upper)) return false;
  if (upper.kind == RegionKind::Device) return access_fault(va + first, AccessType::Store);
  finish_store(part.pa, part.bytes, value);
  settle_part(Stall::Store);
  finish_store(upper.pa, upper.bytes, value >> (8 * first));
  return true;
}

bool LoadStoreUnit::load_reserved(VirtAddr va, unsigned bytes, std::uint64_t& value) {
  if (!aligned(va, bytes)) return fail(Exception::LoadMisaligned, va);
  Part part;
  if (!resolve(va, bytes, AccessType::Load, part)) return false;
  if (part.kind != RegionKind::Memory) return access_fault(va, AccessType::Load);
  if (!load_part(part, AccessType::Load, value)) return false;
  state_.reservation = {.valid = true, .line = PhysAddr{part.pa.value & ~(kLineBytes - 1)}};
  return true;
}

bool LoadStoreUnit::store_conditional(VirtAddr va, unsigned bytes, std::uint64_t value,
                                      bool& stored) {
  if (!aligned(va, bytes)) return fail(Exception::StoreMisaligned, va);
  Part part;
  if (!resolve(va, bytes, AccessType::Store, part)) return false;
  if (part.kind != RegionKind::Memory) return access_fault(va, AccessType::Store);
  stored = state_.reservation.valid &&
           state_.reservation.line == PhysAddr{part.pa.value & ~(kLineBytes - 1)};
  state_.reservation.valid = false;
  pipeline_.issued = clock_.now();
  if (stored) finish_store(part.pa, bytes, value);
  return true;
}

bool LoadStoreUnit::begin_atomic(VirtAddr va, unsigned bytes, std::uint64_t& old_value,
                                 PhysAddr& pa) {
  if (!aligned(va, bytes)) return fail(Exception::StoreMisaligned, va);
  Part part;
  if (!resolve(va, bytes, AccessType::Amo, part)) return false;
  if (part.kind != RegionKind::Memory) return access_fault(va, AccessType::Amo);
  pa = part.pa;
  if (!load_part(part, AccessType::Amo, old_value)) return false;
  // The store that follows is issued when the data are there: all cycles until then are the load's.
  if (fidelity_ == Fidelity::Cycle && clock_.now() > pipeline_.issued) {
    stalls_.charge(Stall::Load, 1);
  }
  return true;
}

}  // namespace faultline
