// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/mm/arch.h"
#include "sw/kernel/mm/memory.h"
#include "sw/kernel/mm/mmap.h"
#include "sw/kernel/mm/vmstat.h"

namespace {

// What a fault asks for: fault_flag bits, and the VMA's permissions any of which allows it.
struct fault_request {
  unsigned flags;
  std::uint64_t vm_flags;
};

fault_request request_of(fault_access access) {
  switch (access) {
    case fault_access::store:
      return {FAULT_FLAG_WRITE, VM_WRITE};
    case fault_access::fetch:
      return {FAULT_FLAG_INSTRUCTION, VM_EXEC};
    case fault_access::load:
      break;
  }
  // A store-only mapping may be read: W without R is no encoding of a pte.
  return {0, VM_READ | VM_WRITE};
}

// No page is to be had. Somebody has to go; if it is another process, the instruction can be tried
// again.
FAULT_STAGE fault_outcome pagefault_out_of_memory(std::uintptr_t address, bool user_mode) {
  count_vm_event(FAULT_OOM);
  const bool try_again = user_mode && out_of_memory();
  return {try_again ? SIGNAL_NONE : SIGNAL_KILL, 0, address};
}

// Beyond the end of the file, or the file cannot be read.
FAULT_STAGE fault_outcome do_sigbus(std::uintptr_t address) {
  count_vm_event(FAULT_SIGBUS);
  return {SIGNAL_BUS, CODE_BUS_ADRERR, address};
}

// What the process gets to hear of a fault that could not be resolved.
fault_outcome mm_fault_error(vm_fault_t fault, std::uintptr_t address, bool user_mode) {
  if ((fault & VM_FAULT_OOM) != 0) {
    return pagefault_out_of_memory(address, user_mode);
  }
  if ((fault & VM_FAULT_SIGBUS) != 0) {
    return do_sigbus(address);
  }
  return bad_area(CODE_SEGV_MAPERR, address);
}

}  // namespace

FAULT_STAGE fault_outcome bad_area(int code, std::uintptr_t address) {
  count_vm_event(FAULT_BAD_AREA);
  return {SIGNAL_SEGV, code, address};
}

namespace {

// No VMA covers the address, `next` (or none) is the one above; mmap_lock held for reading. The
// stack's VMA grown to the address, with the lock still held; else null, and the lock is free.
SLOW_PATH vm_area_struct* grow_to(mm_struct& mm, const vm_area_struct* next,
                                  std::uintptr_t address) {
  const bool may_grow = next != nullptr && (next->vm_flags & VM_GROWSDOWN) != 0;
  mm.mmap_lock.read_unlock();
  if (!may_grow) {
    return nullptr;
  }
  // Growing changes the VMA: take the lock for writing and look again, for it was free in between.
  mm.mmap_lock.write_lock();
  vm_area_struct* vma = find_vma(mm, address);
  if (vma != nullptr && (vma->vm_start <= address || expand_stack(*vma, address) == 0)) {
    mm.mmap_lock.downgrade();
    return vma;
  }
  mm.mmap_lock.write_unlock();
  return nullptr;
}

}  // namespace

FAULT_STAGE vm_area_struct* lock_mm_and_find_vma(mm_struct& mm, std::uintptr_t address) {
  mm.mmap_lock.read_lock();
  vm_area_struct* vma = find_vma(mm, address);
  if (vma != nullptr && vma->vm_start <= address) {
    return vma;
  }
  return grow_to(mm, vma, address);
}

FAULT_STAGE fault_outcome do_page_fault(mm_struct& mm, std::uintptr_t address, fault_access access,
                                        bool user_mode) {
  if (address >= TASK_SIZE) {
    return bad_area(CODE_SEGV_MAPERR, address);
  }
  const fault_request request = request_of(access);
  unsigned flags = request.flags | FAULT_FLAG_ALLOW_RETRY | (user_mode ? FAULT_FLAG_USER : 0u);
  for (;;) {
    vm_area_struct* vma = lock_mm_and_find_vma(mm, address);
    if (vma == nullptr) {
      return bad_area(CODE_SEGV_MAPERR, address);
    }
    if ((vma->vm_flags & request.vm_flags) == 0) {
      mm.mmap_lock.read_unlock();
      return bad_area(CODE_SEGV_ACCERR, address);
    }
    const vm_fault_t fault = handle_mm_fault(*vma, address, flags);
    if ((fault & VM_FAULT_COMPLETED) != 0) {
      return {SIGNAL_NONE, 0, address};
    }
    if ((fault & VM_FAULT_RETRY) != 0) {
      flags |= FAULT_FLAG_TRIED;
      continue;
    }
    mm.mmap_lock.read_unlock();
    if ((fault & VM_FAULT_ERROR) != 0) {
      return mm_fault_error(fault, address, user_mode);
    }
    return {SIGNAL_NONE, 0, address};
  }
}
