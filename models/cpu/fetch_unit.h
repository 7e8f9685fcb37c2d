// SPDX-License-Identifier: Apache-2.0
#pragma once

// Instruction fetch. In cycle fidelity the fetch unit holds one 64-byte line of instructions: the
// L1 instruction TLB and the L1I are looked up when an instruction, or the second half of one, lies
// outside the line that is held, and after everything that makes the held line doubtful (traps and
// their returns, changes of context, fence.i, sfence.vma, a switch of fidelity). A jump within the
// line looks nothing up. A hit in the L1I costs nothing, since fetch is pipelined; a miss costs
// until the line is there. Instructions that cross a line, or a page, fetch both halves, each
// translated and checked by itself. Not modelled: prefetch, and fetch down mispredicted paths.
//
// What is fetched is executed from decoded form: from a page of the CodeCache, or one instruction
// at a time from a scratch page of the same shape (if the host option is off, if PMP divides the
// page, or if the instruction crosses into the next page). Both give the same results and the same
// time.

#include <cstdint>
#include <vector>

#include "models/cpu/access_recorder.h"
#include "models/cpu/arch_state.h"
#include "models/cpu/code_cache.h"
#include "models/cpu/hart.h"
#include "models/cpu/load_store_unit.h"
#include "models/cpu/memory_port.h"
#include "models/cpu/page_copies.h"
#include "models/cpu/stalls.h"
#include "models/cpu/trap.h"
#include "models/mmu/mmu.h"

namespace faultline {

class FetchUnit {
 public:
  FetchUnit(const HartLinks& links, const HartHostOptions& options, LocalClock& clock,
            Stalls& stalls, MemoryPort& port, CodeCache& code, LoadStoreUnit& data,
            AccessRecorder& recorder);

  /// How fetches are translated from now on; a change drops the held line. SUM and MXR do not
  /// matter.
  void set_context(TranslationContext context);
  void fence(const FenceScope& scope);
  /// Drops the held line: the next instruction looks up TLB and cache.
  void drop_line() { held_.line = kNoLine; }
  /// Drops everything that is a copy of a translation, and the held line.
  void flush();
  /// Somebody else wrote memory: the instruction in the scratch page may be stale.
  void memory_written();
  /// While observed, lookups take the full path and are noted by the recorder.
  void set_observed(bool observed) { observed_ = observed; }

  /// The instruction at `pc`: where it (or Op::Undecoded, Op::Straddle) stands in decoded form.
  /// Null: trap().
  template <Fidelity kFidelity>
  const DecodedInst* fetch(VirtAddr pc);
  /// Cycle fidelity: the line that `inst`, of the current page, lies in is held.
  [[nodiscard]] bool line_holds(const DecodedInst* inst) const {
    // Below the line the offset wraps around to a large number, to which nothing may be added.
    const auto offset = static_cast<std::uint64_t>(inst - line_begin_);
    return offset < line_slots_ && offset + inst->halfwords <= line_slots_;
  }
  /// Cycle fidelity: looks up the line or lines of an instruction for which line_holds() is false.
  /// Returns where to execute it, which is elsewhere only if the page has moved meanwhile. Null:
  /// trap().
  const DecodedInst* advance_line(const DecodedInst* inst);
  /// Op::Undecoded was reached: decodes the slot in place.
  void decode_slot(const DecodedInst* inst);
  /// Op::Straddle was reached: an instruction that goes on in the next page. Null: trap().
  template <Fidelity kFidelity>
  const DecodedInst* fetch_straddling(const DecodedInst* inst) {
    return assemble<kFidelity>(pc_of(inst));
  }

  /// The page that is being executed: its first slot and its virtual address.
  [[nodiscard]] const DecodedInst* page() const { return page_; }
  [[nodiscard]] VirtAddr page_address() const { return VirtAddr{page_va_}; }
  [[nodiscard]] VirtAddr pc_of(const DecodedInst* inst) const {
    return VirtAddr{page_va_ + 2 * static_cast<std::uint64_t>(inst - page_)};
  }

  [[nodiscard]] const Trap& trap() const { return trap_; }

 private:
  /// A copy of a translation for fetching, as PageCopies has them for data.
  struct Copy {
    std::uint64_t key = PageCopies::kNoKey;
    PhysAddr page{};
    CodePage* code = nullptr;  // null: one instruction at a time
    std::uint64_t pte = 0;
    Tlb::Index index = Tlb::kNone;
    std::uint8_t page_shift = 0;
  };
  static constexpr unsigned kCopies = 256;
  static constexpr std::uint64_t kNoLine = ~std::uint64_t{0};
  struct HeldLine {
    std::uint64_t line = kNoLine;  // virtual address >> kLineShift
    PhysAddr page{};
    CodePage* code = nullptr;
  };

  [[nodiscard]] static std::uint64_t line_of(VirtAddr va) { return va.value >> kLineShift; }
  [[nodiscard]] Copy& copy_for(VirtAddr va) {
    return copies_[(va.value >> kPageShift) & (kCopies - 1)];
  }
  bool fail(const Abort& abort);
  bool access_fault(VirtAddr va);

  const Copy* translate_timed(VirtAddr va);
  const Copy* translate_copied(VirtAddr va);
  const Copy* keep(VirtAddr va, PhysAddr pa, const Leaf& leaf, Tlb::Index index);
  bool hold_line(VirtAddr va);
  template <Fidelity kFidelity>
  bool locate(VirtAddr va, PhysAddr& pa);
  template <Fidelity kFidelity>
  const DecodedInst* assemble(VirtAddr pc);
  const DecodedInst* enter(CodePage& code, VirtAddr pc);
  const DecodedInst* put_scratch(VirtAddr pc, const DecodedInst& inst);

  Mmu& mmu_;
  Tlb& itlb_;
  Cache& l1i_;
  const Pmp& pmp_;
  bool use_code_cache_;
  bool hints_;
  LocalClock& clock_;
  Stalls& stalls_;
  MemoryPort& port_;
  CodeCache& code_;
  LoadStoreUnit& data_;
  AccessRecorder& recorder_;

  TranslationContext context_{};
  bool paged_ = false;
  std::uint64_t bits_ = 0;
  bool observed_ = false;
  ContextNumbers numbers_;
  std::vector<Copy> copies_;

  CodePage scratch_;  // every slot but one is Refetch
  unsigned scratch_slot_ = 0;
  CodePage* current_ = &scratch_;
  const DecodedInst* page_ = scratch_.slot.data();
  std::uint64_t page_va_ = 0;

  HeldLine held_{};
  const DecodedInst* line_begin_ = scratch_.slot.data();
  std::uint64_t line_slots_ = 0;

  Trap trap_{};
};

}  // namespace faultline
