// SPDX-License-Identifier: Apache-2.0
#include "sw/kernel/drivers/mmio.h"

// Memory and devices are ordered by FENCE only (RISC-V Unprivileged 20191213, 2.7).

std::uint32_t mmio_region::read(std::uintptr_t offset) const {
  const std::uint32_t value = *reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
  asm volatile("fence i, r" ::: "memory");
  return value;
}

void mmio_region::write(std::uintptr_t offset, std::uint32_t value) const {
  asm volatile("fence w, o" ::: "memory");
  *reinterpret_cast<volatile std::uint32_t*>(base_ + offset) = value;
}
