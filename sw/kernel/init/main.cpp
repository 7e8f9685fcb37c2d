// SPDX-License-Identifier: Apache-2.0
// The kernel's start in C++: what the device tree says of the machine, memory, the initial archive.
// What may sleep is left to a task of its own, which becomes the first program; the boot's own task
// becomes the idle task.

#include <cstring>

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/arch/riscv/vdso.h"
#include "sw/kernel/block/block_device.h"
#include "sw/kernel/drivers/plic.h"
#include "sw/kernel/drivers/virtio_blk.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/devices.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/initramfs.h"
#include "sw/kernel/fs/proc/procfs.h"
#include "sw/kernel/fs/ramfs.h"
#include "sw/kernel/fs/super_block.h"
#include "sw/kernel/init/boot_info.h"
#include "sw/kernel/init/kernel_options.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/mem_init.h"
#include "sw/kernel/mm/swapfile.h"
#include "sw/kernel/proc/exec.h"
#include "sw/kernel/proc/fork.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task_alloc.h"
#include "sw/kernel/proc/timer.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/lib/fdt.h"
#include "sw/programs/marker.h"

extern "C" [[noreturn]] void start_kernel(std::uint64_t device_tree);

namespace {

constexpr std::uint64_t kDefaultStackLimit = 8u << 20;

constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t size) {
  return value & ~(size - 1);
}

phys_range whole_pages(phys_range range) {
  return {round_down(range.start, PAGE_SIZE), round_down(range.end + PAGE_SIZE - 1, PAGE_SIZE)};
}

/// Hands RAM to the memory-management core, except for what the monitor, the kernel, the device
/// tree and the archive occupy.
void setup_memory(const boot_info& boot, const kernel_options& options) {
  const phys_range ram = {round_down(boot.ram.start, PMD_SIZE), round_down(boot.ram.end, PMD_SIZE)};
  const phys_range reserved[] = {
      {ram.start, kernel_image().end},
      whole_pages(boot.device_tree),
      whole_pages(boot.archive),
  };
  mem_init({.ram = ram,
            .reserved = reserved,
            .nr_reserved = sizeof(reserved) / sizeof(reserved[0]),
            .linear_offset = map_linear(ram),
            .kernel_pgd = swapper_pg_dir,
            .fault_around_bytes = options.fault_around_bytes,
            .transparent_hugepage = options.transparent_hugepage});
  set_readahead_mode(options.readahead);
  printk(log_level::info, "memory: %lu MiB, %lu pages free\n", (ram.end - ram.start) >> 20,
         nr_free_pages());
}

/// Finds the interrupt controller and the block devices.
void setup_devices(const boot_info& boot) {
  const auto tree = lib::Fdt::open(device_tree_window(boot.device_tree.start));
  if (tree && plic_init(*tree)) virtio_blk_init(*tree);
}

void setup_files(const boot_info& boot) {
  inode_init();
  ramfs_init();
  const std::uint64_t size = boot.archive.end - boot.archive.start;
  if (size != 0) {
    unpack_to_rootfs({static_cast<const std::uint8_t*>(phys_to_virt(boot.archive.start)), size});
    const phys_range freed = whole_pages(boot.archive);
    free_reserved_area(freed.start, freed.end);
    printk(log_level::info, "initial archive: %lu KiB unpacked, %lu pages free\n", size >> 10,
           nr_free_pages());
  }
  make_devices();
}

/// Gives the first process its files: 0, 1 and 2 are the console.
void setup_first_files(task_struct& task) {
  for (int number = 0; number < 3; ++number) {
    int error = 0;
    open_file* const f = open_path(*root_inode(), "/dev/console", O_RDWR, 0, error);
    if (f == nullptr || install_file(*task.files, *f, 0) < 0) {
      panic("cannot open the console (error %d)", -error);
    }
  }
}

/// What the first process passes on to all others: an empty table of files, the root directory, and
/// limits (those of a Debian shell). The boot's own task needs them only to be copied.
void setup_init_task() {
  init_task.files = alloc_files();
  init_task.fs = alloc_fs(*root_inode());
  init_task.signal = alloc_signal();
  init_task.sighand = alloc_sighand();
  if (init_task.files == nullptr || init_task.fs == nullptr || init_task.signal == nullptr ||
      init_task.sighand == nullptr) {
    panic("no memory for the first task");
  }
  init_task.group_leader = init_task.parent = &init_task;
  init_task.children.init();
  init_task.pending.list.init();
  init_task.signal->threads.add(init_task.thread_node);
  for (rlimit64& limit : init_task.signal->rlim) limit = {kUnlimited, kUnlimited};
  init_task.signal->rlim[RLIMIT_STACK].rlim_cur = kDefaultStackLimit;
  init_task.signal->rlim[RLIMIT_CORE].rlim_cur = 0;
  init_task.signal->rlim[RLIMIT_NOFILE] = {kMaxOpenFiles, kMaxOpenFiles};
}

