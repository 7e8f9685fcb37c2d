// SPDX-License-Identifier: Apache-2.0
#pragma once

// The nouns of the memory-management core: frame descriptor, address space, VMA, page cache of a
// file, and the record that describes one fault. Names are those of Linux 6.1, so that its readers
// find their way; the fields are only those in use here.

#include <cstddef>
#include <cstdint>

#include "sw/kernel/mm/page_tree.h"
#include "sw/kernel/mm/pgtable.h"
#include "sw/kernel/mm/rwsem.h"
#include "sw/lib/avl_tree.h"
#include "sw/lib/list.h"
#include "sw/lib/spinlock.h"

/// Flags of a frame (bits of page::flags).
enum page_flag : std::uint32_t {
  PG_locked = 1u << 0,          ///< one owner works on the content
  PG_uptodate = 1u << 1,        ///< content is valid
  PG_dirty = 1u << 2,           ///< content differs from the backing file
  PG_lru = 1u << 3,             ///< on an LRU list (not merely in a batch)
  PG_active = 1u << 4,          ///< on an active list
  PG_swapbacked = 1u << 5,      ///< would be evicted to swap: anonymous and shmem pages
  PG_anon_exclusive = 1u << 6,  ///< anonymous page of one address space: a write may reuse it
  PG_buddy = 1u << 7,           ///< head of a free block; order in page::order
  PG_slab = 1u << 8,            ///< holds small kernel objects
  PG_table = 1u << 9,           ///< is a page table
  PG_reserved = 1u << 10,       ///< never freed: the zero page
  PG_icache_clean = 1u << 11,   ///< instruction fetches see the content (Linux: PG_dcache_clean)
  PG_referenced = 1u << 12,     ///< seen accessed by reclaim
  PG_readahead = 1u << 13,      ///< reading it starts the next window of readahead
  PG_unevictable = 1u << 14,    ///< of a locked VMA, or of a file that cannot be read again
  PG_writeback = 1u << 15,      ///< content is on its way to the device
  PG_error = 1u << 16,          ///< the last read or write of the content failed
  PG_waiters = 1u << 17,        ///< somebody sleeps until PG_locked or PG_writeback is cleared
  PG_swapcache = 1u << 18,      ///< in the swap cache; its slot is in page::private_
  PG_head = 1u << 30,           ///< first frame of a compound page (order in page::order)
  PG_tail = 1u << 31,           ///< another frame of one; all but page::compound_head is unused
};

/// Descriptor of one frame of 4 KiB: one cache line. Written when its block is handed out, so the
/// descriptors of frames inside a free block hold stale data: only PG_buddy heads may be looked at.
struct alignas(64) page {
  std::uint32_t flags;     ///< page_flag bits; PG_locked and PG_dirty change atomically
  std::int32_t mapcount;   ///< number of ptes that map it, minus 1 (Linux: _mapcount)
  std::int32_t refcount;   ///< users; 0 = free
  std::uint32_t order;     ///< of the block this is the head of
  list_head lru;           ///< LRU list, free list or slab list
  std::uintptr_t mapping;  ///< address_space*, anon_vma* | PAGE_MAPPING_ANON, or owner of a slab
  std::uint64_t index;     ///< page offset in `mapping`; for a slab: its first free object
  std::uint64_t private_;  ///< user of the frame decides: swap entry, objects in use of a slab
  page* compound_head;     ///< with PG_tail: the descriptor of the first frame
};
static_assert(sizeof(page) == 64);

/// Low bit of page::mapping that says "anonymous".
inline constexpr std::uintptr_t PAGE_MAPPING_ANON = 1;

struct address_space;
struct inode;
struct mm_struct;
struct vm_area_struct;
struct vm_fault;

