// SPDX-License-Identifier: Apache-2.0
#pragma once

// The memory management unit of one core: L1 instruction and data TLBs, a unified L2 TLB, page-walk
// caches, and table walkers behind a queue. Two ways in: direct calls for the hart that it is
// coupled with, and a TLM-2.0 socket for any other initiator. Not modelled: two-stage translation,
// prefetch of translations, ports of the TLBs (lookups of several initiators in one cycle do not
// delay each other).
//
// What happens on the way, and what does not:
// - L1 miss: L2 TLB; L2 miss: walk. Only translations that succeeded are put into a TLB: an L2 hit
//   that aborts does not fill the L1 TLB, and entries with A=0 are never cached.
// - TLBs hold copies. If a copy refuses an access, the abort is raised from the copy, without a
//   walk: software that gave more permission without a fence takes a spurious fault.
// - A write that finds D=0 in a copy aborts from the copy as well (Svade). With Svadu it goes to
//   the walker at once, past the L2 TLB, and the new entry replaces the copies.
// - A walk that a fence overtook serves its own access but is not kept anywhere.
// - A non-canonical address aborts when the L1 TLB has answered: no L2 lookup, no walk.
// - The format follows satp.MODE, which may be MmuParams::format or a smaller one. TLBs and walk
//   caches know nothing of modes: software that changes the mode of an ASID fences it, and global
//   mappings are the same in all modes in use.
// - M mode and Bare translate nothing and take no time; PMP and PMA still apply.

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <array>
#include <functional>
#include <memory>
#include <systemc>
#include <tlm>

#include "models/bus/memory_map.h"
#include "models/common/local_clock.h"
#include "models/common/memory_attributes.h"
#include "models/common/stats.h"
#include "models/common/types.h"
#include "models/mmu/format.h"
#include "models/mmu/l2_tlb.h"
#include "models/mmu/leaf.h"
#include "models/mmu/observer.h"
#include "models/mmu/params.h"
#include "models/mmu/pmp.h"
#include "models/mmu/stale_translation.h"
#include "models/mmu/tlb.h"
#include "models/mmu/translation.h"
#include "models/mmu/walk_engine.h"
#include "models/mmu/walk_record.h"
#include "models/mmu/walker.h"

namespace faultline {

class Cache;

/// Builders of the parts that exist in C++ and in RTL; null: C++.
struct MmuEngines {
  WalkEngineFactory walker;
  L2TlbFactory l2_tlb;
};

class Mmu : public sc_core::sc_module {
 public:
  /// Virtual-address transactions of initiators other than the hart; may stay unbound. See
  /// translation_request.h. Transactions may cross pages; they take part in no direct memory
  /// interface.
  tlm_utils::multi_passthrough_target_socket<Mmu, 32, tlm::tlm_base_protocol_types, 0,
                                             sc_core::SC_ZERO_OR_MORE_BOUND>
      target;
  /// Where the transactions of `target` go on with their physical address.
  tlm_utils::simple_initiator_socket_optional<Mmu> downstream;

  /// `params` must have passed check(); `period_ps` is the core's cycle; `pmp` and `map` must
  /// outlive the module; `stats` is this MMU's own group. `engines` must fit to what `params` says
  /// of them.
  Mmu(const sc_core::sc_module_name& name, const MmuParams& params, std::uint64_t period_ps,
      const Pmp& pmp, const MemoryMap& map, StatGroup& stats, const MmuEngines& engines = {});

  /// Where page tables live; to be set before the first translation.
  void set_direct_memory(const DirectMemory& memory) { walker_.port().set_direct_memory(memory); }
  /// The cache that the walker reads through if walker.enters is L1D.
  void connect_l1d(Cache& l1d) { walker_.port().connect(l1d); }
  /// The walker's socket, to be bound to L2 or memory if walker.enters says so.
  [[nodiscard]] auto& walker_socket() { return walker_.port().socket; }
  /// For transactions that carry no TranslationRequest. At first: M mode, so not translated.
  void set_default_context(const TranslationContext& context) { default_context_ = context; }

