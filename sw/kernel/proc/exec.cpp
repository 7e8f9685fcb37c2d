// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/proc/exec.h"

#include <cstring>
#include <string_view>

#include "sw/kernel/arch/riscv/processor.h"
#include "sw/kernel/arch/riscv/uaccess.h"
#include "sw/kernel/errno.h"
#include "sw/kernel/fs/file.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/proc/binfmt_elf.h"
#include "sw/kernel/proc/exec_stack.h"
#include "sw/kernel/proc/exit.h"
#include "sw/kernel/proc/fork.h"
#include "sw/kernel/proc/sched.h"
#include "sw/kernel/proc/signal.h"
#include "sw/kernel/proc/task.h"
#include "sw/kernel/proc/task_alloc.h"
#include "sw/kernel/proc/usage.h"

namespace {

/// Builds the new address space up to the program's first instruction; 0 or -errno.
int build_address_space(mm_struct& mm, const executable& program, const char* path,
                        const string_array& arguments, const string_array& environment,
                        program_info& info, std::uintptr_t& sp) {
  const rlimit64* const limits = get_current()->signal->rlim;
  mm.rlimit_stack = limits[RLIMIT_STACK].rlim_cur;
  mm.rlimit_as = limits[RLIMIT_AS].rlim_cur;
  mm.rlimit_data = limits[RLIMIT_DATA].rlim_cur;
  arch_pick_mmap_layout(mm);
  mm.mmap_lock.write_lock();
  int error = setup_stack_vma(mm, TASK_SIZE, kInitialStackBytes);
  mm.mmap_lock.write_unlock();
  exec_stack stack(mm);
  if (error == 0) error = stack.push_strings(path, arguments, environment);
  if (error == 0) error = map_program(mm, program, info);
  if (error == 0) error = stack.push_vector(info);
  sp = stack.sp();
  return error;
}

/// Handlers that another process shares become the process's own; false: out of memory.
bool unshare_sighand(task_struct& task) {
  if (task.sighand->users == 1) return true;
  sighand_struct* const own = alloc_sighand();
  if (own == nullptr) return false;
  std::memcpy(own->action, task.sighand->action, sizeof(own->action));
  put_sighand(*task.sighand);
  task.sighand = own;
  return true;
}

bool unshare_files(task_struct& task) {
  if (task.files->count == 1) return true;
  files_struct* const own = dup_fd(*task.files);
  if (own == nullptr) return false;
  put_files_struct(task.files);
  task.files = own;
  return true;
}

void enter_address_space(task_struct& task, mm_struct* mm) {
  mm_struct* const old = task.mm;
  if (old != nullptr) {
    mm_release(task);
    update_maxrss(task);
  }
  account_current(task);
  task.mm = mm;
  // Its faults so far are this task's: it built its stack.
  task.mm_min_flt = task.mm_maj_flt = 0;
  switch_mm(*mm);
  if (old != nullptr) mmput(old);
}

void set_name(task_struct& task, const char* path) {
  const std::string_view text(path);
  const std::string_view name = text.substr(text.rfind('/') + 1);
  const std::size_t size = name.size() < sizeof(task.comm) ? name.size() : sizeof(task.comm) - 1;
  std::memcpy(task.comm, name.data(), size);
  task.comm[size] = '\0';
}

/// What a process loses with its old program.
void forget_old_program(task_struct& task) {
  do_close_on_exec(*task.files);
  flush_signal_handlers(*task.sighand);
  task.sas_ss_sp = task.sas_ss_size = 0;
  task.clear_child_tid = 0;
  task.robust_list = 0;
}

int load_program(file& f, const char* path, const string_array& arguments,
                 const string_array& environment) {
  task_struct& task = *get_current();
  executable program{.f = &f, .header = {}, .segments = {}};
  int error = read_headers(program);
  if (error != 0) return error;
  mm_struct* const mm = mm_alloc();
  if (mm == nullptr) return -ENOMEM;
  program_info info{};
  std::uintptr_t sp = 0;
  error = build_address_space(*mm, program, path, arguments, environment, info, sp);
  if (error == 0) error = de_thread();
  if (error == 0 && (!unshare_sighand(task) || !unshare_files(task))) error = -ENOMEM;
  if (error != 0) {
    mmput(mm);
    return error;
  }
  enter_address_space(task, mm);
  forget_old_program(task);
  set_name(task, path);
  start_thread(*task_pt_regs(task), info.entry, sp);
  return 0;
}

}  // namespace

bool string_array::get(unsigned index, std::uintptr_t& string) const {
  const std::uintptr_t at = address_ + index * sizeof(string);
  string = 0;
  if (address_ == 0) return true;
  if (!kernel_) return get_user(string, at);
  string = *reinterpret_cast<const std::uintptr_t*>(at);
  return true;
}

std::int64_t string_array::copy(char* to, std::uintptr_t string, std::size_t size) const {
  if (!kernel_) return strncpy_from_user(to, string, size);
  const char* const from = reinterpret_cast<const char*>(string);
  std::size_t length = 0;
  while (length < size && from[length] != '\0') ++length;
  std::memcpy(to, from, length < size ? length + 1 : size);
  return static_cast<std::int64_t>(length);
}

int do_execve(const char* path, const string_array& arguments, const string_array& environment) {
  int error = 0;
  open_file* const f = open_exec(*get_current()->fs->pwd, path, error);
  if (f == nullptr) return error;
  error = load_program(*f, path, arguments, environment);
  fput(*f);
  return error;
}
