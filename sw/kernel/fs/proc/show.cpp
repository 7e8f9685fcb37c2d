// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/fs/proc/show.h"

#include "sw/kernel/arch/riscv/vdso.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/page_alloc.h"
#include "sw/kernel/mm/page_writeback.h"
#include "sw/kernel/mm/slab.h"
#include "sw/kernel/mm/swap.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/mm/vmstat.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/proc/usage.h"

namespace procfs {

namespace {

/// The address space of a task, which stays while this exists; none if the task has ended.
class mm_reference {
 public:
  explicit mm_reference(const task_struct& task) : mm_(task.mm) {
    if (mm_ != nullptr) ++mm_->mm_users;
  }
  ~mm_reference() {
    if (mm_ != nullptr) mmput(mm_);
  }
  mm_reference(const mm_reference&) = delete;
  mm_reference& operator=(const mm_reference&) = delete;
  explicit operator bool() const { return mm_ != nullptr; }
  mm_struct& operator*() const { return *mm_; }
  mm_struct* operator->() const { return mm_; }

 private:
  mm_struct* mm_;
};

/// Memory for one path.
class path_buffer {
 public:
  path_buffer() : text_(static_cast<char*>(kmalloc(kPathMax))) {}
  ~path_buffer() { kfree(text_); }
  path_buffer(const path_buffer&) = delete;
  path_buffer& operator=(const path_buffer&) = delete;
  [[nodiscard]] char* get() const { return text_; }

