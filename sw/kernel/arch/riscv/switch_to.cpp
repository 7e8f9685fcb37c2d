// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/switch_to.h"

#include "sw/kernel/proc/task.h"

extern "C" {
void __fstate_save(fp_state* to);
void __fstate_restore(const fp_state* from);
}

namespace {

void set_fp_clean(pt_regs& regs) {
  regs.status = (regs.status & ~csr::kStatusFsMask) | csr::kStatusFsClean;
}

}  // namespace

void save_fp_state(task_struct& task) {
  pt_regs& regs = *task_pt_regs(task);
  if ((regs.status & csr::kStatusFsMask) != csr::kStatusFsDirty) return;
  __fstate_save(&task.thread.fstate);
  set_fp_clean(regs);
}

void restore_fp_state(task_struct& task) {
  pt_regs& regs = *task_pt_regs(task);
  if ((regs.status & csr::kStatusFsMask) == 0) return;
  __fstate_restore(&task.thread.fstate);
  set_fp_clean(regs);
}