/// Strings with terminators, and pointers to them, as execve takes them.
class string_list {
 public:
  /// Adds a word of the boot options, without its quotes.
  void add(std::string_view word) {
    if (count_ + 1 == kMostStrings || word.size() >= sizeof(text_) - size_) {
      panic("the first program's arguments or environment are too long");
    }
    char* const to = text_ + size_;
    const std::size_t length = lib::unquote(word, to);
    to[length] = '\0';
    strings_[count_++] = to;
    size_ += length + 1;
  }
  /// Whether a string begins with `prefix`.
  [[nodiscard]] bool has(std::string_view prefix) const {
    for (unsigned i = 0; i < count_; ++i) {
      if (std::string_view(strings_[i]).starts_with(prefix)) return true;
    }
    return false;
  }
  [[nodiscard]] const char* const* pointers() const { return strings_; }

 private:
  static constexpr unsigned kMostStrings = 128;
  char text_[4096];
  std::size_t size_ = 0;
  const char* strings_[kMostStrings] = {};
  unsigned count_ = 0;
};

/// The first program's command line: its path, and the words after "--" of the boot options.
void collect_arguments(const kernel_options& options, string_list& list) {
  list.add(options.init);
  lib::WordReader words = options.arguments;
  while (const auto word = words.next()) list.add(*word);
}

/// Its environment: what setenv= says, and of what every program expects the rest.
void collect_environment(const kernel_options& options, string_list& list) {
  constexpr std::string_view kOption = "setenv=";
  lib::WordReader words = options.words;
  while (const auto word = words.next()) {
    if (word->starts_with(kOption)) list.add(word->substr(kOption.size()));
  }
  constexpr std::string_view kDefaults[][2] = {
      {"HOME=", "HOME=/"}, {"PATH=", "PATH=/bin"}, {"TERM=", "TERM=dumb"}};
  for (const auto& [name, variable] : kDefaults) {
    if (!list.has(name)) list.add(variable);
  }
}

/// Puts the first block device that holds a swap area to use. May sleep.
void setup_swap() {
  for (block_device* bdev = next_block_device(nullptr); bdev != nullptr;
       bdev = next_block_device(bdev)) {
    if (!is_swap_area(*bdev)) continue;
    const char* why = nullptr;
    if (swapon(*bdev, why) == 0) {
      printk(log_level::info, "%s: swap area of %lu pages\n", bdev->name, total_swap_pages());
      return;
    }
    printk(log_level::error, "%s: %s\n", bdev->name, why);
  }
}

/// Why a program could not be started.
const char* reason(int error) {
  switch (error) {
    case -ENOENT:
      return "no such file";
    case -ENOTDIR:
      return "a part of the path is no directory";
    case -EACCES:
      return "not an executable file";
    case -ENOEXEC:
      return "not a whole static executable for RV64";
    case -ENOMEM:
      return "out of memory";
    default:
      return "its segments cannot be mapped";
  }
}

/// What the first process needs of the boot.
struct first_process {
  kernel_options options;
  phys_range device_tree;
};

/// The first process: what is left of the boot, and then the first program.
int kernel_init(void* argument) {
  constexpr unsigned kCannotExecute = 126;
  const auto& [options, device_tree] = *static_cast<const first_process*>(argument);
  task_struct& task = *get_current();
  task.signal->pgrp = task.signal->session = task.pid;
  mount_procfs();
  mount_disk();
  setup_first_files(task);
  setup_swap();
  static string_list arguments;
  static string_list environment;
  collect_arguments(options, arguments);
  collect_environment(options, environment);
  // The options' words were the last that the tree was needed for. Given back, it leaves the same
  // memory on every machine, whatever else that machine's tree describes.
  const phys_range freed = whole_pages(device_tree);
  free_reserved_area(freed.start, freed.end);
  const char* const path = arguments.pointers()[0];
  const int error = do_execve(path, string_array::of_kernel(arguments.pointers()),
                              string_array::of_kernel(environment.pointers()));
  if (error != 0) {
    printk(log_level::emergency, "cannot run %s: %s (error %d)\n", path, reason(error), -error);
    machine_power_off(kCannotExecute);
  }
  marker::timed();
  return 0;
}

}  // namespace

void start_kernel(std::uint64_t device_tree) {
  const boot_info boot = read_boot_info(device_tree);
  static first_process start;
  start = {.options = parse_kernel_options(boot.command_line), .device_tree = boot.device_tree};
  const kernel_options& options = start.options;
  set_console_loglevel(options.loglevel);
  report_vmstat_at_exit(options.vmstat);
  setup_memory(boot, options);
  processor_init();
  tasks_init();
  signals_init();
  timers_init(boot.timebase_frequency);
  vdso_init();
  setup_devices(boot);
  setup_files(boot);
  setup_init_task();
  const kernel_clone_args first = {.flags = 0,
                                   .exit_signal = 0,
                                   .stack = 0,
                                   .tls = 0,
                                   .parent_tid = 0,
                                   .child_tid = 0,
                                   .fn = kernel_init,
                                   .fn_arg = &start};
  if (kernel_clone(first) < 0) panic("no memory for the first process");
  cpu_idle();
}
