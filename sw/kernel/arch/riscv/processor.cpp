// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/processor.h"

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/mm/arch.h"
#include "sw/lib/csr.h"

extern "C" void fstate_clear();

namespace {

constexpr std::uint64_t kSatpSv39 = std::uint64_t{8} << 60;
constexpr unsigned kSatpAsidShift = 44;
constexpr std::uint64_t kSatpAsidMask = 0xffff;

/// Highest ASID of this hart; 0 if it has none. ASID 0 is the kernel's own.
std::uint64_t max_asid = 0;
std::uint64_t last_asid = 0;

std::uint64_t satp_of(std::uint64_t root_table, std::uint64_t asid) {
  return kSatpSv39 | asid << kSatpAsidShift | root_table >> PAGE_SHIFT;
}

void flush_tlb_all() {
  asm volatile("sfence.vma" ::: "memory");
}

std::uint64_t next_asid() {
  if (last_asid == max_asid) {
    last_asid = 0;
    flush_tlb_all();
  }
  return max_asid == 0 ? 0 : ++last_asid;
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

void switch_mm(mm_struct& mm) {
  if (mm.asid == 0) mm.asid = next_asid();
  csr::write<csr::kSatp>(satp_of(virt_to_phys(mm.pgd), mm.asid));
  if (mm.asid == 0) flush_tlb_all();
}

void leave_mm() {
  csr::write<csr::kSatp>(satp_of(kernel_image_to_phys(swapper_pg_dir), 0));
}

void start_thread(pt_regs& regs, std::uintptr_t pc, std::uintptr_t sp) {
  regs = {};
  regs.status = csr::kStatusSpie | csr::kStatusFsInitial;
  regs.epc = pc;
  regs.sp = sp;
  csr::set<csr::kSstatus>(csr::kStatusFsInitial);
  fstate_clear();
  csr::clear<csr::kSstatus>(csr::kStatusFsMask);
}

std::uint64_t read_time() {
  return csr::read<csr::kTime>();
}
