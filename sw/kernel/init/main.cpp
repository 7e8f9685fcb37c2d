// SPDX-License-Identifier: Apache-2.0
// The kernel's start in C++: what the device tree says of the machine, memory, the initial archive,
// and the first program.

#include <cstring>

#include "sw/kernel/arch/riscv/memory_map.h"
#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/drivers/plic.h"
#include "sw/kernel/drivers/virtio_blk.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/devices.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/fs/initramfs.h"
#include "sw/kernel/fs/ramfs.h"
#include "sw/kernel/init/boot_info.h"
#include "sw/kernel/init/kernel_options.h"
#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/mem_init.h"
#include "sw/kernel/proc/exec.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/syscalls/syscalls.h"
#include "sw/lib/fdt.h"
#include "sw/programs/marker.h"

extern "C" [[noreturn]] void start_kernel(std::uint64_t device_tree);

namespace {

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
void setup_init_task() {
  init_task.files = alloc_files();
  init_task.fs = alloc_fs(*root_inode());
  if (init_task.files == nullptr || init_task.fs == nullptr) panic("no memory for the first task");
  for (int number = 0; number < 3; ++number) {
    int error = 0;
    open_file* const f = open_path(*root_inode(), "/dev/console", O_RDWR, 0, error);
    if (f == nullptr || install_file(*init_task.files, *f, 0) < 0) {
      panic("cannot open the console (error %d)", -error);
    }
  }
}

/// Collects the first program's command line: its path, and the words after "--" of the boot
/// options.
void collect_arguments(exec_strings& strings, const kernel_options& options) {
  constexpr std::string_view kEnvironment[] = {"HOME=/", "PATH=/bin", "TERM=dumb"};
  const auto add = [&strings](std::string_view word) {
    char plain[exec_strings::kMaxBytes];
    return word.size() <= sizeof(plain) && strings.add_argument(plain, lib::unquote(word, plain));
  };
  bool fits = add(options.init);
  lib::WordReader words = options.arguments;
  while (const auto word = words.next()) fits = fits && add(*word);
  for (const std::string_view variable : kEnvironment) {
    fits = fits && strings.add_variable(variable.data(), variable.size());
  }
  if (!fits) panic("the first program's arguments are too long");
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

void run_init(const kernel_options& options) {
  constexpr unsigned kCannotExecute = 126;
  static exec_strings strings;
  collect_arguments(strings, options);
  const char* const path = strings.text;
  const int error = do_execve(path, strings);
  if (error == 0) return;
  printk(log_level::emergency, "cannot run %s: %s (error %d)\n", path, reason(error), -error);
  machine_power_off(kCannotExecute);
}

}  // namespace

void start_kernel(std::uint64_t device_tree) {
  const boot_info boot = read_boot_info(device_tree);
  const kernel_options options = parse_kernel_options(boot.command_line);
  set_console_loglevel(options.loglevel);
  report_vmstat_at_exit(options.vmstat);
  set_timebase(boot.timebase_frequency);
  setup_memory(boot, options);
  processor_init();
  setup_devices(boot);
  setup_files(boot);
  setup_init_task();
  run_init(options);
  marker::timed();
  return_to_user(task_pt_regs(init_task));
}
