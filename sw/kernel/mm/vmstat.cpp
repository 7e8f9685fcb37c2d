// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/vmstat.h"

vm_event_state vm_event_states[kMaxHarts];

namespace {

constexpr const char* kNames[] = {
    "pgfault",
    "pgmajfault",
    "pgreuse",
    "pgalloc",
    "pgfree",
    "pgtable_alloc",
    "pagecache_hit",
    "pagecache_miss",
    "fault_anon_read",
    "fault_anon_write",
    "fault_wp_zero",
    "fault_around",
    "fault_around_ptes",
    "fault_file_read",
    "fault_cow",
    "fault_shared",
    "fault_wp_copy",
    "fault_wp_reuse",
    "fault_access",
    "fault_stack",
    "fault_bad_area",
    "fault_sigbus",
    "fault_oom",
    "fault_huge_write",
    "fault_huge_read",
    "fault_huge_wp",
    "thp_fault_fallback",
    "fault_swap_cache",
    "fault_swap_device",
    "pswpin",
    "pswpout",
    "pgscan",
    "pgsteal",
    "pgactivate",
    "pgdeactivate",
    "thp_split",
    "fault_retry",
    "readahead_pages",
    "readahead_marks",
    "pgpgin",
    "pgpgout",
    "nr_dirtied",
    "nr_written",
    "oom_kill",
    "fault_without_trap",
};
static_assert(sizeof(kNames) / sizeof(kNames[0]) == NR_VM_EVENT_ITEMS);

}  // namespace

const char* vm_event_name(vm_event_item item) {
  return kNames[item];
}

std::uint64_t vm_event_total(vm_event_item item) {
  std::uint64_t sum = 0;
  for (const vm_event_state& state : vm_event_states) {
    sum += state.event[item];
  }
  return sum;
}

void vmstat_init() {
  for (vm_event_state& state : vm_event_states) {
    state = {};
  }
}