/// What a file system does for the pages of its files. Reading and writing are asynchronous: the
/// functions start them, their completion (in interrupt context) unlocks the page or ends its
/// writeback. mpage.h does all of it for a file whose pages are blocks of a device.
struct address_space_operations {
  /// Starts to read the page (locked, in the cache at p.index). The end of the read sets
  /// PG_uptodate, or PG_error, and unlocks the page; both may happen before the function returns.
  /// Returns 0, or a negative errno if nothing was started, with the page unlocked as well.
  int (*read_folio)(address_space& mapping, page& p);
  /// Starts to read pages [first, first + nr), all in the cache, locked and not up to date. Each
  /// ends as under read_folio. Null: read_folio is called for each, and nothing is read ahead.
  void (*readahead)(address_space& mapping, std::uint64_t first, std::uint64_t nr);
  /// Starts to write the page (locked, its PG_dirty just cleared): sets PG_writeback and unlocks
  /// the page; the end of the write calls end_page_writeback(). Returns 0, or a negative errno with
  /// the page unlocked and no writeback under way. Null: dirty pages stay in memory.
  int (*writepage)(address_space& mapping, page& p);
  /// Writes dirty pages [first, last] as writepage would, in larger requests. Returns 0 or the
  /// first error. Null: writepage is called for each.
  int (*writepages)(address_space& mapping, std::uint64_t first, std::uint64_t last);
  /// Asked before the page (locked; up to date or about to be overwritten whole) becomes dirty by
  /// write() or through a shared mapping: finds or allocates its place on the device. Returns 0 or
  /// a negative errno (-ENOSPC); the page stays locked. May sleep. Null: no need to ask.
  int (*write_begin)(address_space& mapping, page& p);
};

/// Page cache of one file: the pages that hold its content, by page offset.
struct address_space {
  inode* host = nullptr;                            ///< whose content it is; null: no file's
  page_tree i_pages;                                ///< page offset -> page
  std::uint64_t i_size = 0;                         ///< length of the file in bytes
  std::uint64_t nrpages = 0;                        ///< pages in i_pages
  std::uint64_t nr_dirty = 0;                       ///< of them, those with PG_dirty
  const address_space_operations* a_ops = nullptr;  ///< null: nothing but what was inserted
  list_head i_mmap;                                 ///< VMAs that map it (vm_area_struct::shared)
  list_head dirty_link;        ///< in the list of mappings to write back, while nr_dirty != 0
  spinlock lock;               ///< protects i_pages and i_mmap
  bool swap_backed = false;    ///< shmem: pages are counted and evicted as memory, not file
  int wb_err = 0;              ///< a write-back failed since it was last reported: negative errno
  std::uint32_t syncing = 0;   ///< users that hold no reference: sync_mappings()
  std::uint32_t ra_pages = 0;  ///< largest window of readahead in pages; 0: none
  unsigned gfp_mask = 0;       ///< how its pages are allocated (gfp_t)
};

/// True if dirty pages of the mapping are counted and written to a device by sync: not those of
/// shared memory (Linux: mapping_can_writeback).
[[nodiscard]] inline bool mapping_can_writeback(const address_space& mapping) {
  return mapping.a_ops != nullptr && mapping.a_ops->writepage != nullptr && !mapping.swap_backed;
}

/// How an open file has been read so far, for readahead (Linux: file_ra_state, without the parts
/// that a block device decides).
struct file_ra_state {
  std::uint64_t start = 0;       ///< page offset of the current window
  std::uint32_t size = 0;        ///< its length in pages
  std::uint32_t async_size = 0;  ///< the next window starts when only this many pages are left
  std::uint32_t mmap_miss = 0;   ///< misses of mapped accesses less their hits
  std::uint64_t prev_pos = ~std::uint64_t{0};  ///< where the last read() ended; all ones: none yet
};

/// An open file, as far as a mapping needs it. A file system derives its own file from this.
struct file {
  std::int32_t f_count = 1;  ///< references; the last fput() calls release
  bool writable = false;     ///< may be mapped shared and writable
  address_space* f_mapping = nullptr;
  file_ra_state f_ra;                ///< whoever does not construct the file: file_ra_state_init()
  void (*release)(file&) = nullptr;  ///< called when the last reference goes; null: nothing to do
};

