// SPDX-License-Identifier: Apache-2.0
#pragma once

// Loads, stores and atomics of a hart, in both fidelities. Misaligned loads and stores to main
// memory are done in hardware: they are split at the borders of cache lines (and so of pages), and
// each part is translated, checked and timed by itself; a store writes nothing before all its parts
// have been checked. Misaligned atomics raise misaligned exceptions, misaligned accesses to devices
// access faults. The reservation set of lr is a 64-byte line; it is lost to sc and to writes of
// others, not to the hart's own stores. Not modelled: a store buffer; stores and loads of one hart
// take effect in program order.

#include <bit>
#include <cstdint>
#include <functional>
#include <vector>

#include "models/bus/memory_map.h"
#include "models/cache/cache.h"
#include "models/common/local_clock.h"
#include "models/cpu/access_recorder.h"
#include "models/cpu/arch_state.h"
#include "models/cpu/code_cache.h"
#include "models/cpu/hart.h"
#include "models/cpu/memory_port.h"
#include "models/cpu/page_copies.h"
#include "models/cpu/pipeline.h"
#include "models/cpu/stalls.h"
#include "models/cpu/trap.h"
#include "models/mmu/mmu.h"

namespace faultline {

class LoadStoreUnit {
 public:
  LoadStoreUnit(const HartLinks& links, const HartHostOptions& options, LocalClock& clock,
                ArchState& state, Pipeline& pipeline, Stalls& stalls, MemoryPort& port,
                CodeCache& code, AccessRecorder& recorder);

  void set_fidelity(Fidelity fidelity);
  /// How accesses are translated from now on.
  void set_context(const TranslationContext& context);
  /// sfence.vma, as far as copies are concerned.
  void fence(const FenceScope& scope) { copies_.fence(scope); }
  /// Physical memory protection has changed, or everything else.
  void flush() { copies_.flush(); }
  /// While observed, every access takes the full path and is noted by the recorder.
  void set_observed(bool observed);
  /// The page's stores must be seen: it has code, or is watched.
  void make_slow(PhysAddr page) { copies_.make_slow(page); }
  void watch_store(PhysAddr address, std::function<void()> callback);
  /// Somebody has written [address, address + bytes).
  void written(PhysAddr address, std::uint64_t bytes);

  // --- The fast paths: null means that the slow path must do it. ---

  /// Functional fidelity: the host's address of an access.
  [[nodiscard]] unsigned char* fast_load(VirtAddr va, unsigned bytes) const {
    const PageCopies::Entry& e = copies_.entry(PageCopies::slot(va));
    return e.load_key == PageCopies::key(va, bytes, fast_bits_) ? host(e, va) : nullptr;
  }
  [[nodiscard]] unsigned char* fast_store(VirtAddr va, unsigned bytes) const {
    const PageCopies::Entry& e = copies_.entry(PageCopies::slot(va));
    return e.store_key == PageCopies::key(va, bytes, fast_bits_) ? host(e, va) : nullptr;
  }
  /// Cycle fidelity: the same for accesses that hit in the L1 data TLB and the L1D; takes their
  /// time. Nothing has happened if it fails.
  [[nodiscard]] unsigned char* timed_load(VirtAddr va, unsigned bytes);
  [[nodiscard]] unsigned char* timed_store(VirtAddr va, unsigned bytes);

  // --- The slow paths: false means trap(). `bytes` is 1, 2, 4 or 8. ---

  /// `value` is zero-extended.
  bool load(VirtAddr va, unsigned bytes, std::uint64_t& value);
  bool store(VirtAddr va, unsigned bytes, std::uint64_t value);
  bool load_reserved(VirtAddr va, unsigned bytes, std::uint64_t& value);
  /// `stored` tells whether the reservation held.
  bool store_conditional(VirtAddr va, unsigned bytes, std::uint64_t value, bool& stored);
  /// Replaces memory by update(memory); `old_value` is what was there, zero-extended.
  template <typename Update>
  bool atomic(VirtAddr va, unsigned bytes, std::uint64_t& old_value, Update update) {
    PhysAddr pa;
    if (!begin_atomic(va, bytes, old_value, pa)) return false;
    finish_store(pa, bytes, update(old_value));
    return true;
  }

