// SPDX-License-Identifier: Apache-2.0
#include "platform/measure/stages.h"

#include <array>

namespace faultline {

namespace {

using enum StageSide;
using Group = StageGroup;

constexpr std::array<StageInfo, kStageCount> kStages{{
    {"l1_tlb", Hardware, Group::Walk, "L1 TLB lookup of the access that faults"},
    {"l2_tlb", Hardware, Group::Walk, "L2 TLB lookup of the access that faults"},
    {"walk_queue", Hardware, Group::Walk, "waiting for a walker"},
    {"walk_read", Hardware, Group::Walk, "reads of page-table entries, from request to response"},
    {"walk_update", Hardware, Group::Walk, "updates of A and D by the walker"},
    {"walk_other", Hardware, Group::Walk,
     "the walk's own steps: walk-cache lookup, address, decision, response"},
    {"trap_entry", Hardware, Group::Trap,
     "from the abort to the first instruction of the trap handler"},
    {"save", Firmware, Group::Trap, "saving registers, up to the dispatch of the fault"},
    {"dispatch", Firmware, Group::Decide,
     "what kind of fault it is: mode, access, permission of the mapping (do_page_fault)"},
    {"vma_lookup", Firmware, Group::Vma, "finding (and growing) the virtual memory area"},
    {"account", Firmware, Group::Decide, "counting the fault (handle_mm_fault)"},
    {"table_walk", Firmware, Group::Decide,
     "the page tables read by software, the choice of the path (handle_pte_fault)"},
    {"table_alloc", Firmware, Group::Tables, "allocating, zeroing and linking page-table pages"},
    {"path", Firmware, Group::Decide,
     "the path's own steps: decisions, locks, counters, the entry compared again"},
    {"page_alloc", Firmware, Group::Alloc, "taking a page frame from the allocator"},
    {"zero", Firmware, Group::Data, "zeroing the page"},
    {"copy", Firmware, Group::Data, "copying the page"},
    {"page_cache", Firmware, Group::Cache,
     "finding the page in the page cache (filemap_fault, shmem_fault)"},
    {"fault_around", Firmware, Group::Cache,
     "finding the neighbours in the page cache (filemap_map_pages)"},
    {"readahead", Firmware, Group::Read,
     "choosing the pages to read, allocating them, starting the I/O"},
    {"swap", Firmware, Group::Read, "swap cache and swap entries"},
    {"mkwrite", Firmware, Group::Cache,
     "asking the file system for a write, marking the page dirty (do_page_mkwrite)"},
    {"split", Firmware, Group::Tables, "splitting a 2 MiB page into 512 entries"},
    {"mk_pte", Firmware, Group::Pte, "building the page-table entry"},
    {"rmap", Firmware, Group::Lists, "reverse mapping"},
    {"lru", Firmware, Group::Lists, "LRU list"},
    {"set_pte", Firmware, Group::Pte, "storing the page-table entry"},
    {"fence", Firmware, Group::Fence, "TLB fences and invalidations"},
    {"reclaim", Firmware, Group::Other, "making pages free, or choosing whom to kill"},
    {"signal", Firmware, Group::Other, "raising a signal and writing its frame"},
    {"schedule", Firmware, Group::Wait, "going to sleep, choosing another task, waking up"},
    {"restore", Firmware, Group::Trap,
     "restoring registers, up to and including the return instruction"},
    {"wait", Waiting, Group::Wait,
     "another task has the hart: the fault waits for I/O, or for its turn"},
    {"monitor", Firmware, Group::Other, "traps into the monitor during the fault"},
    {"interrupt", Firmware, Group::Other,
     "interrupts and other traps into the kernel during the fault"},
    {"nested_fault", Firmware, Group::Other,
     "page faults that the handler itself took (records of their own)"},
    {"return", Hardware, Group::Trap, "from the return to the access again: fetch and issue"},
    {"replay_l1_tlb", Hardware, Group::Replay, "L1 TLB lookup of the replayed access"},
    {"replay_l2_tlb", Hardware, Group::Replay, "L2 TLB lookup of the replayed access"},
    {"replay_walk_queue", Hardware, Group::Replay, "waiting for a walker, replayed access"},
    {"replay_walk_read", Hardware, Group::Replay, "reads of page-table entries, replayed access"},
    {"replay_walk_update", Hardware, Group::Replay, "updates of A and D, replayed access"},
    {"replay_walk_other", Hardware, Group::Replay, "the walk's own steps, replayed access"},
    {"replay_access", Hardware, Group::Replay,
     "from the translation of the replayed access to its retirement"},
}};

constexpr std::array<std::string_view, kStageGroupCount> kGroups{
    "walk", "trap",  "decide", "vma",   "tables", "alloc", "data",  "cache",
    "read", "entry", "lists",  "fence", "wait",   "other", "replay"};

using Names = std::string_view;

constexpr std::array kSave{Names{"handle_exception"}};
constexpr std::array kDispatch{Names{"do_trap_page_fault"}, Names{"do_page_fault"},
                               Names{"do_trap_insn_fault"}, Names{"do_trap_load_fault"},
                               Names{"do_trap_store_fault"}};
constexpr std::array kVmaLookup{Names{"lock_mm_and_find_vma"}, Names{"find_vma"},
                                Names{"expand_stack"}, Names{"expand_downwards"}};
constexpr std::array kAccount{Names{"handle_mm_fault"}};
constexpr std::array kTableWalk{Names{"__handle_mm_fault"}, Names{"handle_pte_fault"}};
constexpr std::array kTableAlloc{
    Names{"pgd_alloc"},
    Names{"p4d_alloc"},
    Names{"__p4d_alloc"},
    Names{"pud_alloc"},
    Names{"__pud_alloc"},
    Names{"pmd_alloc"},
    Names{"__pmd_alloc"},
    Names{"pte_alloc"},
    Names{"__pte_alloc"},
    Names{"pte_alloc_one"},
    Names{"pmd_install"},
    Names{"pgtable_trans_huge_deposit"},
    Names{"pgtable_trans_huge_withdraw"},
};
constexpr std::array kPath{
    Names{"do_anonymous_page"},
    Names{"do_huge_pmd_anonymous_page"},
    Names{"do_huge_pmd_wp_page"},
    Names{"huge_pmd_set_accessed"},
    Names{"do_fault"},
    Names{"do_read_fault"},
    Names{"do_fault_around"},
    Names{"do_cow_fault"},
    Names{"do_shared_fault"},
    Names{"__do_fault"},
    Names{"finish_fault"},
    Names{"do_swap_page"},
    Names{"do_wp_page"},
    Names{"wp_page_copy"},
    Names{"wp_page_reuse"},
    Names{"wp_page_shared"},
    Names{"wp_can_reuse_anon_folio"},
    Names{"finish_mkwrite_fault"},
    Names{"ptep_set_access_flags"},
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
constexpr std::array kPageCache{Names{"filemap_fault"}, Names{"find_get_page"},
                                Names{"shmem_fault"}, Names{"shmem_get_folio"}};
constexpr std::array kFaultAround{Names{"filemap_map_pages"}};
constexpr std::array kReadahead{
    Names{"do_sync_mmap_readahead"}, Names{"do_async_mmap_readahead"},
    Names{"page_cache_sync_ra"},     Names{"page_cache_async_ra"},
    Names{"page_cache_ra_order"},    Names{"force_page_cache_readahead"},
    Names{"filemap_read_folio"},     Names{"swapin_readahead"},
};
constexpr std::array kSwap{
    Names{"swap_cache_get_folio"},   Names{"swap_free"},
    Names{"folio_free_swap"},        Names{"free_swap_cache"},
    Names{"delete_from_swap_cache"}, Names{"put_swap_page"},
};
constexpr std::array kMkwrite{
    Names{"do_page_mkwrite"},         Names{"filemap_page_mkwrite"},
    Names{"fault_dirty_shared_page"}, Names{"set_page_dirty"},
    Names{"file_update_time"},        Names{"balance_dirty_pages_ratelimited"},
};
constexpr std::array kSplit{Names{"__split_huge_pmd"}, Names{"split_huge_page"}};
constexpr std::array kMkPte{Names{"mk_pte"}, Names{"mk_huge_pmd"}};
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
    Names{"update_mmu_cache"},      Names{"update_mmu_cache_pmd"},
    Names{"flush_tlb_page"},        Names{"flush_tlb_range"},
    Names{"flush_tlb_mm"},          Names{"local_flush_tlb_page"},
    Names{"flush_icache_pte"},      Names{"local_flush_tlb_page_asid"},
    Names{"ptep_clear_flush"},      Names{"local_flush_icache"},
    Names{"pmdp_huge_clear_flush"},
};
constexpr std::array kReclaim{Names{"try_to_free_pages"}, Names{"out_of_memory"},
                              Names{"pagefault_out_of_memory"}};
constexpr std::array kSignal{
    Names{"bad_area"},  Names{"do_sigbus"},     Names{"force_sig_fault"}, Names{"do_notify_resume"},
    Names{"do_signal"}, Names{"handle_signal"}, Names{"setup_rt_frame"}};
constexpr std::array kSchedule{Names{"schedule"}, Names{"wait_on_var"}, Names{"wake_up_var"},
                               Names{"scheduler_tick"}};
constexpr std::array kRestore{Names{"ret_from_exception"}};

using enum Nesting;

constexpr std::array kStageFunctions{
    StageFunctions{Stage::Save, Open, kSave},
    StageFunctions{Stage::Dispatch, Open, kDispatch},
    StageFunctions{Stage::VmaLookup, Absorbs, kVmaLookup},
    StageFunctions{Stage::Account, Open, kAccount},
    StageFunctions{Stage::TableWalk, Open, kTableWalk},
    StageFunctions{Stage::TableAlloc, Absorbs, kTableAlloc},
    StageFunctions{Stage::Path, Open, kPath},
    StageFunctions{Stage::PageAlloc, Open, kPageAlloc},
    StageFunctions{Stage::Zero, Absorbs, kZero},
    StageFunctions{Stage::Copy, Absorbs, kCopy},
    StageFunctions{Stage::PageCache, Open, kPageCache},
    StageFunctions{Stage::FaultAround, Open, kFaultAround},
    StageFunctions{Stage::Readahead, Absorbs, kReadahead},
    StageFunctions{Stage::Swap, Absorbs, kSwap},
    StageFunctions{Stage::Mkwrite, Absorbs, kMkwrite},
    StageFunctions{Stage::Split, Absorbs, kSplit},
    StageFunctions{Stage::MkPte, Absorbs, kMkPte},
    StageFunctions{Stage::Rmap, Absorbs, kRmap},
    StageFunctions{Stage::Lru, Absorbs, kLru},
    StageFunctions{Stage::SetPte, Absorbs, kSetPte},
    StageFunctions{Stage::Fence, Absorbs, kFence},
    StageFunctions{Stage::Reclaim, Separate, kReclaim},
    StageFunctions{Stage::Signal, Open, kSignal},
    StageFunctions{Stage::Schedule, Separate, kSchedule},
    StageFunctions{Stage::Restore, Open, kRestore},
};

}  // namespace

const char* to_string(StageSide side) {
  switch (side) {
    case Hardware:
      return "hardware";
    case Firmware:
      return "firmware";
    case Waiting:
      return "waiting";
  }
  return "?";
}

std::string_view group_name(StageGroup group) {
  return kGroups[static_cast<std::size_t>(group)];
}

const StageInfo& stage_info(Stage stage) {
  return kStages[static_cast<std::size_t>(stage)];
}

std::span<const StageFunctions> stage_functions() {
  return kStageFunctions;
}

}  // namespace faultline
