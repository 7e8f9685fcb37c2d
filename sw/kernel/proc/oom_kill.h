// SPDX-License-Identifier: Apache-2.0
#pragma once

// out_of_memory() of sw/kernel/mm/arch.h: who dies when no page can be had.

struct task_struct;

/// The process that out_of_memory() would kill, or null: the one with most resident pages, swap
/// entries and page tables.
[[nodiscard]] task_struct* select_bad_process();
