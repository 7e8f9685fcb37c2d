// SPDX-License-Identifier: Apache-2.0
#pragma once

// Page-table entries and walkers of Sv39 (RISC-V Privileged 1.12, 4.4) with the software bits of
// Linux 6.1: three levels of 512 entries of 8 bytes. User memory has leaves of 4 KiB and, for
// anonymous memory, of 2 MiB (huge pmds); 1 GiB leaves are not used.

#include <cstddef>
#include <cstdint>

#include "sw/lib/compiler.h"

struct mm_struct;
struct page;

inline constexpr unsigned PAGE_SHIFT = 12;
inline constexpr std::uint64_t PAGE_SIZE = std::uint64_t{1} << PAGE_SHIFT;
inline constexpr unsigned PMD_SHIFT = 21;
inline constexpr std::uint64_t PMD_SIZE = std::uint64_t{1} << PMD_SHIFT;
inline constexpr unsigned PGDIR_SHIFT = 30;
inline constexpr std::uint64_t PGDIR_SIZE = std::uint64_t{1} << PGDIR_SHIFT;
inline constexpr unsigned PTRS_PER_TABLE = 512;
/// A huge page: one leaf of the middle level, and the order and number of the frames behind it.
inline constexpr unsigned HPAGE_PMD_ORDER = PMD_SHIFT - PAGE_SHIFT;
inline constexpr unsigned HPAGE_PMD_NR = 1u << HPAGE_PMD_ORDER;
inline constexpr std::uint64_t HPAGE_PMD_SIZE = PMD_SIZE;

/// First address that is not user memory: the lower half of Sv39.
inline constexpr std::uintptr_t TASK_SIZE = std::uintptr_t{1} << 38;
/// Entries of the root table that belong to the user; those above are the kernel's.
inline constexpr unsigned USER_PTRS_PER_PGD = PTRS_PER_TABLE / 2;

/// Bits of an entry (Privileged 1.12, 4.3.1); bit 8 is free for software.
enum pte_bit : std::uint64_t {
  _PAGE_PRESENT = 1u << 0,
  _PAGE_READ = 1u << 1,
  _PAGE_WRITE = 1u << 2,
  _PAGE_EXEC = 1u << 3,
  _PAGE_USER = 1u << 4,
  _PAGE_GLOBAL = 1u << 5,
  _PAGE_ACCESSED = 1u << 6,
  _PAGE_DIRTY = 1u << 7,
  _PAGE_SPECIAL = 1u << 8,         ///< no frame descriptor stands behind it: the zero page
  _PAGE_PROT_NONE = _PAGE_GLOBAL,  ///< with V=0: mapped, but inaccessible to the hardware
  _PAGE_BASE = _PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_USER,
  _PAGE_LEAF = _PAGE_READ | _PAGE_WRITE | _PAGE_EXEC,
};
inline constexpr unsigned kPfnShift = 10;
inline constexpr std::uint64_t kPfnMask = ((std::uint64_t{1} << 44) - 1) << kPfnShift;
/// Bits that a change of protection keeps: frame, accessed, dirty, special.
inline constexpr std::uint64_t kPageChangeMask =
    ~static_cast<std::uint64_t>(_PAGE_PRESENT | _PAGE_LEAF | _PAGE_USER | _PAGE_GLOBAL);

struct pgprot_t {
  std::uint64_t value;
};
struct pte_t {
  std::uint64_t value;
};
struct pmd_t {
  std::uint64_t value;
};
struct pgd_t {
  std::uint64_t value;
};
static_assert(sizeof(pte_t) == 8 && sizeof(pmd_t) == 8 && sizeof(pgd_t) == 8);

/// Protection of a new pte for VM_READ | VM_WRITE | VM_EXEC | VM_SHARED (Linux: protection_map). A
/// private writable VMA starts read-only: the write fault that follows is what makes the private
/// copy.
[[nodiscard]] pgprot_t vm_get_page_prot(std::uint64_t vm_flags);

