// SPDX-License-Identifier: Apache-2.0
#pragma once

// Registers of devices, 32 bits wide, with the fences that keep them in order with memory (Linux:
// readl and writel; RISC-V Unprivileged 20191213, 2.7: I/O and memory are ordered by FENCE only).

#include <cstdint>

/// The registers of one device, as the kernel sees them.
class mmio_region {
 public:
  mmio_region() = default;
  explicit mmio_region(void* base) : base_(reinterpret_cast<std::uintptr_t>(base)) {}

  /// Reads a register; what is read from memory afterwards is not older.
  [[nodiscard]] std::uint32_t read(std::uintptr_t offset) const {
    const std::uint32_t value = *at(offset);
    asm volatile("fence i, r" ::: "memory");
    return value;
  }
  /// Writes a register after everything that was stored to memory before.
  void write(std::uintptr_t offset, std::uint32_t value) const {
    asm volatile("fence w, o" ::: "memory");
    *at(offset) = value;
  }

 private:
  [[nodiscard]] volatile std::uint32_t* at(std::uintptr_t offset) const {
    return reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
  }

  std::uintptr_t base_ = 0;
};