/// Takes a reference on a file.
void get_file(file& f);
/// Gives a reference back; the last one calls file::release.
void fput(file& f);

/// Groups the VMAs whose anonymous pages may be shared, so that a page leads to its page tables: a
/// page points here, and every VMA listed may map it at vm_start + (index - vm_pgoff) pages.
struct anon_vma {
  std::int32_t refcount;  ///< VMAs listed
  spinlock lock;
  list_head vmas;  ///< vm_area_struct::anon_node
};

/// Flags of a VMA, with the values of Linux.
enum vm_flag : std::uint64_t {
  VM_NONE = 0,
  VM_READ = 0x1,
  VM_WRITE = 0x2,
  VM_EXEC = 0x4,
  VM_SHARED = 0x8,
  VM_MAYREAD = 0x10,
  VM_MAYWRITE = 0x20,
  VM_MAYEXEC = 0x40,
  VM_MAYSHARE = 0x80,
  VM_GROWSDOWN = 0x100,
  VM_LOCKED = 0x2000,
  VM_SEQ_READ = 0x8000,
  VM_RAND_READ = 0x10000,
  VM_HUGEPAGE = 0x20000000,    ///< MADV_HUGEPAGE: huge pages are welcome
  VM_NOHUGEPAGE = 0x40000000,  ///< MADV_NOHUGEPAGE: none, whatever the boot option says
  VM_ACCESS_FLAGS = VM_READ | VM_WRITE | VM_EXEC,
};