[[nodiscard]] constexpr pte_t pfn_pte(std::uint64_t pfn, pgprot_t prot) {
  return {(pfn << kPfnShift) | prot.value};
}
[[nodiscard]] constexpr std::uint64_t pte_pfn(pte_t pte) {
  return (pte.value & kPfnMask) >> kPfnShift;
}
[[nodiscard]] constexpr bool pte_none(pte_t pte) {
  return pte.value == 0;
}
[[nodiscard]] constexpr bool pte_same(pte_t a, pte_t b) {
  return a.value == b.value;
}
/// True if a frame stands behind the entry, be it inaccessible for the hardware (PROT_NONE).
[[nodiscard]] constexpr bool pte_present(pte_t pte) {
  return (pte.value & (_PAGE_PRESENT | _PAGE_PROT_NONE)) != 0;
}
[[nodiscard]] constexpr bool pte_write(pte_t pte) {
  return (pte.value & _PAGE_WRITE) != 0;
}
[[nodiscard]] constexpr bool pte_dirty(pte_t pte) {
  return (pte.value & _PAGE_DIRTY) != 0;
}
[[nodiscard]] constexpr bool pte_young(pte_t pte) {
  return (pte.value & _PAGE_ACCESSED) != 0;
}
[[nodiscard]] constexpr bool pte_special(pte_t pte) {
  return (pte.value & _PAGE_SPECIAL) != 0;
}
[[nodiscard]] constexpr bool pte_exec(pte_t pte) {
  return (pte.value & _PAGE_EXEC) != 0;
}
/// V=0 with the software mark of PROT_NONE.
[[nodiscard]] constexpr bool pte_protnone(pte_t pte) {
  return (pte.value & (_PAGE_PRESENT | _PAGE_PROT_NONE)) == _PAGE_PROT_NONE;
}
[[nodiscard]] constexpr pte_t pte_mkwrite(pte_t pte) {
  return {pte.value | _PAGE_WRITE};
}
[[nodiscard]] constexpr pte_t pte_mkdirty(pte_t pte) {
  return {pte.value | _PAGE_DIRTY};
}
[[nodiscard]] constexpr pte_t pte_mkyoung(pte_t pte) {
  return {pte.value | _PAGE_ACCESSED};
}
[[nodiscard]] constexpr pte_t pte_mkold(pte_t pte) {
  return {pte.value & ~static_cast<std::uint64_t>(_PAGE_ACCESSED)};
}
[[nodiscard]] constexpr pte_t pte_mkclean(pte_t pte) {
  return {pte.value & ~static_cast<std::uint64_t>(_PAGE_DIRTY)};
}
[[nodiscard]] constexpr pte_t pte_wrprotect(pte_t pte) {
  return {pte.value & ~static_cast<std::uint64_t>(_PAGE_WRITE)};
}
[[nodiscard]] constexpr pte_t pte_mkspecial(pte_t pte) {
  return {pte.value | _PAGE_SPECIAL};
}
/// Where the page of a pte that is not present lies in swap: type of the area and number of its
/// slot, in the encoding of Linux's RISC-V ptes. V, R, W, X and G (the mark of PROT_NONE) are 0,
/// the type is in bits 6 to 10, the slot from bit 11. 0 is no entry: slot 0 of an area is its
/// header.
struct swp_entry_t {
  std::uint64_t value;
};
inline constexpr unsigned kSwpTypeShift = 6;
inline constexpr unsigned kSwpOffsetShift = 11;
[[nodiscard]] constexpr swp_entry_t swp_entry(unsigned type, std::uint64_t offset) {
  return {offset << kSwpOffsetShift | std::uint64_t{type} << kSwpTypeShift};
}
[[nodiscard]] constexpr unsigned swp_type(swp_entry_t entry) {
  return static_cast<unsigned>(entry.value >> kSwpTypeShift) & 0x1f;
}
[[nodiscard]] constexpr std::uint64_t swp_offset(swp_entry_t entry) {
  return entry.value >> kSwpOffsetShift;
}
[[nodiscard]] constexpr pte_t swp_entry_to_pte(swp_entry_t entry) {
  return {entry.value};
}
/// Meant for a pte that is_swap_pte().
[[nodiscard]] constexpr swp_entry_t pte_to_swp_entry(pte_t pte) {
  return {pte.value};
}
/// True if the page is in swap: not none and not present.
[[nodiscard]] constexpr bool is_swap_pte(pte_t pte) {
  return !pte_none(pte) && !pte_present(pte);
}
/// The same frame with another protection; accessed and dirty stay.
[[nodiscard]] constexpr pte_t pte_modify(pte_t pte, pgprot_t prot) {
  return {(pte.value & kPageChangeMask) | prot.value};
}

// --- Huge pmds: leaves of the middle level, with the bits of a pte
// -------------------------------------------------------------

