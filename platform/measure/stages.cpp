// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/stages.h"

#include <array>

namespace faultline {

namespace {

using enum StageSide;

constexpr std::array<StageInfo, kStageCount> kStages{{
    {"l1_tlb", Hardware, "L1 TLB lookup of the access that faults"},
    {"l2_tlb", Hardware, "L2 TLB lookup of the access that faults"},
    {"walk_queue", Hardware, "waiting for a walker"},
    {"walk_read", Hardware, "reads of page-table entries, from request to response"},
    {"walk_update", Hardware, "updates of A and D by the walker"},
    {"walk_other", Hardware,
     "the walk's own steps: walk-cache lookup, address, decision, response"},
    {"trap_entry", Hardware, "from the abort to the first instruction of the trap handler"},
    {"save", Firmware, "saving registers, up to the dispatch of the fault"},
    {"handler", Firmware, "the rest of the fault handler: decisions, locks, accounting"},
    {"vma_lookup", Firmware, "finding (and growing) the virtual memory area"},
    {"table_alloc", Firmware, "allocating, zeroing and linking page-table pages"},
    {"page_alloc", Firmware, "taking a page frame from the allocator"},
    {"zero", Firmware, "zeroing the page"},
    {"copy", Firmware, "copying the page"},
    {"page_cache", Firmware, "finding the page in the page cache (filemap_fault)"},
    {"fault_around", Firmware, "finding the neighbours in the page cache (filemap_map_pages)"},
    {"mk_pte", Firmware, "building the page-table entry"},
    {"rmap", Firmware, "reverse mapping"},
    {"lru", Firmware, "LRU list"},
    {"set_pte", Firmware, "storing the page-table entry"},
    {"fence", Firmware, "TLB fences and invalidations"},
    {"restore", Firmware, "restoring registers, up to and including the return instruction"},
    {"monitor", Firmware, "traps into the monitor during the fault"},
    {"interrupt", Firmware, "interrupts and other traps into the kernel during the fault"},
    {"nested_fault", Firmware, "page faults that the handler itself took (records of their own)"},
    {"return", Hardware, "from the return to the access again: fetch and issue"},
    {"replay_l1_tlb", Hardware, "L1 TLB lookup of the replayed access"},
    {"replay_l2_tlb", Hardware, "L2 TLB lookup of the replayed access"},
    {"replay_walk_queue", Hardware, "waiting for a walker, replayed access"},
    {"replay_walk_read", Hardware, "reads of page-table entries, replayed access"},
    {"replay_walk_update", Hardware, "updates of A and D, replayed access"},
    {"replay_walk_other", Hardware, "the walk's own steps, replayed access"},
    {"replay_access", Hardware, "from the translation of the replayed access to its retirement"},
}};

using Names = std::string_view;

constexpr std::array kSave{Names{"handle_exception"}};
constexpr std::array kHandler{
    Names{"do_trap_page_fault"}, Names{"do_page_fault"},       Names{"do_trap_insn_fault"},
    Names{"do_trap_load_fault"}, Names{"do_trap_store_fault"}, Names{"do_notify_resume"},
};
constexpr std::array kVmaLookup{Names{"lock_mm_and_find_vma"}, Names{"find_vma"},
                                Names{"expand_stack"}, Names{"expand_downwards"}};
constexpr std::array kTableAlloc{
    Names{"pgd_alloc"},   Names{"p4d_alloc"},     Names{"__p4d_alloc"}, Names{"pud_alloc"},
    Names{"__pud_alloc"}, Names{"pmd_alloc"},     Names{"__pmd_alloc"}, Names{"pte_alloc"},
    Names{"__pte_alloc"}, Names{"pte_alloc_one"}, Names{"pmd_install"},
};
constexpr std::array kPageAlloc{
    Names{"alloc_zeroed_user_highpage_movable"},
    Names{"alloc_page_vma"},
    Names{"alloc_pages"},
    Names{"__alloc_pages"},
    Names{"alloc_page"},
};
constexpr std::array kZero{Names{"clear_user_highpage"}, Names{"clear_page"},
                           Names{"clear_huge_page"}};
constexpr std::array kCopy{Names{"copy_user_highpage"}, Names{"copy_page"}};
constexpr std::array kPageCache{Names{"filemap_fault"}};
constexpr std::array kFaultAround{Names{"filemap_map_pages"}};
constexpr std::array kMkPte{Names{"mk_pte"}};
constexpr std::array kRmap{
    Names{"anon_vma_prepare"},    Names{"__anon_vma_prepare"}, Names{"page_add_new_anon_rmap"},
    Names{"page_add_anon_rmap"},  Names{"page_add_file_rmap"}, Names{"page_remove_rmap"},
    Names{"page_move_anon_rmap"},
};
constexpr std::array kLru{Names{"lru_cache_add_inactive_or_unevictable"}, Names{"lru_cache_add"},
                          Names{"folio_add_lru"}, Names{"folio_add_lru_vma"},
                          Names{"lru_add_drain"}};
constexpr std::array kSetPte{Names{"set_pte_at"}, Names{"set_pmd_at"}};
constexpr std::array kFence{
    Names{"update_mmu_cache"},          Names{"update_mmu_cache_pmd"}, Names{"flush_tlb_page"},
    Names{"local_flush_tlb_page"},      Names{"flush_icache_pte"},     Names{"ptep_clear_flush"},
    Names{"local_flush_tlb_page_asid"}, Names{"local_flush_icache"},
};
constexpr std::array kRestore{Names{"ret_from_exception"}};

constexpr std::array<StageFunctions, 15> kStageFunctions{{
    {Stage::Save, false, kSave},
    {Stage::Handler, false, kHandler},
    {Stage::VmaLookup, true, kVmaLookup},
    {Stage::TableAlloc, true, kTableAlloc},
    {Stage::PageAlloc, false, kPageAlloc},
    {Stage::Zero, true, kZero},
    {Stage::Copy, true, kCopy},
    {Stage::PageCache, false, kPageCache},
    {Stage::FaultAround, false, kFaultAround},
    {Stage::MkPte, true, kMkPte},
    {Stage::Rmap, true, kRmap},
    {Stage::Lru, true, kLru},
    {Stage::SetPte, true, kSetPte},
    {Stage::Fence, true, kFence},
    {Stage::Restore, false, kRestore},
}};

}  // namespace

const StageInfo& stage_info(Stage stage) {
  return kStages[static_cast<std::size_t>(stage)];
}

std::span<const StageFunctions> stage_functions() {
  return kStageFunctions;
}

}  // namespace faultline
