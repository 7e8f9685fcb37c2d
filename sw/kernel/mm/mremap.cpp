// SPDX-License-Identifier: Apache-2.0
// mremap: a mapping shrinks, grows where it is, or moves. Moving takes page tables along: a table
// that fills its 2 MiB and a huge pmd as a whole, other ptes one by one.

#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/tlb.h"
#include "sw/kernel/mm/vma.h"
#include "sw/lib/bits.h"

namespace {

// From and to where page tables move.
struct table_move {
  vm_area_struct& old_vma;
  vm_area_struct& new_vma;
  std::uintptr_t old_address;
  std::uintptr_t new_address;
};

// Moves the ptes of `bytes`, all of one table on either side.
void move_ptes(const table_move& move, pmd_t* old_pmd, pmd_t* new_pmd, std::uint64_t bytes) {
  mm_struct& mm = *move.old_vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  pte_t* from = pte_offset(old_pmd, move.old_address);
  pte_t* to = pte_offset(new_pmd, move.new_address);
  bool flush = false;
  for (std::uint64_t done = 0; done < bytes; done += PAGE_SIZE, ++from, ++to) {
    if (pte_none(ptep_get(from))) {
      continue;
    }
    // The hardware may set A or D between a load and a store, hence one atomic exchange.
    const pte_t pte = {__atomic_exchange_n(&from->value, std::uint64_t{0}, __ATOMIC_RELAXED)};
    flush = flush || pte_present(pte);
    set_pte_at(mm, move.new_address + done, to, pte);
  }
  if (flush) {
    flush_tlb_range(mm, move.old_address, move.old_address + bytes);
  }
}

// Moves a whole table. False: the destination is not none.
bool move_normal_pmd(const table_move& move, pmd_t* old_pmd, pmd_t* new_pmd) {
  mm_struct& mm = *move.old_vma.vm_mm;
  const lock_guard guard(mm.page_table_lock);
  if (!pmd_none(*new_pmd)) {
    return false;
  }
  const pmd_t table = pmdp_get(old_pmd);
  write_once(old_pmd->value, std::uint64_t{0});
  write_once(new_pmd->value, table.value);
  flush_tlb_range(mm, move.old_address, move.old_address + PMD_SIZE);
  return true;
}

// Moves what `bytes` have below one pmd on either side. False: out of memory.
bool move_pmd_range(const table_move& move, pmd_t* old_pmd, pmd_t* new_pmd, std::uint64_t bytes) {
  if (pmd_trans_huge(pmdp_get(old_pmd))) {
    if (bytes == PMD_SIZE &&
        move_huge_pmd(move.old_vma, old_pmd, new_pmd, move.old_address, move.new_address)) {
      return true;
    }
    __split_huge_pmd(move.old_vma, old_pmd, move.old_address);
  }
  if (pmd_none(*old_pmd) || (bytes == PMD_SIZE && move_normal_pmd(move, old_pmd, new_pmd))) {
    return true;
  }
  if (!pte_alloc(*move.new_vma.vm_mm, new_pmd)) {
    return false;
  }
  move_ptes(move, old_pmd, new_pmd, bytes);
  return true;
}

// Bytes from `address` to the next multiple of `block`.
std::uint64_t room_in_block(std::uintptr_t address, std::uint64_t block) {
  return block - (address & (block - 1));
}

// Moves all ptes of `length` bytes. Returns the bytes moved, fewer if memory ran out.
std::uint64_t move_page_tables(table_move move, std::uint64_t length) {
  mm_struct& mm = *move.old_vma.vm_mm;
  std::uint64_t done = 0;
  while (done < length) {
    const std::uint64_t extent = min(length - done, min(room_in_block(move.old_address, PMD_SIZE),
                                                        room_in_block(move.new_address, PMD_SIZE)));
    pmd_t* old_pmd = walk_to_pmd(mm, move.old_address);
    if (old_pmd != nullptr && !pmd_none(*old_pmd)) {
      pmd_t* new_pmd = pmd_alloc(mm, pgd_offset(mm, move.new_address), move.new_address);
      if (new_pmd == nullptr || !move_pmd_range(move, old_pmd, new_pmd, extent)) {
        break;
      }
    }
    move.old_address += extent;
    move.new_address += extent;
    done += extent;
  }
  return done;
}

// A VMA like `vma` at another place, without ptes; null: out of memory.
vm_area_struct* copy_vma(vm_area_struct& vma, std::uintptr_t old_address,
                         std::uintptr_t new_address, std::uint64_t new_length) {
  std::uint64_t pgoff = vma.vm_pgoff + ((old_address - vma.vm_start) >> PAGE_SHIFT);
  if (vma_is_anonymous(vma) && vma.anon_vma == nullptr) {
    pgoff = new_address >> PAGE_SHIFT;  // no page knows its offset yet: more chances to merge
  }
  vm_area_struct* copy = vm_area_alloc(*vma.vm_mm, new_address, new_address + new_length,
                                       vma.vm_flags, vma.vm_file, pgoff);
  if (copy == nullptr) {
    return nullptr;
  }
  copy->anon_vma = vma.anon_vma;
  anon_vma_link(*copy);
  vma_link(*copy);
  return copy;
}

// Moves `old_length` bytes of `vma` to a place of `new_length` bytes that is free. Returns the new
// address or -errno.
std::int64_t move_vma(vm_area_struct& vma, std::uintptr_t old_address, std::uint64_t old_length,
                      std::uint64_t new_length, std::uintptr_t new_address, unsigned flags) {
  mm_struct& mm = *vma.vm_mm;
  if (mm.map_count >= kMaxMapCount - 3) {
    return -MM_ENOMEM;
  }
  vm_area_struct* new_vma = copy_vma(vma, old_address, new_address, new_length);
  if (new_vma == nullptr) {
    return -MM_ENOMEM;
  }
  mm.total_vm += new_length >> PAGE_SHIFT;
  const std::uint64_t moved =
      move_page_tables({vma, *new_vma, old_address, new_address}, old_length);
  if (moved < old_length) {
    // Back again: the tables on that side are still there.
    move_page_tables({*new_vma, vma, new_address, old_address}, moved);
    const int error = do_munmap(mm, new_address, new_length);
    return error != 0 ? error : -MM_ENOMEM;
  }
  if ((flags & MREMAP_DONTUNMAP) != 0) {
    vma.vm_flags &= ~std::uint64_t{VM_LOCKED};
  } else if (old_length != 0) {
    // Without memory to split the old VMA, its empty range stays; the pages have moved all the
    // same.
    static_cast<void>(do_munmap(mm, old_address, old_length));
  }
  vma_merge(*find_vma(mm, new_address));
  return static_cast<std::int64_t>(new_address);
}

// The VMA at `address` if its `old_length` bytes may become `new_length`; null: `error` says why.
vm_area_struct* vma_to_resize(mm_struct& mm, std::uintptr_t address, std::uint64_t old_length,
                              std::uint64_t new_length, int& error) {
  vm_area_struct* vma = find_vma(mm, address);
  error = -MM_EFAULT;
  if (vma == nullptr || vma->vm_start > address) {
    return nullptr;
  }
  // A length of 0 asks for a second mapping of the same pages, which only sharing makes sense of.
  if (old_length == 0 && (vma->vm_flags & (VM_SHARED | VM_MAYSHARE)) == 0) {
    error = -MM_EINVAL;
    return nullptr;
  }
  if (old_length > vma->vm_end - address) {
    return nullptr;
  }
  if (new_length > old_length && !may_expand_vm(mm, (new_length - old_length) >> PAGE_SHIFT)) {
    error = -MM_ENOMEM;
    return nullptr;
  }
  return vma;
}

// MREMAP_FIXED and MREMAP_DONTUNMAP.
std::int64_t mremap_to(mm_struct& mm, std::uintptr_t address, std::uint64_t old_length,
                       std::uintptr_t new_address, std::uint64_t new_length, unsigned flags) {
  const bool overlap = address + old_length > new_address && new_address + new_length > address;
  if (!is_aligned(new_address, PAGE_SIZE) || new_length > TASK_SIZE ||
      new_address > TASK_SIZE - new_length || overlap) {
    return -MM_EINVAL;
  }
  if (mm.map_count + 2 >= kMaxMapCount - 3) {
    return -MM_ENOMEM;
  }
  if ((flags & MREMAP_FIXED) != 0) {
    const int error = do_munmap(mm, new_address, new_length);
    if (error != 0) {
      return error;
    }
  }
  if (old_length > new_length) {
    const int error = do_munmap(mm, address + new_length, old_length - new_length);
    if (error != 0) {
      return error;
    }
    old_length = new_length;
  }
  int error = 0;
  vm_area_struct* vma = vma_to_resize(mm, address, old_length, new_length, error);
  if (vma == nullptr) {
    return error;
  }
  if ((flags & MREMAP_DONTUNMAP) != 0 && !may_expand_vm(mm, old_length >> PAGE_SHIFT)) {
    return -MM_ENOMEM;
  }
  const std::int64_t place =
      get_unmapped_area(mm, new_address, new_length, (flags & MREMAP_FIXED) != 0 ? MAP_FIXED : 0u);
  if (place < 0) {
    return place;
  }
  return move_vma(*vma, address, old_length, new_length, static_cast<std::uintptr_t>(place), flags);
}

// Lets a VMA end `bytes` higher, if nothing is there. False: something is.
bool expand_in_place(vm_area_struct& vma, std::uint64_t bytes) {
  const std::uintptr_t end = vma.vm_end + bytes;
  if (end < vma.vm_end || end > TASK_SIZE ||
      (vma.vm_next != nullptr && vma.vm_next->vm_start < end)) {
    return false;
  }
  vma.vm_mm->total_vm += bytes >> PAGE_SHIFT;
  vma_adjust(vma, vma.vm_start, end);
  vma_merge(vma);
  return true;
}

std::int64_t grow(mm_struct& mm, std::uintptr_t address, std::uint64_t old_length,
                  std::uint64_t new_length, unsigned flags) {
  int error = 0;
  vm_area_struct* vma = vma_to_resize(mm, address, old_length, new_length, error);
  if (vma == nullptr) {
    return error;
  }
  if (old_length == vma->vm_end - address && expand_in_place(*vma, new_length - old_length)) {
    return static_cast<std::int64_t>(address);
  }
  if ((flags & MREMAP_MAYMOVE) == 0) {
    return -MM_ENOMEM;
  }
  const std::int64_t place = get_unmapped_area(mm, 0, new_length, 0);
  if (place < 0) {
    return place;
  }
  return move_vma(*vma, address, old_length, new_length, static_cast<std::uintptr_t>(place), flags);
}

}  // namespace