[[nodiscard]] constexpr pmd_t pfn_pmd(std::uint64_t pfn, pgprot_t prot) {
  return {(pfn << kPfnShift) | prot.value};
}
[[nodiscard]] constexpr std::uint64_t pmd_pfn(pmd_t pmd) {
  return (pmd.value & kPfnMask) >> kPfnShift;
}
[[nodiscard]] constexpr bool pmd_same(pmd_t a, pmd_t b) {
  return a.value == b.value;
}
/// True if something stands behind the entry: a table, or a huge page (PROT_NONE included).
[[nodiscard]] constexpr bool pmd_present(pmd_t pmd) {
  return (pmd.value & (_PAGE_PRESENT | _PAGE_PROT_NONE)) != 0;
}
/// True if the entry is a leaf of 2 MiB, and so leads to no table. Every walker asks before it
/// goes down.
[[nodiscard]] constexpr bool pmd_leaf(pmd_t pmd) {
  return pmd_present(pmd) && (pmd.value & _PAGE_LEAF) != 0;
}
/// Every leaf of user memory is a transparent huge page.
[[nodiscard]] constexpr bool pmd_trans_huge(pmd_t pmd) {
  return pmd_leaf(pmd);
}
[[nodiscard]] constexpr bool pmd_write(pmd_t pmd) {
  return (pmd.value & _PAGE_WRITE) != 0;
}
[[nodiscard]] constexpr bool pmd_dirty(pmd_t pmd) {
  return (pmd.value & _PAGE_DIRTY) != 0;
}
[[nodiscard]] constexpr bool pmd_young(pmd_t pmd) {
  return (pmd.value & _PAGE_ACCESSED) != 0;
}
[[nodiscard]] constexpr bool pmd_exec(pmd_t pmd) {
  return (pmd.value & _PAGE_EXEC) != 0;
}
[[nodiscard]] constexpr bool pmd_protnone(pmd_t pmd) {
  return (pmd.value & (_PAGE_PRESENT | _PAGE_PROT_NONE)) == _PAGE_PROT_NONE;
}
[[nodiscard]] constexpr pmd_t pmd_mkwrite(pmd_t pmd) {
  return {pmd.value | _PAGE_WRITE};
}
[[nodiscard]] constexpr pmd_t pmd_mkdirty(pmd_t pmd) {
  return {pmd.value | _PAGE_DIRTY};
}
[[nodiscard]] constexpr pmd_t pmd_mkyoung(pmd_t pmd) {
  return {pmd.value | _PAGE_ACCESSED};
}
[[nodiscard]] constexpr pmd_t pmd_mkold(pmd_t pmd) {
  return {pmd.value & ~static_cast<std::uint64_t>(_PAGE_ACCESSED)};
}
[[nodiscard]] constexpr pmd_t pmd_wrprotect(pmd_t pmd) {
  return {pmd.value & ~static_cast<std::uint64_t>(_PAGE_WRITE)};
}
/// The same frames with another protection; accessed and dirty stay.
[[nodiscard]] constexpr pmd_t pmd_modify(pmd_t pmd, pgprot_t prot) {
  return {(pmd.value & kPageChangeMask) | prot.value};
}

// --- Linear map: all of RAM at a constant distance
// -------------------------------------------------

/// Virtual minus physical address of the kernel's linear map; set once by mem_init().
extern std::uintptr_t va_pa_offset;

[[nodiscard]] inline void* phys_to_virt(std::uint64_t pa) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(pa) + va_pa_offset);
}
[[nodiscard]] inline std::uint64_t virt_to_phys(const void* va) {
  return reinterpret_cast<std::uintptr_t>(va) - va_pa_offset;
}

/// Root table whose upper half is put into every new root table; null: that half stays empty. Set
/// by mem_init().
extern const pgd_t* kernel_pgd;

// --- Walking
// ---------------------------------------------------------------------------------------

[[nodiscard]] constexpr unsigned pgd_index(std::uintptr_t va) {
  return static_cast<unsigned>(va >> PGDIR_SHIFT) & (PTRS_PER_TABLE - 1);
}
[[nodiscard]] constexpr unsigned pmd_index(std::uintptr_t va) {
  return static_cast<unsigned>(va >> PMD_SHIFT) & (PTRS_PER_TABLE - 1);
}
[[nodiscard]] constexpr unsigned pte_index(std::uintptr_t va) {
  return static_cast<unsigned>(va >> PAGE_SHIFT) & (PTRS_PER_TABLE - 1);
}

[[nodiscard]] inline bool pgd_none(const pgd_t& entry) {
  return read_once(entry.value) == 0;
}
[[nodiscard]] inline bool pmd_none(const pmd_t& entry) {
  return read_once(entry.value) == 0;
}
[[nodiscard]] inline pmd_t pmdp_get(const pmd_t* entry) {
  return {read_once(entry->value)};
}

