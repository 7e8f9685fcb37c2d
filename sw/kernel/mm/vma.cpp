// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/vma.h"

#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/huge_memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/rmap.h"
#include "sw/kernel/mm/slab.h"

namespace {

kmem_cache vm_area_cachep{};

vm_area_struct* vma_of(avl_node* node) {
  return reinterpret_cast<vm_area_struct*>(reinterpret_cast<std::uintptr_t>(node) -
                                           offsetof(vm_area_struct, tree));
}

// Keeps walkers of the reverse map away while a VMA changes its place in it.
class rmap_guard {
 public:
  explicit rmap_guard(vm_area_struct& vma)
      : mapping_(vma.vm_file == nullptr ? nullptr : vma.vm_file->f_mapping), group_(vma.anon_vma) {
    if (mapping_ != nullptr) {
      mapping_->lock.lock();
    }
    if (group_ != nullptr) {
      group_->lock.lock();
    }
  }
  ~rmap_guard() {
    if (group_ != nullptr) {
      group_->lock.unlock();
    }
    if (mapping_ != nullptr) {
      mapping_->lock.unlock();
    }
  }
  rmap_guard(const rmap_guard&) = delete;
  rmap_guard& operator=(const rmap_guard&) = delete;

 private:
  address_space* mapping_;
  struct anon_vma* group_;
};

// Shared file pages that must be seen clean before each first store.
bool vma_wants_writenotify(const vm_area_struct& vma) {
  return (vma.vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED) &&
         vma.vm_ops != nullptr && vma.vm_ops->page_mkwrite != nullptr;
}

// True if `upper` continues `lower` in every respect.
bool can_vma_merge(const vm_area_struct& lower, const vm_area_struct& upper) {
  return lower.vm_end == upper.vm_start && lower.vm_flags == upper.vm_flags &&
         lower.vm_file == upper.vm_file && lower.vm_ops == upper.vm_ops &&
         upper.vm_pgoff == lower.vm_pgoff + vma_pages(lower) &&
         (lower.anon_vma == upper.anon_vma || lower.anon_vma == nullptr ||
          upper.anon_vma == nullptr);
}

// Lets `lower` swallow `upper`.
void absorb(vm_area_struct& lower, vm_area_struct& upper) {
  if (lower.anon_vma == nullptr && upper.anon_vma != nullptr) {
    lower.anon_vma = upper.anon_vma;
    anon_vma_link(lower);
  }
  const std::uintptr_t end = upper.vm_end;
  vma_unlink(upper);
  vma_adjust(lower, lower.vm_start, end);
  vm_area_free(upper);
}

}  // namespace

void vma_init() {
  kmem_cache_init(vm_area_cachep, sizeof(vm_area_struct));
}

FAULT_STAGE vm_area_struct* find_vma(mm_struct& mm, std::uintptr_t address) {
  vm_area_struct* best = nullptr;
  for (avl_node* node = mm.mm_vmas.root(); node != nullptr;) {
    vm_area_struct* vma = vma_of(node);
    if (address >= vma->vm_end) {
      node = node->right;
      continue;
    }
    best = vma;
    if (address >= vma->vm_start) {
      break;
    }
    node = node->left;
  }
  return best;
}

vm_area_struct* last_vma(mm_struct& mm) {
  avl_node* node = mm.mm_vmas.root();
  if (node == nullptr) {
    return nullptr;
  }
  while (node->right != nullptr) {
    node = node->right;
  }
  return vma_of(node);
}

vm_area_struct* vm_area_alloc(mm_struct& mm, std::uintptr_t start, std::uintptr_t end,
                              std::uint64_t flags, file* f, std::uint64_t pgoff) {
  auto* vma = kmem_cache_new<vm_area_struct>(vm_area_cachep);
  if (vma == nullptr) {
    return nullptr;
  }
  vma->vm_mm = &mm;
  vma->vm_start = start;
  vma->vm_end = end;
  vma->vm_flags = flags;
  vma->vm_pgoff = pgoff;
  if (f != nullptr) {
    get_file(*f);
    vma->vm_file = f;
    vma->vm_ops = f->f_mapping->swap_backed ? &shmem_vm_ops : &generic_file_vm_ops;
  }
  vma_set_page_prot(*vma);
  return vma;
}

void vm_area_free(vm_area_struct& vma) {
  anon_vma_unlink(vma);
  if (vma.vm_file != nullptr) {
    fput(*vma.vm_file);
  }
  kmem_cache_free(vm_area_cachep, &vma);
}

