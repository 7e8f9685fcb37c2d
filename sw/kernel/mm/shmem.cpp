// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/memory_paths.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/slab.h"
#include "sw/lib/bits.h"

namespace {

// The nameless file behind a shared anonymous mapping.
struct shmem_file : file {
  address_space pages;
};

void release_shmem(file& f) {
  truncate_inode_pages(*f.f_mapping);
  kfree(static_cast<shmem_file*>(&f));
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
    return find_get_page(mapping, index);  // another hart was faster, or no memory for the index
  }
  return p;
}

vm_fault_t shmem_fault(vm_fault& vmf) {
  address_space& mapping = *vmf.vma->vm_file->f_mapping;
  if (vmf.pgoff >= align_up(mapping.i_size, PAGE_SIZE) >> PAGE_SHIFT) {
    return VM_FAULT_SIGBUS;
  }
  page* p = find_get_page(mapping, vmf.pgoff);
  if (p == nullptr) {
    p = fill_hole(mapping, vmf.pgoff, vmf.address);
    if (p == nullptr) {
      return VM_FAULT_OOM;
    }
  }
  lock_page(p);
  vmf.page = p;
  return VM_FAULT_LOCKED;
}

}  // namespace

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
