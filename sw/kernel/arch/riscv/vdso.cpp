// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/arch/riscv/vdso.h"

#include "sw/kernel/kernel.h"
#include "sw/kernel/mm/filemap.h"
#include "sw/kernel/mm/mmap.h"

namespace {

constexpr std::uint32_t kCode[] = {
    0x08b00893,  // li a7, 139 (rt_sigreturn)
    0x00000073,  // ecall
};

/// The page as a file of its own, so that it is mapped, forked and unmapped like any other. It has
/// no operations: its page, which is never given up, cannot be read again.
address_space mapping{};
file vdso_file{};

}  // namespace

void vdso_init() {
  address_space_init(mapping, sizeof(kCode), nullptr);
  if (page_cache_fill(mapping, kCode) != 0) panic("no memory for the vdso");
  vdso_file.f_mapping = &mapping;
}

int map_vdso(mm_struct& mm) {
  const std::int64_t at =
      do_mmap(mm, &vdso_file, 0, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0);
  if (at < 0) return static_cast<int>(at);
  mm.vdso = static_cast<std::uintptr_t>(at);
  return 0;
}

std::uintptr_t vdso_rt_sigreturn(const mm_struct& mm) {
  return mm.vdso;
}