  /// For the hart's hot path: on a hit whose flags pass its LeafTest, the access costs
  /// latency_cycles() and is translated by Leaf::address_of; PMP is the hart's then. In every other
  /// case the hart calls translate() *instead of* lookup() (find() or matches() and touch() tell
  /// without counting).
  [[nodiscard]] Tlb& itlb() { return itlb_; }
  [[nodiscard]] Tlb& dtlb() { return dtlb_; }
  /// Null if there is none (l2_tlb.entries = 0).
  [[nodiscard]] const L2Tlb* l2_tlb() const { return l2_tlb_.get(); }
  [[nodiscard]] const Walker& walker() const { return walker_; }

  /// The whole timed path: L1 TLB, L2 TLB, walk, PMP and PMA on the result for an access of `bytes`
  /// bytes (which must not cross a page). The clock is advanced to the answer; everything is
  /// counted.
  Translation translate(LocalClock& clock, VirtAddr va, AccessType access,
                        const TranslationContext& context, TranslationTimes* times = nullptr,
                        unsigned bytes = 1);

  /// The same answer from the tables alone: no time, no TLB, no count. Sets A and D if `context`
  /// says so (Svadu). `leaf`, if given, is what a functional TLB may keep; for an untranslated
  /// address it is the 4 KiB page itself with all permissions.
  Translation translate_functional(VirtAddr va, AccessType access,
                                   const TranslationContext& context, Leaf* leaf = nullptr,
                                   unsigned bytes = 1) const;

  /// `observer` sees every translate() from now on. Null: nobody.
  void set_observer(MmuObserver* observer) { observer_ = observer; }

  /// With MmuParams::check: called for every translation that was used although the page tables do
  /// not give it any more. Without a callback they are only counted.
  void on_stale_translation(std::function<void(const StaleTranslation&)> callback) {
    on_stale_ = std::move(callback);
  }
  [[nodiscard]] bool checks() const { return params_.check; }
  /// With MmuParams::check: compares with the page tables what a copy outside of this MMU answered
  /// (translate() does it for its own answers).
  void check_copy(VirtAddr va, AccessType access, const TranslationContext& context,
                  const Translation& used) {
    if (params_.check && used.ok() && context.paged()) compare(va, access, context, used);
  }

  /// The walk of the last translate() that walked; to be read before the calling thread waits.
  [[nodiscard]] const WalkRecord& last_walk() const { return *last_walk_; }

  /// sfence.vma: all TLBs in exactly that scope, and the walk caches (walk_cache.h). Waits for the
  /// clock's true time.
  void fence(LocalClock& clock, const FenceScope& scope);
  /// Empties TLBs and walk caches, as a change of fidelity does. Waits likewise.
  void flush_all(LocalClock& clock);

  /// True if satp.MODE may take this value (0 is Bare). Contexts of other modes are not allowed.
  [[nodiscard]] bool supports_satp_mode(std::uint64_t mode) const {
    return faultline::supports_satp_mode(params_.format, mode);
  }

 private:
  static constexpr std::size_t kStatuses = 9;  // values of AbortStatus

  struct Outcome {
    Abort abort{};
    Leaf leaf{};
  };

  Outcome find_leaf(LocalClock& clock, VirtAddr va, AccessType access,
                    const TranslationContext& context, TranslationTimes& times);
  [[gnu::noinline]] void report(ObservedTranslation translation) const;
  Outcome walk(LocalClock& clock, VirtAddr va, AccessType access, const TranslationContext& context,
               TranslationTimes& times);
  [[nodiscard]] bool physical_allowed(PhysAddr address, unsigned bytes, AccessType access,
                                      Privilege privilege) const;
  void compare(VirtAddr va, AccessType access, const TranslationContext& context,
               const Translation& used);
  void register_statistics(StatGroup& stats);

  void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int id, tlm::tlm_generic_payload& payload);

  MmuParams params_;
  std::uint64_t period_ps_;
  const Pmp& pmp_;
  const MemoryMap& map_;
  Tlb itlb_;
  Tlb dtlb_;
  std::unique_ptr<L2Tlb> l2_tlb_;
  Walker walker_;
  TranslationContext default_context_{};
  WalkRecord no_walk_{};
  const WalkRecord* last_walk_ = &no_walk_;

  MmuObserver* observer_ = nullptr;
  std::function<void(const StaleTranslation&)> on_stale_;
  std::uint64_t checked_ = 0;
  std::uint64_t stale_ = 0;

  std::uint64_t dirty_walks_ = 0;
  std::uint64_t fences_ = 0;
  std::array<std::uint64_t, kStatuses> aborts_{};  // by AbortStatus
};

}  // namespace faultline
