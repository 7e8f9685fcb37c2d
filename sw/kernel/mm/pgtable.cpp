// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/pgtable.h"

#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/mm_types.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/lib/barrier.h"

namespace {

constexpr pgprot_t kNone = {_PAGE_PROT_NONE | _PAGE_READ};
constexpr pgprot_t kRead = {_PAGE_BASE | _PAGE_READ};
constexpr pgprot_t kExec = {_PAGE_BASE | _PAGE_EXEC};
constexpr pgprot_t kReadExec = {_PAGE_BASE | _PAGE_READ | _PAGE_EXEC};
constexpr pgprot_t kShared = {_PAGE_BASE | _PAGE_READ | _PAGE_WRITE};
constexpr pgprot_t kSharedExec = {_PAGE_BASE | _PAGE_READ | _PAGE_WRITE | _PAGE_EXEC};

// Index: VM_READ | VM_WRITE | VM_EXEC | VM_SHARED. Write implies read, as W without R is reserved.
constexpr pgprot_t kProtectionMap[16] = {
    kNone, kRead, kRead,   kRead,   kExec, kReadExec, kReadExec,   kReadExec,    // private
    kNone, kRead, kShared, kShared, kExec, kReadExec, kSharedExec, kSharedExec,  // shared
};

// A zeroed page for a table of any level.
page* alloc_table(mm_struct& mm) {
  page* table = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
  if (table == nullptr) {
    return nullptr;
  }
  table->flags |= PG_table;
  __atomic_fetch_add(&mm.pgtable_pages, 1, __ATOMIC_RELAXED);
  count_vm_event(PGTABLE_ALLOC);
  return table;
}

}  // namespace

pgprot_t vm_get_page_prot(std::uint64_t vm_flags) {
  return kProtectionMap[vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)];
}

pmd_t* walk_to_pmd(const mm_struct& mm, std::uintptr_t va) {
  const pgd_t* pgd = pgd_offset(mm, va);
  return pgd_none(*pgd) ? nullptr : pmd_offset(pgd, va);
}

pte_t* walk_to_pte(const mm_struct& mm, std::uintptr_t va) {
  const pmd_t* pmd = walk_to_pmd(mm, va);
  if (pmd == nullptr || pmd_none(*pmd) || pmd_leaf(pmdp_get(pmd))) {
    return nullptr;
  }
  return pte_offset(pmd, va);
}

pte_t follow_pte(const mm_struct& mm, std::uintptr_t va) {
  const pmd_t* pmd = walk_to_pmd(mm, va);
  if (pmd == nullptr || pmd_none(*pmd)) {
    return {0};
  }
  const pmd_t entry = pmdp_get(pmd);
  if (pmd_leaf(entry)) {
    return {entry.value + (std::uint64_t{pte_index(va)} << kPfnShift)};
  }
  return ptep_get(pte_offset(pmd, va));
}

FAULT_STAGE pmd_t* __pmd_alloc(mm_struct& mm, pgd_t* pgd, std::uintptr_t va) {
  page* table = alloc_table(mm);
  if (table == nullptr) {
    return nullptr;
  }
  mm.page_table_lock.lock();
  if (pgd_none(*pgd)) {
    smp_wmb();  // the zeros before the entry that leads to them
    write_once(pgd->value, table_entry(page_to_pfn(table)));
    table = nullptr;
  }
  mm.page_table_lock.unlock();
  if (table != nullptr) {
    pte_free(mm, table);
  }
  return pmd_offset(pgd, va);
}

page* pte_alloc_one(mm_struct& mm) {
  return alloc_table(mm);
}

void pte_free(mm_struct& mm, page* table) {
  __atomic_fetch_sub(&mm.pgtable_pages, 1, __ATOMIC_RELAXED);
  put_page(table);
}

void pmd_populate(pmd_t* pmd, const page* table) {
  write_once(pmd->value, table_entry(page_to_pfn(table)));
}

void pgtable_trans_huge_deposit(mm_struct& mm, page* table) {
  if (mm.pmd_huge_pte == nullptr) {
    table->lru.init();
  } else {
    mm.pmd_huge_pte->lru.add(table->lru);
  }
  mm.pmd_huge_pte = table;
}

page* pgtable_trans_huge_withdraw(mm_struct& mm) {
  page* table = mm.pmd_huge_pte;
  mm.pmd_huge_pte =
      table->lru.empty() ? nullptr : list_entry<page, offsetof(page, lru)>(table->lru.next);
  table->lru.remove();
  return table;
}

void pmd_install(mm_struct& mm, pmd_t* pmd, page*& table) {
  const lock_guard guard(mm.page_table_lock);
  if (pmd_none(*pmd)) {
    smp_wmb();  // the zeros before the entry that leads to them
    pmd_populate(pmd, table);
    table = nullptr;
  }
}

FAULT_STAGE bool __pte_alloc(mm_struct& mm, pmd_t* pmd) {
  page* table = pte_alloc_one(mm);
  if (table == nullptr) {
    return false;
  }
  pmd_install(mm, pmd, table);
  if (table != nullptr) {
    pte_free(mm, table);
  }
  return true;
}

FAULT_STAGE pte_t mk_pte(const page* p, pgprot_t prot) {
  return pfn_pte(page_to_pfn(p), prot);
}

namespace {

// Once for each page that becomes executable.
void flush_icache_page(page* p) {
  if ((__atomic_fetch_or(&p->flags, PG_icache_clean, __ATOMIC_RELAXED) & PG_icache_clean) == 0) {
    local_flush_icache();
  }
}

}  // namespace

FAULT_STAGE void set_pte_at(mm_struct&, std::uintptr_t, pte_t* entry, pte_t pte) {
  if (pte_present(pte) && pte_exec(pte)) {
    flush_icache_page(pfn_to_page(pte_pfn(pte)));
  }
  write_once(entry->value, pte.value);
}

FAULT_STAGE void set_pmd_at(mm_struct&, std::uintptr_t, pmd_t* entry, pmd_t pmd) {
  if (pmd_present(pmd) && pmd_exec(pmd)) {
    flush_icache_page(pfn_to_page(pmd_pfn(pmd)));
  }
  write_once(entry->value, pmd.value);
}