  /// Why the last slow path failed.
  [[nodiscard]] const Trap& trap() const { return trap_; }
  /// Cycle fidelity: first cycle in which the data of the last load can be used.
  [[nodiscard]] Cycles data_ready() const { return data_ready_; }

 private:
  /// A piece of an access inside one cache line.
  struct Part {
    VirtAddr va{};
    PhysAddr pa{};
    unsigned bytes = 0;
    RegionKind kind = RegionKind::Hole;
  };
  struct Watch {
    PhysAddr address{};
    std::function<void()> callback;
  };

  [[nodiscard]] static unsigned char* host(const PageCopies::Entry& e, VirtAddr va) {
    return std::bit_cast<unsigned char*>(static_cast<std::uintptr_t>(e.addend + va.value));
  }
  /// The hint in this slot still describes what the L1 data TLB holds.
  [[nodiscard]] bool hint_holds(unsigned slot, VirtAddr va) const {
    const PageCopies::Origin& o = copies_.origin(slot);
    return !paged_ || (dtlb_.matches(o.index, va, asid_) && dtlb_.leaf(o.index).pte == o.pte);
  }
  void touch_hint(unsigned slot);

  bool fail(const Abort& abort);
  bool fail(Exception cause, VirtAddr va);
  bool access_fault(VirtAddr va, AccessType access);

  bool resolve(VirtAddr va, unsigned bytes, AccessType access, Part& part);
  Translation translate_copied(VirtAddr va, unsigned bytes, AccessType access);
  Translation translate_timed(VirtAddr va, unsigned bytes, AccessType access);
  void note(VirtAddr va, AccessType access, const TranslationTimes& times,
            const Translation& result);
  void keep(VirtAddr va, PhysAddr pa, const Leaf& leaf, Tlb::Index index);
  [[nodiscard]] bool is_special(PhysAddr page) const;

  bool load_part(const Part& part, AccessType access, std::uint64_t& value);
  bool store_part(const Part& part, std::uint64_t value);
  bool load_line(const Part& part, AccessType access);
  void store_line(PhysAddr pa);
  void settle_part(Stall reason);
  bool begin_atomic(VirtAddr va, unsigned bytes, std::uint64_t& old_value, PhysAddr& pa);
  void finish_store(PhysAddr pa, unsigned bytes, std::uint64_t value);

  Mmu& mmu_;
  Tlb& dtlb_;
  Cache& l1d_;
  const Pmp& pmp_;
  const MemoryMap& map_;
  bool hints_;
  LocalClock& clock_;
  ArchState& state_;
  Pipeline& pipeline_;
  Stalls& stalls_;
  MemoryPort& port_;
  CodeCache& code_;
  AccessRecorder& recorder_;

  Fidelity fidelity_ = Fidelity::Functional;
  TranslationContext context_{};
  Asid asid_ = 0;
  bool paged_ = false;
  std::uint64_t bits_ = 0;       // of the context in keys
  std::uint64_t fast_bits_ = 0;  // the same, or kNoContext while observed or checked
  bool observed_ = false;

  ContextNumbers numbers_;
  PageCopies copies_;
  std::vector<Watch> watches_;

  Trap trap_{};
  Cycles data_ready_ = 0;
};

inline void LoadStoreUnit::touch_hint(unsigned slot) {
  if (!paged_) return;
  dtlb_.touch(copies_.origin(slot).index);
  if (dtlb_.latency_cycles() != 0) {
    stalls_.spend(Stall::DataTranslation, dtlb_.latency_cycles(), clock_);
  }
}

}  // namespace faultline
