// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/vmstat.h"

namespace {

// The page behind `address` with a reference, if its pte allows the access as it stands; else null.
page* get_mapped_page(mm_struct& mm, std::uintptr_t address, bool write) {
  const lock_guard guard(mm.page_table_lock);
  const pte_t pte = follow_pte(mm, address);
  if ((pte.value & _PAGE_PRESENT) == 0 || (write && !(pte_write(pte) && pte_dirty(pte)))) {
    return nullptr;
  }
  page* p = pfn_to_page(pte_pfn(pte));
  get_page(compound_head(p));
  return p;
}

// The page behind `address` with a reference, faulted in if need be; null: the process could not
// have it.
page* get_user_page(mm_struct& mm, std::uintptr_t address, bool write) {
  vm_area_struct* vma = lock_mm_and_find_vma(mm, address);
  if (vma == nullptr) {
    return nullptr;
  }
  page* p = nullptr;
  const std::uint64_t needed = write ? VM_WRITE : VM_READ | VM_WRITE;
  if ((vma->vm_flags & needed) != 0) {
    for (;;) {
      p = get_mapped_page(mm, address, write);
      if (p != nullptr) {
        break;
      }
      count_vm_event(FAULT_WITHOUT_TRAP);
      const vm_fault_t result = handle_mm_fault(*vma, address, write ? FAULT_FLAG_WRITE : 0u);
      if ((result & VM_FAULT_ERROR) != 0) {
        break;
      }
    }
  }
  mm.mmap_lock.read_unlock();
  return p;
}

}  // namespace

std::uint64_t access_remote_vm(mm_struct& mm, std::uintptr_t address, void* buffer,
                               std::uint64_t bytes, bool write) {
  auto* kernel = static_cast<unsigned char*>(buffer);
  std::uint64_t done = 0;
  while (done < bytes && address + done < TASK_SIZE) {
    const std::uint64_t in_page = (address + done) & (PAGE_SIZE - 1);
    const std::uint64_t room = PAGE_SIZE - in_page;
    const std::uint64_t part = bytes - done < room ? bytes - done : room;
    page* p = get_user_page(mm, address + done, write);
    if (p == nullptr) {
      break;
    }
    auto* user = static_cast<unsigned char*>(page_address(p)) + in_page;
    if (write) {
      std::memcpy(user, kernel + done, part);
    } else {
      std::memcpy(kernel + done, user, part);
    }
    put_page(compound_head(p));
    done += part;
  }
  return done;
}
