// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/uaccess.h"

#include <cstring>

#include "sw/kernel/errno.h"
#include "sw/kernel/mm/pgtable.h"

extern "C" {
std::size_t __user_copy(void* to, const void* from, std::size_t size);
std::size_t __user_clear(void* to, std::size_t size);

struct exception_table_entry {
  std::uintptr_t instruction;
  std::uintptr_t fixup;
};
extern const exception_table_entry __start___ex_table[];
extern const exception_table_entry __stop___ex_table[];
}

bool access_ok(std::uintptr_t address, std::size_t size) {
  return size <= TASK_SIZE && address <= TASK_SIZE - size;
}

std::size_t copy_to_user(std::uintptr_t to, const void* from, std::size_t size) {
  return access_ok(to, size) ? __user_copy(reinterpret_cast<void*>(to), from, size) : size;
}

std::size_t copy_from_user(void* to, std::uintptr_t from, std::size_t size) {
  return access_ok(from, size) ? __user_copy(to, reinterpret_cast<const void*>(from), size) : size;
}

std::size_t clear_user(std::uintptr_t to, std::size_t size) {
  return access_ok(to, size) ? __user_clear(reinterpret_cast<void*>(to), size) : size;
}

std::int64_t strncpy_from_user(char* to, std::uintptr_t from, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const std::size_t to_page_end = PAGE_SIZE - (from + done) % PAGE_SIZE;
    const std::size_t chunk = size - done < to_page_end ? size - done : to_page_end;
    const std::size_t copied = chunk - copy_from_user(to + done, from + done, chunk);
    const void* const end = std::memchr(to + done, '\0', copied);
    if (end != nullptr) return static_cast<const char*>(end) - to;
    if (copied < chunk) return -EFAULT;
    done += chunk;
  }
  return static_cast<std::int64_t>(size);
}

bool fixup_exception(pt_regs& regs) {
  for (const auto* entry = __start___ex_table; entry != __stop___ex_table; ++entry) {
    if (entry->instruction != regs.epc) continue;
    regs.epc = entry->fixup;
    return true;
  }
  return false;
}
