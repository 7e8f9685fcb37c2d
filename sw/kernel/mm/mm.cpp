// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

namespace {

kmem_cache mm_cachep{};
constexpr std::uint64_t kDefaultStackLimit = 8u << 20;

}  // namespace

bool may_expand_vm(const mm_struct& mm, std::uint64_t pages) {
  return mm.rlimit_as == kUnlimited || mm.total_vm + pages <= mm.rlimit_as >> PAGE_SHIFT;
}

void mmap_init() {
  kmem_cache_init(mm_cachep, sizeof(mm_struct));
  vma_init();
}

mm_struct* mm_alloc() {
  auto* mm = kmem_cache_new<mm_struct>(mm_cachep);
  if (mm == nullptr) {
    return nullptr;
  }
  page* root = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
  if (root == nullptr) {
    kmem_cache_free(mm_cachep, mm);
    return nullptr;
  }
  mm->pgd = static_cast<pgd_t*>(page_address(root));
  if (kernel_pgd != nullptr) {
    std::memcpy(mm->pgd + USER_PTRS_PER_PGD, kernel_pgd + USER_PTRS_PER_PGD,
                (PTRS_PER_TABLE - USER_PTRS_PER_PGD) * sizeof(pgd_t));
  }
  mm->mm_users = 1;
  mm->rlimit_stack = kDefaultStackLimit;
  mm->rlimit_as = kUnlimited;
  mm->rlimit_data = kUnlimited;
  arch_pick_mmap_layout(*mm);
  return mm;
}

void mmput(mm_struct* mm) {
  if (__atomic_sub_fetch(&mm->mm_users, 1, __ATOMIC_ACQ_REL) != 0) {
    return;
  }
  exit_mmap(*mm);
  mm_put_huge_zero_page(*mm);
  put_page(virt_to_page(mm->pgd));
  kmem_cache_free(mm_cachep, mm);
}

void exit_mmap(mm_struct& mm) {
  mm.mmap_lock.write_lock();
  {
    mmu_gather tlb(mm);
    for (vm_area_struct* vma = mm.mmap; vma != nullptr; vma = vma->vm_next) {
      unmap_page_range(tlb, *vma, vma->vm_start, vma->vm_end);
    }
    free_pgtables(tlb, mm, 0, TASK_SIZE, 0, TASK_SIZE);
  }
  while (mm.mmap != nullptr) {
    vm_area_struct* vma = mm.mmap;
    vma_unlink(*vma);
    vm_area_free(*vma);
  }
  mm.total_vm = 0;
  mm.mmap_lock.write_unlock();
}

void arch_pick_mmap_layout(mm_struct& mm) {
  constexpr std::uintptr_t kMinGap = 128u << 20;
  constexpr std::uintptr_t kMaxGap = TASK_SIZE / 6 * 5;
  std::uintptr_t gap = mm.rlimit_stack;
  if (gap <= kMaxGap) {
    gap += kStackGuardGap << PAGE_SHIFT;
  }
  gap = gap < kMinGap ? kMinGap : gap;
  gap = gap > kMaxGap ? kMaxGap : gap;
  mm.mmap_base = align_down(TASK_SIZE - gap, PAGE_SIZE);
}

void set_brk_start(mm_struct& mm, std::uintptr_t start) {
  mm.start_brk = mm.brk = start;
}

std::uintptr_t do_brk(mm_struct& mm, std::uintptr_t brk) {
  if (brk < mm.start_brk || brk > TASK_SIZE ||
      (mm.rlimit_data != kUnlimited && brk - mm.start_brk > mm.rlimit_data)) {
    return mm.brk;
  }
  const std::uintptr_t old_end = align_up(mm.brk, PAGE_SIZE);
  const std::uintptr_t new_end = align_up(brk, PAGE_SIZE);
  if (new_end < old_end) {
    if (do_munmap(mm, new_end, old_end - new_end) != 0) {
      return mm.brk;
    }
  } else if (new_end > old_end) {
    // MAP_FIXED_NOREPLACE: a heap does not grow into another mapping.
    const std::int64_t place =
        do_mmap(mm, nullptr, old_end, new_end - old_end, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0);
    if (place < 0) {
      return mm.brk;
    }
  }
  mm.brk = brk;
  return brk;
}

int setup_stack_vma(mm_struct& mm, std::uintptr_t top, std::uint64_t bytes) {
  const std::int64_t place =
      do_mmap(mm, nullptr, top - bytes, bytes, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN, 0);
  if (place < 0) {
    return static_cast<int>(place);
  }
  mm.start_stack = top;
  return 0;
}

int expand_stack(vm_area_struct& vma, std::uintptr_t address) {
  mm_struct& mm = *vma.vm_mm;
  const std::uintptr_t start = align_down(address, PAGE_SIZE);
  if ((vma.vm_flags & VM_GROWSDOWN) == 0 || start < kMmapMinAddr) {
    return -MM_ENOMEM;
  }
  const vm_area_struct* below = vma.vm_prev;
  if (below != nullptr && (below->vm_flags & VM_GROWSDOWN) == 0 &&
      (below->vm_flags & VM_ACCESS_FLAGS) != 0 &&
      start - below->vm_end < (kStackGuardGap << PAGE_SHIFT)) {
    return -MM_ENOMEM;
  }
  const std::uint64_t grow = (vma.vm_start - start) >> PAGE_SHIFT;
  if ((mm.rlimit_stack != kUnlimited && vma.vm_end - start > mm.rlimit_stack) ||
      !may_expand_vm(mm, grow) || !anon_vma_prepare(vma)) {
    return -MM_ENOMEM;
  }
  vma_adjust(vma, start, vma.vm_end);
  mm.total_vm += grow;
  count_vm_event(FAULT_STACK);
  return 0;
}

void populate_vma_range(mm_struct& mm, std::uintptr_t start, std::uintptr_t end) {
  for (std::uintptr_t address = start; address < end; address += PAGE_SIZE) {
    vm_area_struct* vma = find_vma(mm, address);
    if (vma == nullptr || vma->vm_start > address || (vma->vm_flags & VM_ACCESS_FLAGS) == 0) {
      return;
    }
    const bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
    const pte_t entry = follow_pte(mm, address);
    if (pte_present(entry) && (!write || pte_write(entry))) {
      continue;
    }
    count_vm_event(FAULT_WITHOUT_TRAP);
    const vm_fault_t result = handle_mm_fault(*vma, address, write ? FAULT_FLAG_WRITE : 0u);
    if ((result & VM_FAULT_ERROR) != 0) {
      return;
    }
  }
}