 private:
  char* text_;
};

/// What maps calls a VMA without a file; null: nothing.
const char* name_of(const vm_area_struct& vma) {
  const mm_struct& mm = *vma.vm_mm;
  const std::uintptr_t sigreturn = vdso_rt_sigreturn(mm);
  if (vma.vm_start <= mm.brk && vma.vm_end >= mm.start_brk && mm.brk != mm.start_brk) {
    return "[heap]";
  }
  if (vma.vm_start <= mm.start_stack && vma.vm_end >= mm.start_stack) return "[stack]";
  return vma.vm_start <= sigreturn && sigreturn < vma.vm_end ? "[vdso]" : nullptr;
}

void show_vma(const vm_area_struct& vma, text& to, char* path) {
  constexpr unsigned kMinorBits = 8;
  constexpr std::uint64_t kMinorMask = 0xff;
  constexpr std::size_t kNameColumn = 73;
  open_file* const f = vma.vm_file == nullptr ? nullptr : to_open_file(*vma.vm_file);
  const std::uint64_t device = f == nullptr ? 0 : f->node->i_sb->s_dev;
  const std::uint64_t offset = vma.vm_file == nullptr ? 0 : vma.vm_pgoff << PAGE_SHIFT;
  const std::size_t start = to.size();
  to.print("%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ", vma.vm_start, vma.vm_end,
           (vma.vm_flags & VM_READ) != 0 ? 'r' : '-', (vma.vm_flags & VM_WRITE) != 0 ? 'w' : '-',
           (vma.vm_flags & VM_EXEC) != 0 ? 'x' : '-', (vma.vm_flags & VM_SHARED) != 0 ? 's' : 'p',
           offset, device >> kMinorBits, device & kMinorMask, f == nullptr ? 0 : f->node->i_ino);
  const char* name = name_of(vma);
  if (f != nullptr) {
    name = file_path(*f, path) > 0 ? path : "(deleted)";
  } else if (name == nullptr && vma.vm_file != nullptr) {
    name = "/dev/zero (deleted)";
  }
  if (name != nullptr) {
    to.pad(start, kNameColumn);
    to.print("%s", name);
  }
  to.print("\n");
}

/// Kilobytes of a number of pages.
std::uint64_t kib(std::uint64_t pages) {
  return pages << (PAGE_SHIFT - 10);
}

std::uint64_t resident_pages(const mm_struct& mm) {
  return static_cast<std::uint64_t>(mm.rss_stat[MM_FILEPAGES] + mm.rss_stat[MM_ANONPAGES] +
                                    mm.rss_stat[MM_SHMEMPAGES]);
}

constexpr std::uint64_t kTicksPerSecond = 100;  // of times in /proc: USER_HZ

/// A time in ticks of the time counter, in those of /proc.
std::uint64_t clock_ticks(std::uint64_t time) {
  return time * kTicksPerSecond / timebase_frequency();
}

}  // namespace

void show_vmstat(text& to) {
  for (unsigned item = 0; item < NR_VM_EVENT_ITEMS; ++item) {
    const auto event = static_cast<vm_event_item>(item);
    to.print("%s %lu\n", vm_event_name(event), vm_event_total(event));
  }
}

void show_meminfo(text& to) {
  const std::uint64_t* const lists = node_lruvec.nr_pages;
  const auto line = [&to](const char* name, std::uint64_t pages) {
    const std::size_t start = to.size();
    to.print("%s:", name);
    constexpr std::size_t kNumberColumn = 16;
    to.pad(start, kNumberColumn);
    to.print("%8lu kB\n", kib(pages));
  };
  line("MemTotal", totalram_pages());
  line("MemFree", nr_free_pages());
  line("MemAvailable", nr_free_pages() + lists[LRU_INACTIVE_FILE] + lists[LRU_ACTIVE_FILE]);
  line("Active(anon)", lists[LRU_ACTIVE_ANON]);
  line("Inactive(anon)", lists[LRU_INACTIVE_ANON]);
  line("Active(file)", lists[LRU_ACTIVE_FILE]);
  line("Inactive(file)", lists[LRU_INACTIVE_FILE]);
  line("Unevictable", lists[LRU_UNEVICTABLE]);
  line("SwapTotal", total_swap_pages());
  line("SwapFree", get_nr_swap_pages());
  line("Dirty", nr_dirty_pages());
  line("Slab", nr_slab().pages);
}

void show_maps(task_struct& task, text& to) {
  const mm_reference mm(task);
  const path_buffer path;
  if (!mm || path.get() == nullptr) return;
  mm->mmap_lock.read_lock();
  for (const vm_area_struct* vma = mm->mmap; vma != nullptr; vma = vma->vm_next) {
    show_vma(*vma, to, path.get());
  }
  mm->mmap_lock.read_unlock();
}

void show_stat(task_struct& task, text& to) {
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  const mm_reference mm(task);
  const task_usage usage = process_usage(task);
  const char state = task.state == TASK_RUNNING ? 'R' : task.exit_state != EXIT_NONE ? 'Z' : 'S';
  to.print("%d (%s) %c %d %d %d 0 -1 0 ", task.pid, task.comm, state, task.parent->tgid,
           task.signal->pgrp, task.signal->session);
  to.print("%lu 0 %lu 0 %lu %lu 0 0 20 0 1 0 %lu %lu %lu ", usage.min_flt, usage.maj_flt,
           clock_ticks(usage.runtime - usage.stime), clock_ticks(usage.stime),
           task.start_time / (kNanosecondsPerSecond / kTicksPerSecond),
           mm ? mm->total_vm << PAGE_SHIFT : 0, mm ? resident_pages(*mm) : 0);
  constexpr unsigned kRemaining = 28;  // fields 25 to 52
  for (unsigned i = 1; i < kRemaining; ++i) to.print("0 ");
  to.print("0\n");
}

void show_statm(task_struct& task, text& to) {
  const mm_reference mm(task);
  if (!mm) {
    to.print("0 0 0 0 0 0 0\n");
    return;
  }
  const auto shared =
      static_cast<std::uint64_t>(mm->rss_stat[MM_FILEPAGES] + mm->rss_stat[MM_SHMEMPAGES]);
  to.print("%lu %lu %lu 0 0 0 0\n", mm->total_vm, resident_pages(*mm), shared);
}

int program_path(task_struct& task, char* to) {
  const mm_reference mm(task);
  if (!mm) return -ENOENT;
  int error = -ENOENT;
  mm->mmap_lock.read_lock();
  // The program's own file is the first that code was mapped from.
  for (const vm_area_struct* vma = mm->mmap; vma != nullptr; vma = vma->vm_next) {
    open_file* const f = vma->vm_file == nullptr ? nullptr : to_open_file(*vma->vm_file);
    if (f == nullptr || (vma->vm_flags & VM_EXEC) == 0) continue;
    const std::int64_t length = file_path(*f, to);
    error = length < 0 ? static_cast<int>(length) : 0;
    break;
  }
  mm->mmap_lock.read_unlock();
  return error;
}

}  // namespace procfs
