# SPDX-License-Identifier: Apache-2.0
# The memory-management core and what it needs of sw/lib, relative to the repository root: compiled for the
# guest by sw/, and for the host by tests/firmware.
set(KERNEL_MM_SOURCES
  sw/lib/avl_tree.cpp
  sw/kernel/block/block_device.cpp
  sw/kernel/block/mpage.cpp
  sw/kernel/mm/access.cpp
  sw/kernel/mm/fault.cpp
  sw/kernel/mm/filemap.cpp
  sw/kernel/mm/filemap_fault.cpp
  sw/kernel/mm/filemap_write.cpp
  sw/kernel/mm/huge_memory.cpp
  sw/kernel/mm/huge_memory_split.cpp
  sw/kernel/mm/huge_memory_walk.cpp
  sw/kernel/mm/mem_init.cpp
  sw/kernel/mm/memory.cpp
  sw/kernel/mm/memory_anon.cpp
  sw/kernel/mm/memory_file.cpp
  sw/kernel/mm/mm.cpp
  sw/kernel/mm/mmap.cpp
  sw/kernel/mm/mprotect.cpp
  sw/kernel/mm/mremap.cpp
  sw/kernel/mm/msync.cpp
  sw/kernel/mm/page_alloc.cpp
  sw/kernel/mm/page_tree.cpp
  sw/kernel/mm/page_writeback.cpp
  sw/kernel/mm/pgtable.cpp
  sw/kernel/mm/readahead.cpp
  sw/kernel/mm/rmap.cpp
  sw/kernel/mm/shmem.cpp
  sw/kernel/mm/slab.cpp
  sw/kernel/mm/swap.cpp
  sw/kernel/mm/tlb.cpp
  sw/kernel/mm/truncate.cpp
  sw/kernel/mm/unmap.cpp
  sw/kernel/mm/vma.cpp
  sw/kernel/mm/vmstat.cpp)