/// Result of a fault: any of these bits (Linux: vm_fault_reason).
enum vm_fault_t : unsigned {
  VM_FAULT_NONE = 0,
  VM_FAULT_OOM = 0x1,
  VM_FAULT_SIGBUS = 0x2,
  VM_FAULT_MAJOR = 0x4,
  VM_FAULT_SIGSEGV = 0x40,
  VM_FAULT_NOPAGE = 0x100,      ///< done: the pte is in place
  VM_FAULT_LOCKED = 0x200,      ///< ->fault returns its page locked
  VM_FAULT_RETRY = 0x400,       ///< mmap_lock was dropped: start over with FAULT_FLAG_TRIED
  VM_FAULT_FALLBACK = 0x800,    ///< no huge page here: go on with a small one
  VM_FAULT_COMPLETED = 0x4000,  ///< done, and mmap_lock was dropped
  VM_FAULT_ERROR = VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV,
};
constexpr vm_fault_t operator|(vm_fault_t a, vm_fault_t b) {
  return static_cast<vm_fault_t>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr vm_fault_t& operator|=(vm_fault_t& a, vm_fault_t b) {
  return a = a | b;
}

/// What is known of a fault on entry, with the values of Linux.
enum fault_flag : unsigned {
  FAULT_FLAG_WRITE = 1u << 0,
  FAULT_FLAG_ALLOW_RETRY = 1u << 2,
  FAULT_FLAG_TRIED = 1u << 5,
  FAULT_FLAG_USER = 1u << 6,
  FAULT_FLAG_INSTRUCTION = 1u << 8,
};

/// How a mapping gets its pages; null for anonymous memory.
struct vm_operations_struct {
  /// Finds or makes the page at vmf.pgoff: vmf.page, with a reference and locked (VM_FAULT_LOCKED).
  vm_fault_t (*fault)(vm_fault& vmf);
  /// Maps what is at hand in [start_pgoff, end_pgoff]; null: no fault-around.
  vm_fault_t (*map_pages)(vm_fault& vmf, std::uint64_t start_pgoff, std::uint64_t end_pgoff);
  /// Asked before a page becomes writable; null: no need to ask, and shared ptes are born writable.
  vm_fault_t (*page_mkwrite)(vm_fault& vmf);
};

/// A range of an address space with one backing and one set of permissions.
struct vm_area_struct {
  std::uintptr_t vm_start;  ///< first byte; page aligned
  std::uintptr_t vm_end;    ///< first byte behind
  avl_node tree;            ///< in mm_struct::mm_vmas, ordered by address
  vm_area_struct* vm_next;  ///< neighbour above, or null
  vm_area_struct* vm_prev;  ///< neighbour below, or null
  mm_struct* vm_mm;
  std::uint64_t vm_flags;  ///< vm_flag bits
  pgprot_t vm_page_prot;   ///< what a pte of this VMA is born with
  std::uint64_t
      vm_pgoff;  ///< page offset of vm_start in the file; for anonymous memory vm_start / 4K
  const vm_operations_struct* vm_ops;  ///< null: anonymous
  file* vm_file;                       ///< holds a reference; null: anonymous
  list_head shared;                    ///< in address_space::i_mmap
  struct anon_vma* anon_vma;           ///< null until the first private page
  list_head anon_node;                 ///< in anon_vma::vmas
};

/// Kinds of resident pages.
enum rss_counter : unsigned {
  MM_FILEPAGES,
  MM_ANONPAGES,
  MM_SWAPENTS,
  MM_SHMEMPAGES,
  NR_MM_COUNTERS
};

/// No limit (RLIM_INFINITY).
inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

/// An address space.
struct mm_struct {
  pgd_t* pgd;
  std::uint64_t asid;             ///< set by the architecture's context switch; used by fences
  std::uint64_t asid_generation;  ///< the ASID counts only in this generation of them
  avl_tree mm_vmas;
  vm_area_struct* mmap;  ///< lowest VMA, or null
  unsigned map_count;    ///< number of VMAs
  std::int32_t mm_users;
  rw_semaphore mmap_lock;    ///< reader: faults; writer: whatever changes VMAs
  spinlock page_table_lock;  ///< protects tables and ptes (PTL: not split, as Linux below 4 CPUs)
  std::uintptr_t mmap_base;  ///< mappings without an address go below
  std::uintptr_t start_brk, brk;
  std::uintptr_t start_stack;
  std::uintptr_t vdso;                    ///< where signal handlers return to
  std::uint64_t total_vm;                 ///< pages mapped
  std::uint64_t pgtable_pages;            ///< tables in use, without the pgd
  std::int64_t rss_stat[NR_MM_COUNTERS];  ///< pages present, by rss_counter
  std::uint64_t min_flt, maj_flt;
  page* pmd_huge_pte;          ///< tables set aside, one per huge pmd (a ring through page::lru)
  bool uses_huge_zero_page;    ///< holds a reference on it (Linux: MMF_HUGE_ZERO_PAGE)
  std::uint64_t rlimit_stack;  ///< bytes, or kUnlimited
  std::uint64_t rlimit_as;     ///< bytes, or kUnlimited
  std::uint64_t rlimit_data;   ///< bytes of brk, or kUnlimited
};

/// Entry of the root table for `va`.
[[nodiscard]] inline pgd_t* pgd_offset(const mm_struct& mm, std::uintptr_t va) {
  return mm.pgd + pgd_index(va);
}

/// One fault on its way through the paths.
struct vm_fault {
  vm_area_struct* vma;
  std::uintptr_t address;       ///< page aligned
  std::uintptr_t real_address;  ///< as reported by the hart
  std::uint64_t pgoff;          ///< page offset of `address` in the VMA's linear space
  pmd_t* pmd;
  pmd_t orig_pmd;             ///< as it was when a huge path was chosen
  pte_t* pte;                 ///< entry of `address`, or null while there is no table
  pte_t orig_pte;             ///< as it was when the path was chosen
  struct page* page;          ///< from ->fault: page of the cache
  struct page* cow_page;      ///< private copy under way
  struct page* prealloc_pte;  ///< table allocated before a lock was taken
  unsigned flags;             ///< fault_flag bits
};

[[nodiscard]] inline bool vma_is_anonymous(const vm_area_struct& vma) {
  return vma.vm_ops == nullptr;
}
