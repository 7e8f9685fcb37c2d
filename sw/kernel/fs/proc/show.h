// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the files of /proc say, in Linux's formats (proc(5)).

#include "sw/kernel/fs/proc/text.h"
#include "sw/kernel/proc/task.h"

namespace procfs {

/// /proc/vmstat: the counters of the memory-management core.
void show_vmstat(text& to);
/// /proc/meminfo: memory, swap and what they hold.
void show_meminfo(text& to);
/// /proc/PID/maps: the VMAs of a process.
void show_maps(task_struct& task, text& to);
/// /proc/PID/stat: the fields that have a meaning here, the others 0.
void show_stat(task_struct& task, text& to);
/// /proc/PID/statm: sizes in pages.
void show_statm(task_struct& task, text& to);
/// Path of the program that a process runs, with its terminator, to `to` of kPathMax bytes. 0 or
/// -ENOENT.
[[nodiscard]] int program_path(task_struct& task, char* to);

}  // namespace procfs