void vma_set_page_prot(vm_area_struct& vma) {
  const std::uint64_t withheld = vma_wants_writenotify(vma) ? VM_SHARED : VM_NONE;
  vma.vm_page_prot = vm_get_page_prot(vma.vm_flags & ~withheld);
}

void vma_link(vm_area_struct& vma) {
  mm_struct& mm = *vma.vm_mm;
  avl_node* parent = nullptr;
  avl_node** link = mm.mm_vmas.root_link();
  vm_area_struct* below = nullptr;
  while (*link != nullptr) {
    parent = *link;
    vm_area_struct* at = vma_of(parent);
    if (vma.vm_start < at->vm_start) {
      link = &parent->left;
    } else {
      below = at;
      link = &parent->right;
    }
  }
  mm.mm_vmas.insert(vma.tree, parent, link);
  vma.vm_prev = below;
  vma.vm_next = below != nullptr ? below->vm_next : mm.mmap;
  (below != nullptr ? below->vm_next : mm.mmap) = &vma;
  if (vma.vm_next != nullptr) {
    vma.vm_next->vm_prev = &vma;
  }
  ++mm.map_count;
  if (vma.vm_file != nullptr) {
    const lock_guard guard(vma.vm_file->f_mapping->lock);
    vma.vm_file->f_mapping->i_mmap.add_tail(vma.shared);
  }
}

void vma_unlink(vm_area_struct& vma) {
  mm_struct& mm = *vma.vm_mm;
  mm.mm_vmas.erase(vma.tree);
  (vma.vm_prev != nullptr ? vma.vm_prev->vm_next : mm.mmap) = vma.vm_next;
  if (vma.vm_next != nullptr) {
    vma.vm_next->vm_prev = vma.vm_prev;
  }
  --mm.map_count;
  if (vma.vm_file != nullptr) {
    const lock_guard guard(vma.vm_file->f_mapping->lock);
    vma.shared.remove();
  }
}

void vma_adjust(vm_area_struct& vma, std::uintptr_t start, std::uintptr_t end) {
  vma_adjust_trans_huge(vma, start, end);
  const rmap_guard guard(vma);
  // Modulo 2^64, so that a start that moves down lowers the page offset.
  vma.vm_pgoff +=
      static_cast<std::uint64_t>(static_cast<std::int64_t>(start - vma.vm_start) >> PAGE_SHIFT);
  vma.vm_start = start;
  vma.vm_end = end;
}

vm_area_struct* split_vma(vm_area_struct& vma, std::uintptr_t at) {
  const std::uint64_t pgoff = vma.vm_pgoff + ((at - vma.vm_start) >> PAGE_SHIFT);
  vm_area_struct* upper =
      vm_area_alloc(*vma.vm_mm, at, vma.vm_end, vma.vm_flags, vma.vm_file, pgoff);
  if (upper == nullptr) {
    return nullptr;
  }
  upper->anon_vma = vma.anon_vma;
  anon_vma_link(*upper);
  vma_adjust(vma, vma.vm_start, at);
  vma_link(*upper);
  return upper;
}

vm_area_struct* vma_merge(vm_area_struct& vma) {
  if (vma.vm_next != nullptr && can_vma_merge(vma, *vma.vm_next)) {
    absorb(vma, *vma.vm_next);
  }
  vm_area_struct* below = vma.vm_prev;
  if (below != nullptr && can_vma_merge(*below, vma)) {
    absorb(*below, vma);
    return below;
  }
  return &vma;
}

int vma_modify_flags(vm_area_struct*& vma, std::uintptr_t start, std::uintptr_t end,
                     std::uint64_t new_flags) {
  if (new_flags == vma->vm_flags) {
    return 0;
  }
  const unsigned new_vmas = (start > vma->vm_start ? 1u : 0u) + (end < vma->vm_end ? 1u : 0u);
  if (vma->vm_mm->map_count + new_vmas > kMaxMapCount) {
    return -MM_ENOMEM;
  }
  vm_area_struct* part = vma;
  if (start > vma->vm_start) {
    part = split_vma(*vma, start);
    if (part == nullptr) {
      return -MM_ENOMEM;
    }
  }
  if (end < part->vm_end && split_vma(*part, end) == nullptr) {
    vma = vma_merge(*part);
    return -MM_ENOMEM;
  }
  part->vm_flags = new_flags;
  vma_set_page_prot(*part);
  vma = vma_merge(*part);
  return 0;
}