std::int64_t do_mremap(mm_struct& mm, std::uintptr_t address, std::uint64_t old_length,
                       std::uint64_t new_length, unsigned flags, std::uintptr_t new_address) {
  const bool may_move = (flags & MREMAP_MAYMOVE) != 0;
  const bool dont_unmap = (flags & MREMAP_DONTUNMAP) != 0;
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 ||
      ((flags & MREMAP_FIXED) != 0 && !may_move) ||
      (dont_unmap && (!may_move || old_length != new_length)) || !is_aligned(address, PAGE_SIZE)) {
    return -MM_EINVAL;
  }
  const std::uint64_t old_bytes = align_up(old_length, PAGE_SIZE);
  const std::uint64_t new_bytes = align_up(new_length, PAGE_SIZE);
  if (new_bytes == 0) {
    return -MM_EINVAL;
  }
  const vm_area_struct* vma = find_vma(mm, address);
  if (vma == nullptr || vma->vm_start > address) {
    return -MM_EFAULT;
  }
  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0) {
    return mremap_to(mm, address, old_bytes, new_address, new_bytes, flags);
  }
  if (old_bytes > new_bytes) {
    const int error = do_munmap(mm, address + new_bytes, old_bytes - new_bytes);
    return error != 0 ? error : static_cast<std::int64_t>(address);
  }
  if (old_bytes == new_bytes) {
    return static_cast<std::int64_t>(address);
  }
  return grow(mm, address, old_bytes, new_bytes, flags);
}
