// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/processor.h"

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/proc/task.h"
#include "sw/lib/csr.h"

namespace {

constexpr std::uint64_t kSatpSv39 = std::uint64_t{8} << 60;
constexpr unsigned kSatpAsidShift = 44;
constexpr std::uint64_t kSatpAsidMask = 0xffff;

/// Highest ASID of this hart; 0 if it has none. ASID 0 is the kernel's own.
std::uint64_t max_asid = 0;
std::uint64_t last_asid = 0;
/// How often the ASIDs were handed out from the start; an address space whose generation is older
/// has none.
std::uint64_t asid_generation = 1;

/// The address space in satp, or null.
const mm_struct* active_mm = nullptr;

std::uint64_t satp_of(std::uint64_t root_table, std::uint64_t asid) {
  return kSatpSv39 | asid << kSatpAsidShift | root_table >> PAGE_SHIFT;
}

void flush_tlb_all() {
  asm volatile("sfence.vma" ::: "memory");
}

/// Gives `mm` an ASID; true if another address space may have left translations under it.
bool new_asid(mm_struct& mm) {
  const bool rollover = last_asid == max_asid;
  if (rollover) {
    last_asid = 0;
    ++asid_generation;
  }
  mm.asid = max_asid == 0 ? 0 : ++last_asid;
  mm.asid_generation = asid_generation;
  return rollover;
}

}  // namespace

void processor_init() {
  constexpr std::uint64_t kAllCounters = 0xffffffff;
  csr::write<csr::kScounteren>(kAllCounters);
  // Implemented ASID bits hold the ones that are written to them (Privileged 1.12, 4.1.11).
  const std::uint64_t satp = csr::read<csr::kSatp>();
  csr::write<csr::kSatp>(satp | kSatpAsidMask << kSatpAsidShift);
  max_asid = csr::read<csr::kSatp>() >> kSatpAsidShift & kSatpAsidMask;
  csr::write<csr::kSatp>(satp);
  flush_tlb_all();
}

// Without ASIDs every switch is a rollover. The fence comes after satp, for until then the hart may
// still fill its TLB from the old tables.
void switch_mm(mm_struct& mm) {
  if (&mm == active_mm) return;
  const bool flush = mm.asid_generation != asid_generation || max_asid == 0 ? new_asid(mm) : false;
  active_mm = &mm;
  csr::write<csr::kSatp>(satp_of(virt_to_phys(mm.pgd), mm.asid));
  if (flush) flush_tlb_all();
}

void leave_mm() {
  active_mm = nullptr;
  csr::write<csr::kSatp>(satp_of(kernel_image_to_phys(swapper_pg_dir), 0));
}

void start_thread(pt_regs& regs, std::uintptr_t pc, std::uintptr_t sp) {
  task_struct& task = *get_current();
  regs = {};
  regs.status = csr::kStatusSpie | csr::kStatusFsInitial;
  regs.epc = pc;
  regs.sp = sp;
  task.thread.fstate = {};
  restore_fp_state(task);
}

void wait_for_interrupt() {
  // wfi ends with an interrupt that is pending and enabled in sie even while sstatus.SIE is off:
  // one that comes before it is not missed.
  asm volatile("wfi" ::: "memory");
  csr::set<csr::kSstatus>(csr::kStatusSie);
  csr::clear<csr::kSstatus>(csr::kStatusSie);
}