/// The frame number an entry of a table above the last points to.
[[nodiscard]] constexpr std::uint64_t table_pfn(std::uint64_t entry) {
  return (entry & kPfnMask) >> kPfnShift;
}
/// Entry that points to the table in frame `pfn` (R=W=X=0 makes it a pointer).
[[nodiscard]] constexpr std::uint64_t table_entry(std::uint64_t pfn) {
  return (pfn << kPfnShift) | _PAGE_PRESENT;
}
[[nodiscard]] inline void* table_base(std::uint64_t entry) {
  return phys_to_virt(table_pfn(entry) << PAGE_SHIFT);
}

/// Entry of the middle table; the pgd entry must not be none.
[[nodiscard]] inline pmd_t* pmd_offset(const pgd_t* pgd, std::uintptr_t va) {
  return static_cast<pmd_t*>(table_base(read_once(pgd->value))) + pmd_index(va);
}
/// Entry of the last table; the pmd entry must lead to one (neither none nor a leaf).
[[nodiscard]] inline pte_t* pte_offset(const pmd_t* pmd, std::uintptr_t va) {
  return static_cast<pte_t*>(table_base(read_once(pmd->value))) + pte_index(va);
}
[[nodiscard]] inline pte_t ptep_get(const pte_t* entry) {
  return {read_once(entry->value)};
}

/// The pte of `va`, or null if a table on the way is missing or a huge page covers `va`. Never
/// allocates.
[[nodiscard]] pte_t* walk_to_pte(const mm_struct& mm, std::uintptr_t va);
/// What the hardware finds for `va`: its pte, or the part of a huge pmd that covers it as if it
/// were a pte; none if there is neither.
[[nodiscard]] pte_t follow_pte(const mm_struct& mm, std::uintptr_t va);
/// The middle-level entry of `va` (none, a table or a huge page), or null if its table is missing.
[[nodiscard]] pmd_t* walk_to_pmd(const mm_struct& mm, std::uintptr_t va);

/// As pmd_alloc and pte_alloc, for an entry that is none.
[[nodiscard]] pmd_t* __pmd_alloc(mm_struct& mm, pgd_t* pgd, std::uintptr_t va);
[[nodiscard]] bool __pte_alloc(mm_struct& mm, pmd_t* pmd);
/// Middle-level entry of `va`; allocates a zeroed table if the pgd entry is none. Null: out of
/// memory.
[[nodiscard]] inline pmd_t* pmd_alloc(mm_struct& mm, pgd_t* pgd, std::uintptr_t va) {
  return pgd_none(*pgd) ? __pmd_alloc(mm, pgd, va) : pmd_offset(pgd, va);
}
/// Makes sure a last-level table hangs in *pmd. False: out of memory.
[[nodiscard]] inline bool pte_alloc(mm_struct& mm, pmd_t* pmd) {
  return !pmd_none(*pmd) || __pte_alloc(mm, pmd);
}
/// A zeroed page for a table, not linked yet; null: out of memory.
[[nodiscard]] page* pte_alloc_one(mm_struct& mm);
/// Frees a table made by pte_alloc_one that was never linked.
void pte_free(mm_struct& mm, page* table);
/// Links `table` into *pmd unless another hart was faster; `table` is null afterwards if it was
/// used.
void pmd_install(mm_struct& mm, pmd_t* pmd, page*& table);

/// Puts a pte table that nobody uses yet in *pmd, which must be none. PTL held.
void pmd_populate(pmd_t* pmd, const page* table);
/// Sets a fresh pte table aside for the day a huge pmd is split. PTL held.
void pgtable_trans_huge_deposit(mm_struct& mm, page* table);
/// Takes one of those tables; there is one for each huge pmd. PTL held.
[[nodiscard]] page* pgtable_trans_huge_withdraw(mm_struct& mm);
/// Stores a huge pmd; as set_pte_at for its instruction side.
void set_pmd_at(mm_struct& mm, std::uintptr_t va, pmd_t* entry, pmd_t pmd);

/// pte of the frame of `p` with a protection (the frame's number and the VMA's bits).
[[nodiscard]] pte_t mk_pte(const page* p, pgprot_t prot);
/// Stores a pte that makes its page visible; cleans the instruction side once for an executable
/// page.
void set_pte_at(mm_struct& mm, std::uintptr_t va, pte_t* entry, pte_t pte);
