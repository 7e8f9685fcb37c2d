// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/shmem.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap_state.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/bits.h"

namespace {

// Pages of shared memory, and where those are that were swapped out. An index is in one tree at
// most; in neither it is a hole, all zeros.
struct shmem_space : address_space {
  page_tree swapped;  // holds swap entries where other trees hold pages
};

// The nameless file behind a shared anonymous mapping.
struct shmem_file : file {
  shmem_space pages;
};

// Swap entries are multiples of 2^11, so they pass for addresses of pages.
page* swp_to_tree_entry(swp_entry_t entry) {
  return reinterpret_cast<page*>(static_cast<std::uintptr_t>(entry.value));
}
swp_entry_t tree_to_swp_entry(const page* p) {
  return {reinterpret_cast<std::uintptr_t>(p)};
}

void release_shmem(file& f) {
  auto& owner = static_cast<shmem_file&>(f);
  truncate_inode_pages(owner.pages);
  std::uint64_t index = 0;
  while (page* entry = owner.pages.swapped.find(index, ~std::uint64_t{0})) {
    owner.pages.swapped.erase(index);
    free_swap_and_cache(tree_to_swp_entry(entry));
  }
  kfree(&owner);
}

// A zeroed page put into a hole, with a reference of the caller; null: out of memory.
page* fill_hole(address_space& mapping, std::uint64_t index, std::uintptr_t address) {
  page* p = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
  if (p == nullptr) {
    return nullptr;
  }
  clear_user_highpage(p, address);
  SetPageUptodate(p);
  if (filemap_add_folio(mapping, p, index) != 0) {
    put_page(p);
    return find_get_page(mapping, index);  // another task was faster, or no memory for the index
  }
  return p;
}

// Moves a page of the swap cache (locked, up to date) back to its place in the file. False: no
// memory for the index.
bool move_from_swap_cache(shmem_space& space, page* p, std::uint64_t index) {
  const swp_entry_t entry = page_swap_entry(*p);
  {
    const lock_guard guard(space.lock);
    if (!space.i_pages.store(index, p)) {
      return false;
    }
    space.swapped.erase(index);
    get_page(p);
    ++space.nrpages;
  }
  delete_from_swap_cache(p);
  p->mapping = reinterpret_cast<std::uintptr_t>(static_cast<address_space*>(&space));
  p->index = index;
  set_page_dirty(*p);  // the slot goes, so memory has the only copy
  swap_free(entry);
  return true;
}

// Brings page `index` back from `entry`. Returns 0 with the page locked and referenced in vmf.page,
// -EAGAIN if somebody else brought it back, or another negative errno.
int shmem_swapin_folio(vm_fault& vmf, shmem_space& space, swp_entry_t entry, vm_fault_t& result) {
  page* p = swap_cache_get_folio(entry);
  if (p == nullptr) {
    result |= VM_FAULT_MAJOR;
    count_vm_event(PGMAJFAULT);
    p = swapin_readahead(entry);
    if (p == nullptr) {
      return space.swapped.load(vmf.pgoff) == swp_to_tree_entry(entry) ? -MM_ENOMEM : -MM_EAGAIN;
    }
  }
  lock_page(p);
  int error = 0;
  if (!PageSwapCache(*p) || page_swap_entry(*p).value != entry.value ||
      space.swapped.load(vmf.pgoff) != swp_to_tree_entry(entry)) {
    error = -MM_EAGAIN;
  } else if ((p->flags & PG_uptodate) == 0) {
    error = -MM_EIO;
  } else {
    wait_on_page_writeback(*p);
    error = move_from_swap_cache(space, p, vmf.pgoff) ? 0 : -MM_ENOMEM;
  }
  if (error != 0) {
    unlock_page(p);
    put_page(p);
    return error;
  }
  count_vm_event((result & VM_FAULT_MAJOR) != 0 ? FAULT_SWAP_DEVICE : FAULT_SWAP_CACHE);
  vmf.page = p;
  return 0;
}

// The page at vmf.pgoff, locked and with a reference, from memory, swap or nothing. Returns 0 or a
// negative errno.
int shmem_get_folio(vm_fault& vmf, shmem_space& space, vm_fault_t& result) {
  for (;;) {
    page* p = find_get_page(space, vmf.pgoff);
    if (p == nullptr) {
      const page* entry = space.swapped.load(vmf.pgoff);
      if (entry != nullptr) {
        const int error = shmem_swapin_folio(vmf, space, tree_to_swp_entry(entry), result);
        if (error == -MM_EAGAIN) {
          continue;
        }
        return error;
      }
      p = fill_hole(space, vmf.pgoff, vmf.address);
      if (p == nullptr) {
        return -MM_ENOMEM;
      }
    }
    lock_page(p);
    if (p->mapping == reinterpret_cast<std::uintptr_t>(static_cast<address_space*>(&space))) {
      vmf.page = p;
      return 0;
    }
    unlock_page(p);  // swapped out while its lock was waited for
    put_page(p);
  }
}

vm_fault_t shmem_fault(vm_fault& vmf) {
  auto& space = static_cast<shmem_space&>(*vmf.vma->vm_file->f_mapping);
  if (vmf.pgoff >= align_up(space.i_size, PAGE_SIZE) >> PAGE_SHIFT) {
    return VM_FAULT_SIGBUS;
  }
  vm_fault_t result = VM_FAULT_LOCKED;
  const int error = shmem_get_folio(vmf, space, result);
  if (error != 0) {
    return error == -MM_ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
  }
  return result;
}

}  // namespace

bool shmem_writepage(page& p) {
  auto& space = static_cast<shmem_space&>(*reinterpret_cast<address_space*>(p.mapping));
  const swp_entry_t entry = get_swap_page();
  if (entry.value == 0) {
    return false;
  }
  {
    const lock_guard guard(space.lock);
    if (!space.swapped.store(p.index, swp_to_tree_entry(entry))) {
      put_swap_page(entry);
      return false;
    }
  }
  if (!add_to_swap_cache(&p, entry)) {
    const lock_guard guard(space.lock);
    space.swapped.erase(p.index);
    put_swap_page(entry);
    return false;
  }
  if (!swap_duplicate(entry)) {  // the file's reference
    mm_panic("a new slot of the swap area cannot be counted");
  }
  filemap_remove_folio(&p);
  set_page_dirty(p);
  return true;
}

const vm_operations_struct shmem_vm_ops = {
    .fault = shmem_fault,
    .map_pages = filemap_map_pages,
    .page_mkwrite = nullptr,
};

file* shmem_file_setup(std::uint64_t size) {
  void* place = kmalloc(sizeof(shmem_file));
  if (place == nullptr) {
    return nullptr;
  }
  auto* f = ::new (place) shmem_file{};
  address_space_init(f->pages, size, nullptr);
  f->pages.swap_backed = true;
  f->writable = true;
  f->f_mapping = &f->pages;
  f->release = release_shmem;
  return f;
}
